"""Kernels that know cards: the numbering of hands and boards, their strength, dealing, and the sweep over a board."""
