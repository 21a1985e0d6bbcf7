"""Search at a decision before a deadline, on one process or on a team of ranks."""
