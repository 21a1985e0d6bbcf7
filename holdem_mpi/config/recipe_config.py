"""Recipes of card abstractions: for each street how hands are put into buckets, and into how many."""

from typing import Any

from pydantic import Field, model_validator

from holdem_mpi.config.buckets import (
    EXPECTED_BUCKETS,
    LOSSLESS_BUCKETS,
    MAX_BUCKETS,
    too_few_for_textures,
    too_many_strengths,
)
from holdem_mpi.config.run_config import Method, Seed
from holdem_mpi.config.section import CrossCheckError, Section

CARDS_SEEN = {"flop": 3, "turn": 4, "river": 5}


class StreetRecipe(Section):
    """A street's method and its number of buckets; lossless has no choice of number."""

    method: Method
    k: int | None = Field(default=None, ge=1)

    @model_validator(mode="after")
    def _check(self) -> "StreetRecipe":
        if (self.k is None) != (self.method == "lossless"):
            raise CrossCheckError("k", f"expected {'none' if self.k else 'a number'} with the method {self.method}")
        return self


class RecipeConfig(Section):
    """A recipe of a card abstraction. Streets that are left out are those of a game that ends earlier.

    seed: of the methods that cluster.
    preflop, flop, turn, river: method and number of buckets of the street.
    """

    seed: Seed = 0  # of the sampled hands and of k-means++
    preflop: StreetRecipe
    flop: StreetRecipe
    turn: StreetRecipe | None = None
    river: StreetRecipe | None = None

    @model_validator(mode="after")
    def _check(self) -> "RecipeConfig":
        if self.preflop.method != "lossless":
            raise CrossCheckError("preflop.method", f"expected lossless, got {self.preflop.method}")
        if self.river and not self.turn:
            raise CrossCheckError("turn", "missing, the recipe has a river")
        *earlier, (last_name, last) = self._streets()
        if last.method == "emd_kmeans":
            raise CrossCheckError(f"{last_name}.method", "emd_kmeans is for streets before the last")
        for name, street in self._streets():
            if (name, street) in earlier and street.method == "ochs_kmeans":
                raise CrossCheckError(f"{name}.method", "ochs_kmeans is for the last street")
            problem = too_few_for_textures(street.k or 0, CARDS_SEEN[name]) if street.method == "texture" else ""
            if problem:
                raise CrossCheckError(f"{name}.k", problem)
            if street.k and street.k > MAX_BUCKETS:
                raise CrossCheckError(f"{name}.k", f"{EXPECTED_BUCKETS}, got {street.k}")
        if last.k:
            problem = too_many_strengths([last.k], [last.method], CARDS_SEEN[last_name])
            if problem:
                raise CrossCheckError(f"{last_name}.k", problem)
        return self

    def _streets(self) -> list[tuple[str, StreetRecipe]]:
        named = [("flop", self.flop), ("turn", self.turn), ("river", self.river)]
        return [(name, street) for name, street in named if street]

    def written_out(self) -> dict[str, Any]:
        """The keys of ``AbstractionConfig`` (config/run_config.py) that it stands for."""
        streets = self._streets()
        buckets = [street.k or LOSSLESS_BUCKETS[CARDS_SEEN[name]] for name, street in streets]
        methods = [street.method for _, street in streets]
        if not {*methods} - {"lossless", "percentile"}:
            return {"buckets": [169, *buckets]}
        return {"buckets": [169, *buckets], "methods": ["lossless", *methods], "seed": self.seed}
