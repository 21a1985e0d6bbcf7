"""What a config must know of the samplers: one line of facts for each.

How a sampler trains is its ``Algorithm``'s (training/algorithm.py), which reads the same line.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from holdem_mpi.text import shown

DEFAULT_SAMPLER = "external"


@dataclass(frozen=True)
class SamplerFacts:
    """What a sampler needs of a config, and what it leaves no choice of.

    discount_interval: iterations between two discounts where the config names none.
    in_vectors: whether a traversal goes over all hands of a board at once: for two players, without pruning, never
        racing.
    floors: whether regrets may be floored at zero (cfr+). Under sampling of actions that does harm.
    in_batches: whether a lane has a batch of iterations, whose sums are merged. Where not, an iteration's are.
    divided: whether ranks share out each iteration, so that there are no lanes.
    best_responses: whether it trains against best responses: for some games only, with regrets of theirs behind the
        table's rows.
    weights: its own defaults of the algorithm and its exponents.
    """

    discount_interval: int = 100_000
    in_vectors: bool = False
    floors: bool = False
    in_batches: bool = True
    divided: bool = False
    best_responses: bool = False
    weights: dict[str, Any] = field(default_factory=dict)

    @property
    def races(self) -> bool:
        """Whether the mode racing can run it."""
        return not self.in_vectors

    def like(self, other: "SamplerFacts") -> bool:
        """Whether a file's intervals and weights for the one suit the other: an iteration is about as much work."""
        return self.in_vectors == other.in_vectors and self.weights == other.weights


# Regrets of all flops weigh the same, for those of one are noisy; strategies weigh by the iteration squared.
_RESPONSE_WEIGHTS = {"algorithm": "dcfr", "alpha": 16.0, "beta": 16.0, "gamma": 2.0}

SAMPLERS: dict[str, SamplerFacts] = {
    "external": SamplerFacts(),
    "outcome": SamplerFacts(),
    "public": SamplerFacts(1000, in_vectors=True, floors=True),
    "full": SamplerFacts(1, in_vectors=True, floors=True, in_batches=False, divided=True),
    "cfr-br": SamplerFacts(10, in_vectors=True, in_batches=False, best_responses=True, weights=_RESPONSE_WEIGHTS),
}


def facts_of(sampler: Any) -> SamplerFacts:
    """Facts of a sampler by its name; those of the default where it has none, which validation refuses anyway."""
    return SAMPLERS.get(sampler if isinstance(sampler, str) else DEFAULT_SAMPLER, SAMPLERS[DEFAULT_SAMPLER])


def samplers_where(holds: Callable[[SamplerFacts], bool], last: str = "and") -> str:
    """The names of the samplers of whose facts ``holds`` is true, as ``a, b and c``."""
    return _listed([name for name, facts in SAMPLERS.items() if holds(facts)], last)


def known_sampler(value: Any) -> str:
    """``value`` where it is a sampler's name; else ValueError that lists them."""
    if not isinstance(value, str) or value not in SAMPLERS:
        raise ValueError(f"expected {_listed([repr(name) for name in SAMPLERS], 'or')}, got {shown(value)}")
    return value


def named_samplers() -> str:
    """All names, as ``a, b or c``."""
    return _listed(list(SAMPLERS), "or")


def _listed(names: list[str], last: str) -> str:
    return f"{', '.join(names[:-1])} {last} {names[-1]}" if names[1:] else "".join(names)
