"""Fracture Review: everything that is not a screen."""

__version__ = "0.1.0"
NOT_A_MEDICAL_DEVICE = "Not a medical device. For research and education; every radiograph needs a reader."
