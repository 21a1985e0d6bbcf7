"""What all sections of a config share: frozen, strict, without unknown keys."""

from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
)

Chips = Annotated[int, Field(ge=0, le=2**31 - 1)]
Fraction = Annotated[float, Field(gt=0)]
Seconds = Annotated[float, Field(gt=0)]


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
