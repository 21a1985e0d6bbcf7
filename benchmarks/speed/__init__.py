"""How fast solvers are, and what waiting costs."""
