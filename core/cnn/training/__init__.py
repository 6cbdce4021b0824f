"""Training of a network: pictures, augmentation, recipe, stages, and what a run needs to go on after a kill."""
