"""Jobs: trainings, comparisons and audits, each done in a process of its own."""
