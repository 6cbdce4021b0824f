"""The worker: the process that predicts what is queued, the queue it works on, and what starts it."""
