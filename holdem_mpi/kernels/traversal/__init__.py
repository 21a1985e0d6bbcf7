"""Monte Carlo traversals: lanes of iterations over a table's rows, and what merges their sums."""
