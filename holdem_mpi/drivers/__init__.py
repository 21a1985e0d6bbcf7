"""The loops that join solver, storage, parallel, clock and signals."""
