"""Ranks: the only importers of mpi4py."""
