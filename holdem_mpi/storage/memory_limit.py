"""Files that cannot be mapped for want of memory, which is no fault of theirs."""

import errno
from pathlib import Path

from holdem_mpi.errors import UserError
from holdem_mpi.text import gibibytes


def refuse_without_memory(file: Path, size: int, error: Exception) -> None:
    """UserError where a file of ``size`` bytes could not be mapped because ``error`` says that there is no memory, as
    under ``ulimit -v``; nothing happens where it says something else.
    """
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        text = f"{gibibytes(size)} of address space are refused"
        raise UserError(f"{file}: {text}; expected a machine, or a limit (ulimit -v), with more memory") from None
