"""What all sections of a config share: frozen, strict, without unknown keys."""

import re
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

Chips = Annotated[int, Field(ge=0, le=2**31 - 1)]
Fraction = Annotated[float, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]
# Of a bet: what is above is meant as percent.
MOST_POTS = 10
_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*%")


class CrossCheckError(ValueError):
    """A value that does not fit another one: ``key`` is the dotted key to blame inside the model that raises it."""

    def __init__(self, key: str, text: str):
        super().__init__(text)
        self.key = key


class Section(BaseModel):
    """What every section of a config is: frozen, strict, without unknown keys, infinities and NaN."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def _check_length(key: str, values: list, expected: int, unit: str) -> None:
    if len(values) != expected:
        raise CrossCheckError(key, f"expected {expected} values, one per {unit}, got {len(values)}")


def pot_fractions(key: str, sizes: Any) -> Any:
    """Bet sizes, in lists of whatever depth, as fractions of the pot: ``33%`` is 0.33. What is no size is left as it
    is, to the field's own check. CrossCheckError on more than MOST_POTS, which are percent by mistake.
    """
    if isinstance(sizes, list):
        return [pot_fractions(key, size) for size in sizes]
    percent = _PERCENT.fullmatch(sizes.strip()) if isinstance(sizes, str) else None
    fraction = float(percent[1]) / 100 if percent else sizes
    if type(fraction) in (int, float) and fraction > MOST_POTS:
        fraction = float(min(fraction, 10**300))  # an int may be larger than floats are
        share = 50 if percent else fraction
        meant = f"{share:g} % of the pot is written {share / 100:g} or {share:g}%"
        raise CrossCheckError(key, f"expected at most {MOST_POTS} pots, got {fraction:g} pots; {meant}")
    return fraction
