"""How good a version is: examples predicted, figures and their comparison, the evaluation documents."""
