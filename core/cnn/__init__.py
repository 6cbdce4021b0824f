"""The convolutional networks. The only package that imports TensorFlow, and only inside functions that need it."""
