"""Reviews of batch entries: who may see what, claims, verdicts, marks, signing, and how readers and model agree."""
