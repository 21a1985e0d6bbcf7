"""How decisions are searched: ranks, deadline, safety, sizes."""

from typing import Literal

from pydantic import Field

from holdem_mpi.config_schema import Fraction, Section
from holdem_mpi.game.betting import Menu, SizeMenu, limit_menu
from holdem_mpi.game.rules import Rules

Share = Literal["auto", "average", "divide"]
STREETS = ("preflop", "flop", "turn", "river")


class SearchConfig(Section):
    """Every rank has the same one.

    num_workers: ranks that search, rank 0 included; None: all. deadline_ms: from question to answer. margin_ms: kept
    back of it for gathering. streets: that are searched; elsewhere the blueprint plays, but where a bet has left its
    tree. least_weight: hands below this share of their range's likeliest are left out. most_iterations: of a rank, then
    it answers early. share: how ranks share a decision's work; auto is what measured better on each street
    (docs/parallel.md). safe: gadget of the re-solving, auto is the re-solve gadget where the blueprint's values are at
    hand. bets, raises: pot fractions on the decision's street (of the pot after a call when facing a bet), later_bets,
    later_raises on later ones; all-in is on offer everywhere but on later streets of a flop or preflop decision.
    """

    num_workers: int | None = Field(default=None, ge=1)
    deadline_ms: float = Field(default=1000.0, gt=0)
    margin_ms: float = Field(default=12.0, ge=0)
    streets: list[Literal["preflop", "flop", "turn", "river"]] = Field(default=["flop", "turn", "river"])
    least_weight: float = Field(default=1e-3, ge=0, lt=1)
    most_iterations: int = Field(default=2000, ge=1)
    share: Share = "auto"
    sampled: Literal["auto", "always"] = "auto"
    safe: Literal["auto", "unsafe", "resolve", "maxmargin"] = "auto"
    bets: list[Fraction] = Field(default=[0.5, 1.0])
    raises: list[Fraction] = Field(default=[1.0])
    later_bets: list[Fraction] = Field(default=[0.75])
    later_raises: list[Fraction] = Field(default=[1.0])
    seed: int = Field(default=0, ge=0, le=2**63 - 1)

    def menu(self, rules: Rules, street: int) -> Menu:
        """Actions of a subgame that begins on ``street`` of a game by ``rules``."""
        if rules.betting == "fixed_limit":
            return limit_menu
        streets = range(rules.num_streets)
        last = rules.num_streets - 1
        return SizeMenu(
            bets=tuple(tuple(self.bets if each == street else self.later_bets) for each in streets),
            raises=tuple(tuple(self.raises if each == street else self.later_raises) for each in streets),
            all_in=tuple(each == street or street >= last - 1 for each in streets),
        )
