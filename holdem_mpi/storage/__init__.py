"""Arrays to files and back: atomic writes, checkpoints, policies, bucket tables."""
