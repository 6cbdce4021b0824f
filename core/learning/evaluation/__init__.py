"""Figures of merit. NumPy, SciPy and scikit-learn; no TensorFlow."""
