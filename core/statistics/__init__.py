"""Statistics that reading and learning share: discrimination, calibration, agreement, each with its interval."""
