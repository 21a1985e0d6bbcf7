"""Playing and watching: the dry run's loop, players and dealer of the ACPC protocol, a human."""
