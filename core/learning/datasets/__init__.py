"""Data sets: where pictures come from, the audit of them, and the manifest that is trained on."""
