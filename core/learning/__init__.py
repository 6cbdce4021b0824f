"""The learning way: class folders, training, evaluation."""
