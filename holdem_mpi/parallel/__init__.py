"""Ranks: communicators, mail, work queues, start-up and signals; the only importers of mpi4py."""
