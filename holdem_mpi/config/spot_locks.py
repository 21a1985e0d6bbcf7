"""Locks of a spot file: strategies that are fixed at its decisions."""

from collections.abc import Mapping
from typing import Any

from pydantic import SerializerFunctionWrapHandler, model_serializer, model_validator

from holdem_mpi.config.section import CrossCheckError, Section
from holdem_mpi.config.spot_sizes import share_of
from holdem_mpi.text import shown

_ROUNDING = 1e-6
Strategy = dict[str, float]


class SpotLock(Section):
    """A strategy that is fixed at one decision.

    line: names of the actions that lead there from the start of the spot's street on, and of cards between streets.
    strategy: probability of each action that is taken at times, of every hand; None: only some hands are locked.
    hands: likewise of hands, by range notation; later ones count.
    """

    line: list[str] = []
    strategy: Strategy | None = None
    hands: dict[str, Strategy] = {}

    @model_validator(mode="before")
    @classmethod
    def _read(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        data = dict(data)
        if isinstance(data.get("line"), str):
            data["line"] = [name.strip() for name in data["line"].split(",") if name.strip()]
        if data.get("hands") is not None:
            if not isinstance(data["hands"], Mapping):
                text = f"expected hands with their strategies, such as {{KK: call}}, got {shown(data['hands'])}"
                raise CrossCheckError("hands", text)
            # YAML takes 99 for a number.
            data["hands"] = {str(hands): _shares("hands", each) for hands, each in data["hands"].items()}
        if "strategy" in data:
            data["strategy"] = _shares("strategy", data["strategy"])
        return data

    @model_serializer(mode="wrap")
    def _write(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """As a file has it: what is not there is left out."""
        return {key: value for key, value in write(self).items() if value is not None}

    @model_validator(mode="after")
    def _check(self) -> "SpotLock":
        if self.strategy is None and not self.hands:
            raise CrossCheckError("strategy", "expected a strategy of all hands, or hands with theirs")
        for key, strategy in [
            ("strategy", self.strategy),
            *((f"hands.{name}", each) for name, each in self.hands.items()),
        ]:
            if strategy is None:
                continue
            if key != "strategy" and set(key) & set(":@["):
                raise CrossCheckError(key, "expected hands without weights: a lock is of whole hands")
            if any(not 0 <= share <= 1 for share in strategy.values()):
                raise CrossCheckError(key, f"expected probabilities from 0 to 1, got {shown(strategy)}")
            if abs(sum(strategy.values()) - 1) > _ROUNDING:
                raise CrossCheckError(key, f"probabilities add up to {sum(strategy.values()):g}; expected 1")
        return self


def _shares(key: str, strategy: Any) -> Any:
    """A strategy with percent as numbers; a single action's name is taken always."""
    if isinstance(strategy, str):
        return {strategy: 1.0}
    if not isinstance(strategy, Mapping):
        text = f"expected an action's name or {{action: probability}}, got {shown(strategy)}"
        raise CrossCheckError(key, text)
    return {str(action): share_of(key, share) for action, share in strategy.items()}
