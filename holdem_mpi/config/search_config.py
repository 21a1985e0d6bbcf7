"""How decisions are searched: ranks, deadline, safety, sizes."""

from typing import Literal

from pydantic import Field

from holdem_mpi.config.profile_config import ProfileMenu
from holdem_mpi.config.run_config import Seed
from holdem_mpi.config.section import Fraction, Section

_MENU = ProfileMenu.model_validate({"bet_sizes": [0.5, 1.0], "raise_sizes": [1.0]})


class SearchConfig(Section):
    """Every rank has the same one.

    num_workers: ranks that search, rank 0 included; None: one for each core, and ranks beyond those stand by.
    deadline_ms: from question to answer.
    bank_ms: so much of the time that answers leave of their deadlines is kept for later ones at most
        (``search/time_bank.py``).
    margin_ms: kept back of it for gathering.
    streets: that are searched; elsewhere the blueprint plays, but where a bet has left its tree.
    least_weight: hands below this share of their range's likeliest are left out.
    least_iterations: of a rank on average, with fewer the blueprint answers.
    least_drawn: likewise where cards to come are drawn: after few such iterations the blueprint loses less
        (docs/measures.md).
    most_iterations: of a rank, then it answers early.
    share: how ranks share a decision's work.
    sampled: whether the last but one street's cards are drawn instead of enumerated; auto is what measured better
        (docs/parallel.md).
    leaves: where two players' cards to come would be drawn: to draw them, or to search the street alone, at whose end
        each player chooses a continuation of the blueprint (docs/parallel.md).
    safe: gadget of the re-solving, auto is maxmargin where the blueprint's values are at hand (docs/safe_resolving.md).
    buckets: of a street to come where its cards are drawn (``abstract`` builds them); none of the blueprint's are used.
    menu: sizes on the decision's street.
    later_bets, later_raises: pot fractions on later ones.
    most_raises: bets and raises of a street after which only all-in is left.
    purify: what is played leaves out actions that a hand takes more rarely than this, search's and the blueprint's, and
        takes the others in proportion; the likeliest always stays.
    all_in_pots: all-in is left out where it is more than so many pots; one of a hundred pots takes long to unlearn.
    """

    num_workers: int | None = Field(default=None, ge=1)
    deadline_ms: float = Field(default=1000.0, gt=0)
    bank_ms: float = Field(default=0.0, ge=0)
    margin_ms: float = Field(default=12.0, ge=0)
    streets: list[Literal["preflop", "flop", "turn", "river"]] = Field(default=["flop", "turn", "river"])
    least_weight: float = Field(default=5e-3, ge=0, lt=1)
    least_iterations: int = Field(default=5, ge=1)
    least_drawn: int = Field(default=25, ge=1)
    most_iterations: int = Field(default=2000, ge=1)
    share: Literal["auto", "average", "divide"] = "auto"
    sampled: Literal["auto", "always", "never"] = "auto"
    leaves: Literal["cards", "continuations"] = "cards"
    safe: Literal["auto", "unsafe", "resolve", "maxmargin"] = "auto"
    buckets: int = Field(default=100, ge=1, le=60_000)
    menu: ProfileMenu = _MENU
    later_bets: list[Fraction] = Field(default=[0.75])
    later_raises: list[Fraction] = Field(default=[1.0])
    most_raises: int = Field(default=2, ge=1)
    all_in_pots: float = Field(default=4.0, gt=0)
    purify: float = Field(default=0.0, ge=0, lt=1)
    seed: Seed = 0
