"""From a radiograph to a prediction, without training and without TensorFlow: the classifier is handed its engine."""
