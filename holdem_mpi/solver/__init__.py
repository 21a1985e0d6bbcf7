"""MCCFR over arrays: table, lane, batch, schedule, policy. No files, no clock, no MPI."""
