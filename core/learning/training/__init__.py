"""From class folders or a kept data set to a version in the registry."""
