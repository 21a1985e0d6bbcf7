"""What a user can do wrong, and the exit codes that say so.

Codes follow BSD ``sysexits.h``: 64 a mistake in the input, 69 a peer that is not there, 70 a fault of ours, 74 a failed
last save, 75 "run me again": saved after a signal, or ended by the watchdog, with the last checkpoint in place, 76 a
peer that does not speak the protocol.
"""

EXIT_OK = 0
EXIT_USAGE = 64
EXIT_UNAVAILABLE = 69
EXIT_SOFTWARE = 70
EXIT_IO = 74
EXIT_REQUEUE = 75
EXIT_PROTOCOL = 76


class UserError(Exception):
    """Bad input. Its text is one line that names the file, key or option and what was expected; no traceback is shown.

    Raised on every rank alike, or on rank 0 inside ``Communicator.on_root``; one rank prints it and all exit with
    ``exit_code``.
    """

    exit_code = EXIT_USAGE


class ConfigError(UserError):
    """A config file, key or option that cannot be used."""


class DataError(UserError):
    """A file of ours (checkpoint, policy, bucket table) that is missing, damaged or belongs to something else."""


class ProtocolError(UserError):
    """A line or a hand of somebody else's (ACPC protocol, PHH file) that is not as its format or our rules demand.

    line: of the file, from 1, where whoever raises it knows.
    """

    def __init__(self, text: str, line: int | None = None) -> None:
        super().__init__(text)
        self.line = line


class ConnectionFailedError(UserError):
    """The other side of a connection is not there, has gone, keeps silent, or does not read."""

    exit_code = EXIT_UNAVAILABLE


class PeerError(ConnectionFailedError):
    """The other side of a connection does not speak the protocol."""

    exit_code = EXIT_PROTOCOL


class SaveError(UserError):
    """A last save that failed: the run's result is not on disk."""

    exit_code = EXIT_IO
