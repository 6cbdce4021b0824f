"""The way from bytes to a reviewed worklist: take in, queue, read, list, review, export."""
