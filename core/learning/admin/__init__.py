"""What an administrator does with learning: the services that screens and commands call."""
