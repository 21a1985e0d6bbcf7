"""An MPI solver for Texas hold'em: Monte Carlo CFR over many ranks, with reproducible merges."""

__version__ = "0.1.0"
