"""Parts of the screens that readers work with."""
