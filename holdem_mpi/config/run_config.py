"""What a run's config may hold: the game, the card abstraction, the solver and the run.

Every model is frozen, forbids unknown keys and takes no value of another type (an int passes where a float is due).
A single value that stands for all seats or all streets is spread out here, so two spellings of one config are equal.
"""

import itertools
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    TypeAdapter,
    WrapValidator,
    model_validator,
)

from holdem_mpi.config.buckets import LOSSLESS_BUCKETS, known_buckets, too_many_strengths
from holdem_mpi.config.game_config import GameConfig
from holdem_mpi.config.samplers import DEFAULT_SAMPLER, SamplerFacts, facts_of, known_sampler, samplers_where
from holdem_mpi.config.section import CrossCheckError, Seconds, Section, _check_length

# The one bound of every seed: what the random streams are keyed by has 64 bits.
MAX_SEED = 2**64 - 1
Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]
Method = Literal["lossless", "percentile", "texture", "ehs_kmeans", "emd_kmeans", "ochs_kmeans"]
Buckets = Annotated[int, AfterValidator(known_buckets)]
Sampler = Annotated[str, BeforeValidator(known_sampler)]


_BATCH_SIZE = TypeAdapter(Annotated[int, Field(strict=True, ge=1, le=2**32 - 1)])


def _batch_size(value: Any, _: Any) -> int | str:
    """A number of iterations, or ``auto``; errors of the number alone."""
    if isinstance(value, str) and value != "auto":
        raise ValueError(f"expected an integer or auto, got {value!r}")
    return value if value == "auto" else _BATCH_SIZE.validate_python(value)


# What batches grow to where nothing else is said.
BATCH_SIZE_LIMIT = 20_000
BatchSize = Annotated[int | Literal["auto"], WrapValidator(_batch_size)]


class AbstractionConfig(Section):
    """How hands are put into buckets, per street. Empty for kuhn and leduc, whose infosets are exact.

    A file may name a ``recipe`` instead of buckets, methods and seed, or a built abstraction's folder as its buckets:
    ``config.load_config`` writes both out.

    buckets: how many, by street.
    methods: by street; empty: percentile, or lossless where the number says so.
    seed: of the methods that cluster.
    directory: bucket files of this folder are used instead of the cache's.
    """

    buckets: list[Buckets] = []
    methods: list[Method] = []
    seed: Seed = 0
    directory: str | None = None


class PruningConfig(Section):
    """Regret-based pruning as in Pluribus (Brown and Sandholm 2019). Regrets in chips.

    enabled: whether anything is pruned.
    threshold: actions with less regret are skipped.
    floor: regrets are kept from falling below.
    probability: share of the iterations that prune.
    after: iterations before the first that prunes.
    """

    enabled: bool = False
    threshold: float = Field(default=-300_000_000.0, lt=0)
    floor: float = Field(default=-310_000_000.0, lt=0)
    probability: float = Field(default=0.95, ge=0, le=1)
    after: int = Field(default=1_000_000, ge=0)

    @model_validator(mode="after")
    def _check(self) -> "PruningConfig":
        if self.floor > self.threshold:
            raise CrossCheckError("floor", f"expected at most the threshold {self.threshold:g}, got {self.floor:g}")
        return self


class SolverConfig(Section):
    """The algorithm and its random numbers.

    sampler: what an iteration walks through.
    algorithm: how sums are discounted.
    alpha, beta, gamma: of dcfr, exponents of the discounts of positive regrets, negative regrets and strategy sums.
    discount_interval: iterations over all lanes between two discounts; None: the sampler's own.
    discount_until: iterations after which nothing is discounted; None for no end.
    exploration: of outcome sampling, share of uniform play.
    draws: of cards, for external and outcome sampling: independent, or correlated (arXiv:2607.27035), the n-th at a
        quantile n times the golden ratio from a random start, of a toy deck's deals or of hold'em's flops; auto: what
        was measured to be better, correlated with a toy deck and independent in hold'em.
    precision: of the table's numbers.
    seed: of all random streams.
    pruning: of actions with bad regrets.
    """

    sampler: Sampler = DEFAULT_SAMPLER
    algorithm: Literal["cfr", "cfr+", "linear", "dcfr"] = "linear"
    alpha: float = Field(default=1.5, ge=0, le=16)
    beta: float = Field(default=0.0, ge=-16, le=16)
    gamma: float = Field(default=2.0, ge=0, le=16)
    discount_interval: int | None = Field(default=None, gt=0)
    discount_until: int | None = Field(default=None, gt=0)
    exploration: float = Field(default=0.6, gt=0, le=1)
    draws: Literal["auto", "independent", "correlated"] = "auto"
    precision: Literal["float64", "float32"] = "float64"
    seed: Seed = 0
    pruning: PruningConfig = PruningConfig()

    @property
    def facts(self) -> SamplerFacts:
        """What the sampler needs of a config."""
        return facts_of(self.sampler)

    @model_validator(mode="before")
    @classmethod
    def _fill(cls, data: Any) -> Any:
        """Write the defaults out that depend on the sampler."""
        if not isinstance(data, dict):
            return data
        facts = facts_of(data.get("sampler"))
        data = {**facts.weights, **data}
        if data.get("discount_interval") is None:
            data["discount_interval"] = facts.discount_interval
        return data

    @model_validator(mode="after")
    def _check(self) -> "SolverConfig":
        if self.facts.in_vectors and self.pruning.enabled:
            raise CrossCheckError("pruning.enabled", f"not for the sampler {self.sampler}")
        if self.draws == "correlated" and not self.facts.races:
            which = samplers_where(lambda facts: facts.races)
            raise CrossCheckError("draws", f"correlated is for the samplers {which}, not {self.sampler}")
        if self.algorithm == "cfr+" and not self.facts.floors:
            which = samplers_where(lambda facts: facts.floors)
            raise CrossCheckError("algorithm", f"cfr+ is for the samplers {which}, not {self.sampler}")
        return self


# Buckets up to which a street's strategy is laid out for best responses.
MOST_RESPONSE_BUCKETS = 20_000


def _lossless(buckets: list, board_cards: Any) -> list:
    """``buckets`` with numbers for ``lossless``."""
    seen = list(itertools.accumulate(board_cards)) if _are_ints(board_cards) else []
    known = [LOSSLESS_BUCKETS.get(cards, 169) for cards in seen]
    return [number if word == "lossless" else word for word, number in zip(buckets, known)] + buckets[len(known) :]


def _are_ints(values: Any) -> bool:
    return isinstance(values, list) and all(type(value) is int for value in values)


class RunConfig(Section):
    """A whole run.

    A sampler whose iterations ranks divide and the mode racing have no lanes and no batches of iterations: both are set
    to 1, whatever the file says. So is the batch size of a sampler without batches.

    game: its rules.
    abstraction: of its cards.
    solver: the algorithm.
    mode: reproducible, or racing: ranks of a host update one table without locks.
    lanes: None stands for the number of ranks; ``completed`` fills it in before training.
    batch_size: iterations of a lane between two merges; auto: they grow with the iterations done.
    batch_size_limit: what they grow to; of auto alone.
    late_merge: whether the sums of a batch are added to the table after the next one, so that they travel between hosts
        while that one runs.
    iters: iterations over all lanes.
    time_budget: seconds after which the run stops; None for no end.
    checkpoint_interval: seconds between two checkpoints.
    keep_checkpoints: how many of them are kept.
    snapshot_factor: keep a checkpoint for good each time the iterations have grown by it; None: none is.
    snapshot_first: iterations of the first one that is kept so.
    log_interval: seconds between two lines of metrics.
    watchdog: seconds of a merge's wait that end the job; 0 or None: never.
    spare_ranks: what the ranks of a host do that outnumber its cores: rest, while one a core does the lanes of all, or
        work, in turns; the result is the same.
    logdir: the run's folder; None for one by game and date.
    tensorboard: whether metrics also go to TensorBoard.
    """

    game: GameConfig
    abstraction: AbstractionConfig = AbstractionConfig()
    solver: SolverConfig = SolverConfig()
    mode: Literal["reproducible", "racing"] = "reproducible"
    lanes: int | None = Field(default=None, ge=1, le=2**24)
    batch_size: BatchSize = 200
    batch_size_limit: int | None = Field(default=None, ge=1, le=2**32 - 1)
    late_merge: bool = False
    iters: int = Field(default=1_000_000, ge=1, le=2**62)
    time_budget: Seconds | None = None
    checkpoint_interval: Seconds = 60.0
    keep_checkpoints: int = Field(default=2, ge=2)
    snapshot_factor: float | None = Field(default=None, ge=1.05)
    snapshot_first: int = Field(default=10_000, ge=1)
    log_interval: Seconds = 2.0
    watchdog: float | None = Field(default=300.0, ge=0)
    spare_ranks: Literal["rest", "work"] = "rest"
    logdir: str | None = None
    tensorboard: bool = False

    @model_validator(mode="before")
    @classmethod
    def _write_out(cls, data: Any) -> Any:
        """Write out ``lossless`` as a number of buckets, what full-width training and racing leave no choice of, and
        the limit of batches that grow.
        """
        if not isinstance(data, dict):
            return data
        data = dict(data)
        data.pop("merge", None)  # of earlier versions: it chose among forms of one result
        game, abstraction, solver = (data.get(key) for key in ("game", "abstraction", "solver"))
        if isinstance(game, dict) and isinstance(abstraction, dict) and isinstance(abstraction.get("buckets"), list):
            data["abstraction"] = {**abstraction, "buckets": _lossless(abstraction["buckets"], game.get("board_cards"))}
        facts = facts_of(solver.get("sampler") if isinstance(solver, dict) else None)
        if facts.divided or data.get("mode") == "racing":
            data["lanes"] = 1
        if not facts.in_batches or data.get("mode") == "racing":
            data.update(batch_size=1, batch_size_limit=None)
        if data.get("batch_size") == "auto" and data.get("batch_size_limit") is None:
            data["batch_size_limit"] = BATCH_SIZE_LIMIT
        return data

    @model_validator(mode="after")
    def _check(self) -> "RunConfig":
        buckets, game = self.abstraction.buckets, self.game
        _check_mode(self)
        _check_late_merge(self)
        if self.batch_size != "auto" and self.batch_size_limit is not None:
            text = f"only with batch_size auto (--batch-size auto), got batch_size {self.batch_size}"
            raise CrossCheckError("batch_size_limit", text)
        if self.solver.facts.in_vectors and game.players != 2:
            raise CrossCheckError("solver.sampler", f"{self.solver.sampler} is for 2 players, not {game.players}")
        if self.solver.facts.best_responses:
            _check_best_responses(self.solver.sampler, game, buckets)
        if game.deck != "holdem":
            given = [key for key in ("buckets", "methods", "directory") if getattr(self.abstraction, key)]
            if given:
                text = f"for games of the deck holdem (52 cards); the infosets of {game.deck} are exact"
                raise CrossCheckError(f"abstraction.{given[0]}", text)
            return self
        _check_length("abstraction.buckets", buckets, game.streets, "street")
        if self.abstraction.methods:
            _check_length("abstraction.methods", self.abstraction.methods, game.streets, "street")
        if game.board_cards[0] == 0 and buckets[0] != 169:
            raise CrossCheckError("abstraction.buckets", f"expected 169 before the flop, got {buckets[0]}")
        problem = too_many_strengths(buckets, self.abstraction.methods, sum(game.board_cards))
        if problem:
            raise CrossCheckError("abstraction.buckets", problem)
        return self

    def completed(self, ranks: int) -> "RunConfig":
        """The config with what it leaves to the job: as many lanes as ``ranks`` where it names no number."""
        return self.model_copy(update={"lanes": self.lanes or ranks})


def _check_best_responses(sampler: str, game: GameConfig, buckets: list[int]) -> None:
    limit = game.deck == "holdem" and game.betting == "fixed_limit"
    if not limit or game.board_cards not in ([0, 3], [0, 3, 1]):
        text = "is for fixed-limit hold'em that ends on the flop or the turn (board_cards [0, 3] or [0, 3, 1])"
        raise CrossCheckError("solver.sampler", f"{sampler} {text}")
    if max(buckets, default=0) > MOST_RESPONSE_BUCKETS:
        text = f"expected at most {MOST_RESPONSE_BUCKETS} buckets a street with the sampler {sampler}"
        raise CrossCheckError("abstraction.buckets", f"{text}, got {max(buckets)}")


def _check_late_merge(config: RunConfig) -> None:
    if not config.late_merge:
        return
    if config.mode != "reproducible":
        raise CrossCheckError(
            "late_merge", f"only with mode reproducible, got mode {config.mode}, which merges nothing"
        )
    if not config.solver.facts.in_batches:
        which = samplers_where(lambda facts: facts.in_batches)
        raise CrossCheckError("late_merge", f"is for the samplers {which}, not {config.solver.sampler}")


def _check_mode(config: RunConfig) -> None:
    if config.mode == "reproducible":
        return
    if not config.solver.facts.races:
        which = samplers_where(lambda facts: facts.races)
        raise CrossCheckError("mode", f"racing is for the samplers {which}, not {config.solver.sampler}")
    if config.solver.precision != "float64":
        # Each visit is added by itself, and a float32 sum stops growing at 2**24 of them.
        raise CrossCheckError("solver.precision", f"racing needs float64, got {config.solver.precision}")
