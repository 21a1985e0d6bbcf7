"""Command lines: programs and their subcommands, options that lay values over a config, and errors of one line."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from holdem_mpi.config.buckets import buckets
from holdem_mpi.config.load import load_config
from holdem_mpi.config.run_config import MAX_SEED, RunConfig
from holdem_mpi.config.samplers import named_samplers, samplers_where
from holdem_mpi.config.shipped import DEFAULT_GAME
from holdem_mpi.errors import UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.parallel.startup import launcher_says
from holdem_mpi.text import named, whole


class Parser(argparse.ArgumentParser):
    """argparse whose errors are UserErrors: one line, exit 64, printed by one rank; so is the help.

    ``prog`` is what one types, ``python -m holdem_mpi.train``; subcommands added to it are Parsers too.
    """

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, **options)

    def print_help(self, file: Any = None) -> None:
        """Print the help on one rank."""
        if launcher_says()[1] == 0:
            super().print_help(file)

    def error(self, message: str) -> NoReturn:
        """Raise instead of printing the usage and exiting with 2."""
        raise UserError(f"{message} ({self.prog} --help shows the options)")


class Subcommand(NamedTuple):
    """A subcommand of a program. ``--help`` is to answer at once: what takes long to import, ``run`` imports.

    help: its line in the list of subcommands.
    add_options: adds its options to a parser.
    run: called with the parsed arguments, on every rank; may give an exit code.
    """

    help: str
    add_options: Callable[[argparse.ArgumentParser], None]
    run: Callable[[argparse.Namespace, Communicator], int | None]


def run_subcommand(
    program: str, description: str | None, subcommands: dict[str, Subcommand], comm: Communicator
) -> None:
    """Parse the command line of a program with subcommands, and run the subcommand that it names."""
    parser = Parser(prog=program, description=description)
    names = parser.add_subparsers(dest="subcommand", required=True)
    for name, subcommand in subcommands.items():
        subcommand.add_options(names.add_parser(name, help=subcommand.help))
    arguments, unknown = parser.parse_known_args()
    if unknown:  # its own --help shows the options
        names.choices[arguments.subcommand].error(f"unrecognized arguments: {' '.join(unknown)}")
    with Notice(f"{program.rpartition('.')[2]} {arguments.subcommand}", if_quiet=True):
        subcommands[arguments.subcommand].run(arguments, comm)


def whole_or_auto(text: str) -> int | str:
    """An int, or the word ``auto``, of an option. ValueError on anything else."""
    return text if text == "auto" else whole(text)


whole_or_auto.__name__ = "integer or auto"


def check_bounds(key: str, value: float | None, least: float, most: float) -> None:
    """UserError where the option of ``key`` (deadline_ms: --deadline-ms) was given and is not within bounds."""
    if value is not None and not least <= value <= most:
        raise UserError(f"--{key.replace('_', '-')} {value:g}: expected {least:g} to {most:.10g}")


def check_seed(seed: int) -> None:
    """UserError where a seed is none: what configs take as one, ``--seed`` does."""
    if not 0 <= seed <= MAX_SEED:
        raise UserError(f"--seed {seed}: expected 0 to 2**64 - 1")


# Option, dotted key of the config, type, help.
RUN_OPTIONS: list[tuple[str, str, Any, str]] = [
    ("--mode", "mode", str, "reproducible, or racing: faster on one machine, without a digest"),
    ("--batch-size", "batch_size", whole_or_auto, "iterations of a lane between two merges; auto: they grow"),
    ("--batch-size-limit", "batch_size_limit", whole, "what --batch-size auto grows to"),
    ("--iters", "iters", whole, "iterations in all, over all lanes; rounded up to whole batches"),
    (
        "--time-budget",
        "time_budget",
        float,
        "seconds after which to stop and save; of a resumed run: from the resume on",
    ),
    ("--lanes", "lanes", whole, "lanes that a batch has, whatever the number of ranks (default: one a rank)"),
    ("--seed", "solver.seed", whole, "seed of all random streams"),
    ("--sampler", "solver.sampler", str, named_samplers()),
    (
        "--algorithm",
        "solver.algorithm",
        str,
        f"cfr, linear, dcfr, or ({samplers_where(lambda facts: facts.floors)}) cfr+",
    ),
    ("--alpha", "solver.alpha", float, "dcfr: exponent for regrets above zero"),
    ("--beta", "solver.beta", float, "dcfr: exponent for regrets below zero"),
    ("--gamma", "solver.gamma", float, "dcfr: exponent for strategy sums"),
    ("--discount-interval", "solver.discount_interval", whole, "iterations between two discounts"),
    ("--draws", "solver.draws", str, "of cards: independent, correlated, or auto: correlated with a toy deck"),
    ("--exploration", "solver.exploration", float, "outcome sampling: share of uniform play"),
    ("--precision", "solver.precision", str, "float64 or float32 tables"),
    (
        "--buckets",
        "abstraction.buckets",
        buckets,
        "buckets by street, such as 169,200,200,200 or 169,lossless; or the folder that holdem_mpi.abstract built",
    ),
    ("--recipe", "abstraction.recipe", named, "card abstraction: a shipped recipe, such as pluribus, or a YAML file"),
    ("--bucket-dir", "abstraction.directory", named, "folder with bucket files (default: the cache)"),
    ("--checkpoint-interval", "checkpoint_interval", float, "seconds between two checkpoints"),
    ("--keep-checkpoints", "keep_checkpoints", whole, "generations kept, two at least"),
    (
        "--snapshots",
        "snapshot_factor",
        float,
        "keep a checkpoint for good whenever iterations grew by this factor",
    ),
    ("--log-interval", "log_interval", float, "seconds between two lines of metrics"),
    ("--watchdog", "watchdog", float, "seconds that a merge may wait for a rank before the job ends; 0: for ever"),
    (
        "--spare-ranks",
        "spare_ranks",
        str,
        "of ranks that outnumber the cores: rest (one a core does the lanes of all), or work (all take turns)",
    ),
    ("--logdir", "logdir", named, "output folder of the run"),
]


def add_reading_options(parser: argparse.ArgumentParser) -> None:
    """Options of how files of hands are read."""
    parser.add_argument("--anonymous", action="store_true", help="leave players' names out of all that is told")
    text = "text of poker rooms: hands with other stacks too, as if played with the table's, where nobody was all-in"
    parser.add_argument("--as-table", action="store_true", help=text)


def add_run_options(parser: argparse.ArgumentParser, without: frozenset[str] = frozenset()) -> None:
    """``--config``, ``--game`` and every option that lays a value over the config, but those in ``without``."""
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--config", metavar="FILE", help="YAML config")
    source.add_argument("--game", metavar="NAME", help=f"a shipped config (default: {DEFAULT_GAME})")
    for option, _, kind, text in RUN_OPTIONS:
        if option not in without:
            parser.add_argument(option, type=kind, help=text, metavar=option[2:].upper().replace("-", "_"))
    parser.add_argument("--prune", action="store_true", default=None, help="regret-based pruning")
    text = "add a batch's sums after the next batch, so that they travel between hosts meanwhile"
    parser.add_argument("--late-merge", action="store_true", default=None, help=text)
    if "--tensorboard" not in without:
        parser.add_argument("--tensorboard", action="store_true", default=None, help="also write TensorBoard scalars")


def overrides_of(arguments: argparse.Namespace) -> dict[str, Any]:
    """{dotted key: (option, value)} of the options that were given."""
    given = {}
    for option, key, _, _ in [
        *RUN_OPTIONS,
        ("--prune", "solver.pruning.enabled", bool, ""),
        ("--late-merge", "late_merge", bool, ""),
        ("--tensorboard", "tensorboard", bool, ""),
    ]:
        value = getattr(arguments, option[2:].replace("-", "_"), None)
        if value is not None:
            given[key] = (option, value)
    return given


def config_of(arguments: argparse.Namespace) -> RunConfig:
    """The config that a command line asks for. ConfigError on what cannot be used."""
    return load_config(source_of(arguments), overrides_of(arguments))


def source_of(arguments: argparse.Namespace) -> Path | str:
    """The config's file, or the name of a shipped one: what ``load_config`` takes."""
    return Path(arguments.config) if arguments.config else arguments.game or DEFAULT_GAME
