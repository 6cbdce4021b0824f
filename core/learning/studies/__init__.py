"""Studies: what is measured of versions beyond one evaluation, a study a file."""
