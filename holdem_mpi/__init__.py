"""An MPI solver for Texas hold'em: Monte Carlo CFR over many ranks, with reproducible merges.

``import holdem_mpi as hm`` gives the names of ``__all__``; what they need is imported when one is first asked for. The
file ``__init__.pyi`` says the same to type checkers.
"""

import importlib

__version__ = "0.1.0"

__all__ = [
    "Agent",
    "MCCFRSolver",
    "exploitability",
    "load_game",
    "load_policy",
    "match",
    "nash_conv",
    "open_report",
    "open_solution",
    "solve_spot",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    # By name: the package stands below all floors, and may import none of them while it is imported itself.
    value = globals()[name] = getattr(importlib.import_module("holdem_mpi.api"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
