"""Options of the measures: what decides a result beside the policy. Free of what the measures themselves import."""

import argparse
from collections.abc import Callable
from typing import Any, NamedTuple

from holdem_mpi.errors import UserError
from holdem_mpi.text import whole


class Option(NamedTuple):
    """An option of a measure: what decides its result besides the policy.

    flag: such as ``--flops``.
    kind: makes a value of a text.
    default: its value where it is not given.
    text: for the help.
    """

    flag: str
    kind: Callable[[str], Any]
    default: Any
    text: str

    @property
    def name(self) -> str:
        """The key under which a result's options hold it."""
        return self.flag[2:].replace("-", "_")

    def add_to(self, parser: argparse.ArgumentParser, **other: Any) -> None:
        """Add it to a subcommand; ``other`` replaces what argparse is told."""
        given = {"type": self.kind, "default": self.default, "help": self.text, "metavar": self.name.upper()}
        parser.add_argument(self.flag, **given | other)


OPTIONS_OF_MEASURE = {
    "exploitability": (
        Option("--flops", whole, None, "estimate from so many sampled flops (default: all)"),
        Option("--seed", whole, 0, "seed of the sample"),
    ),
    "gains": (
        Option("--deals", whole, 400_000, "deals drawn for each seat, in games too large for all"),
        Option("--seed", whole, 0, "seed of the deals"),
    ),
    "lbr": (
        Option("--actions", str, None, "fc, fcp, fca, fcpa or 56bets; fc or fcr in limit games"),
        Option("--rounds", str, None, "betting rounds on which LBR acts, such as 3-4; elsewhere it checks or calls"),
        Option("--hands", whole, 20_000, "hands, half of them for each seat"),
        Option("--seed", whole, 0, "seed of all hands"),
        Option("--half-width", float, 100.0, "mbb/h: say how many hands this takes"),
    ),
}


def all_options() -> dict[str, Option]:
    """Options of all measures by flag; where measures share one, it is of one kind."""
    return {option.flag: option for options in OPTIONS_OF_MEASURE.values() for option in options}


def options_of(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """What decides a measure's result beside the policy: its own defaults, and over them what of ``given`` is not None.

    Empty for exploitability without sampling, which has nothing to decide. UserError where one is given that the
    measure does not have.
    """
    known = {option.name: option.default for option in OPTIONS_OF_MEASURE[name]}
    chosen = {key: value for key, value in given.items() if value is not None}
    for key in chosen.keys() - known.keys():
        raise UserError(f"--{key.replace('_', '-')}: not an option of --measure {name}")
    if name == "exploitability" and chosen.get("flops") is None:
        return {}
    return known | chosen
