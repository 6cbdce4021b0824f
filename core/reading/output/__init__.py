"""What leaves the store: the worklist and the reviews as CSV, and the report of a batch as PDF."""
