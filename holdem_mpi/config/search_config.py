"""How decisions are searched: ranks, deadline, safety, sizes."""

from dataclasses import dataclass
from typing import Literal

from pydantic import Field

from holdem_mpi.config.profile_config import STREETS, ProfileMenu
from holdem_mpi.config.run_config import Seed
from holdem_mpi.config.section import Fraction, Section
from holdem_mpi.game.betting import Menu, SizeMenu, limit_menu
from holdem_mpi.game.rules import CALL, BettingState, Rules
from holdem_mpi.policy.translation import pot_fraction

_MENU = ProfileMenu.model_validate({"bet_sizes": [0.5, 1.0], "raise_sizes": [1.0]})


class SearchConfig(Section):
    """Every rank has the same one.

    num_workers: ranks that search, rank 0 included; None: all. deadline_ms: from question to answer. margin_ms: kept
    back of it for gathering. streets: that are searched; elsewhere the blueprint plays, but where a bet has left its
    tree. least_weight: hands below this share of their range's likeliest are left out. least_iterations: of a rank on
    average, with fewer the blueprint answers; most_iterations: of a rank, then it answers early.
    share: how ranks share a decision's work; sampled: whether the last but one street's cards are drawn instead of
    enumerated; auto is what measured better (docs/parallel.md). safe: gadget of the re-solving, auto is maxmargin
    where the blueprint's values are at hand (docs/safe_resolving.md).
    buckets: of a street to come where its cards are drawn (``abstract`` builds them); none of the blueprint's are used.
    menu: sizes on the decision's street; later_bets, later_raises: pot fractions on later ones. most_raises: bets and
    raises of a street after which only all-in is left. all_in_pots: all-in is left out where it is more than so many
    pots; one of a hundred pots takes long to unlearn.
    """

    num_workers: int | None = Field(default=None, ge=1)
    deadline_ms: float = Field(default=1000.0, gt=0)
    margin_ms: float = Field(default=12.0, ge=0)
    streets: list[Literal["preflop", "flop", "turn", "river"]] = Field(default=["flop", "turn", "river"])
    least_weight: float = Field(default=5e-3, ge=0, lt=1)
    least_iterations: int = Field(default=5, ge=1)
    most_iterations: int = Field(default=2000, ge=1)
    share: Literal["auto", "average", "divide"] = "auto"
    sampled: Literal["auto", "always", "never"] = "auto"
    safe: Literal["auto", "unsafe", "resolve", "maxmargin"] = "auto"
    buckets: int = Field(default=100, ge=1, le=60_000)
    menu: ProfileMenu = _MENU
    later_bets: list[Fraction] = Field(default=[0.75])
    later_raises: list[Fraction] = Field(default=[1.0])
    most_raises: int = Field(default=2, ge=1)
    all_in_pots: float = Field(default=4.0, gt=0)
    seed: Seed = 0

    def menu_of(self, rules: Rules, street: int, deepest: int | None = None) -> Menu:
        """Actions of a subgame that begins on ``street`` of a game by ``rules``; after street ``deepest`` all check.

        Menus of the same actions are equal, and can be hashed.
        """
        if rules.betting == "fixed_limit":
            return limit_menu if deepest is None else _LimitMenu(deepest)
        last, here = rules.num_streets - 1, STREETS[street]
        sizes = (getattr(self.menu.bet_sizes, here), getattr(self.menu.raise_sizes, here))
        later = (self.later_bets, self.later_raises)
        bets, raises = (
            tuple(tuple(own if each == street else other) for each in range(last + 1))
            for own, other in zip(sizes, later)
        )
        all_in = tuple(self.menu.all_in if each == street else each >= last - 1 for each in range(last + 1))
        return _CappedMenu(SizeMenu(bets, raises, all_in), self.most_raises, self.all_in_pots, deepest or last)


@dataclass(frozen=True)
class _LimitMenu:
    """Every legal action of a fixed-limit game, but that nobody bets on streets after ``deepest``."""

    deepest: int

    def __call__(self, state: BettingState) -> list[int]:
        return limit_menu(state) if state.street <= self.deepest else [CALL]


@dataclass(frozen=True)
class _CappedMenu:
    """``sizes`` until a street has seen ``most`` bets and raises; then all-in where it is on offer, and no other.

    No all-in of more than ``pots`` pots. Nobody bets on streets after ``deepest``.
    """

    sizes: SizeMenu
    most: int
    pots: float
    deepest: int

    def __call__(self, state: BettingState) -> list[int]:
        actions, all_in = self.sizes(state), state.legal().max_raise_to
        if state.num_raises >= self.most:
            actions = [action for action in actions if action <= CALL or action == all_in]
        if state.street > self.deepest:
            return [CALL]
        if all_in in actions and all_in > CALL and pot_fraction(state, all_in) > self.pots:
            actions.remove(all_in)
        return actions
