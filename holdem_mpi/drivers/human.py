"""Heads-up against the bot in a terminal."""

from holdem_mpi.drivers.autoplayer import Seat
from holdem_mpi.parallel.communicator import Communicator


def play_human(comm: Communicator, seat: Seat, hands: int | None) -> int:
    return 0
