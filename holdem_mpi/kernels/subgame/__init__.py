"""Sweeps over a subgame's tree, range against range, with all cards to come or with sampled ones."""
