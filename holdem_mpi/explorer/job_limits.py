"""What the jobs that solve the explorer's spots may take, as its command line says it."""

from typing import NamedTuple


class JobLimits(NamedTuple):
    """What jobs may take.

    jobs: at once. memory: bytes of one by its plan; None: what is free. seconds: of one. ranks: processes of one; None:
    as many as there are cores.
    """

    jobs: int = 1
    memory: int | None = None
    seconds: float = 3600.0
    ranks: int | None = None
