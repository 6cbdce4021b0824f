"""What serves one screen each that describes a version: Model, Evaluation."""
