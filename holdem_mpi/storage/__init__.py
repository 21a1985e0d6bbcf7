"""Files that appear whole or not at all: arrays, checkpoints, policies, run folders, and logs that only grow."""
