"""One file a step, oldest first; never changed once it has shipped."""
