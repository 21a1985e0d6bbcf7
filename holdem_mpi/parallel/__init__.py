"""The only importers of mpi4py: communicator, merge, launch."""
