"""Arguments of Python calls, checked as options are: one line that names the argument and what was expected."""

import numbers
from collections.abc import Mapping
from typing import Any

from holdem_mpi.errors import UserError
from holdem_mpi.text import shown


def whole_argument(name: str, given: Any, least: int | None = None, most: int | None = None) -> int:
    """A whole number within bounds, as an int; also a float without a fraction, such as 1e6. UserError else."""
    is_number = isinstance(given, numbers.Real) and not isinstance(given, bool)
    if not is_number or given != given or given in (float("inf"), -float("inf")) or given != int(given):
        raise UserError(f"{name} {shown(given)}: expected a whole number{_bounds(least, most)}")
    if (least is not None and given < least) or (most is not None and given > most):
        raise UserError(f"{name} {shown(given)}: expected a number{_bounds(least, most)}")
    return int(given)


def seconds_argument(name: str, given: Any) -> float | None:
    """Seconds above 0, as a float, or None where none are given. UserError else."""
    if given is None:
        return None
    is_number = isinstance(given, numbers.Real) and not isinstance(given, bool)
    if not is_number or not 0 < given < float("inf"):
        raise UserError(f"{name} {shown(given)}: expected seconds above 0")
    return float(given)


def keys_argument(name: str, given: Any) -> Mapping[str, Any]:
    """A mapping whose keys are texts, empty for None. UserError else."""
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(key, str) for key in given):
        raise UserError(f"{name} {shown(given)}: expected a dict of keys and values")
    return given


def _bounds(least: int | None, most: int | None) -> str:
    if least is None:
        return ""
    return f" of at least {least}" if most is None else f" of {least} to {most}"
