"""SQL and bytes on disk, nothing else: the rules that use them live in `core.reading` and `core.learning`."""
