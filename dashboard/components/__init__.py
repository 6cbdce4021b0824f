"""Parts of screens. What two or more screens share is here; the folders hold what serves one area."""
