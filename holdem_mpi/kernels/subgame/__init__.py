"""Sweeps over a subgame's tree, range against range."""
