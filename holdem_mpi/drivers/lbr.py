"""``evaluate lbr``: a player's loss to local best response over many hands, shared out among ranks."""

import re
import sys
import time
from collections.abc import Callable
from math import ceil, sqrt
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.drivers.options import Option, whole
from holdem_mpi.drivers.players import open_player
from holdem_mpi.drivers.progress import duration
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.lbr import LIMIT_ACTIONS, NO_LIMIT_ACTIONS, LbrSettings, LocalBestResponse, Margins
from holdem_mpi.evaluation.players import Player
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.equity import NUM_HANDS, matchup_sums, number_of_matchup_boards, settle_matchups
from holdem_mpi.kernels.hand_strength import suit_maps
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.work_queue import run_items

HANDS_AN_ITEM = 50
_SECONDS_A_LINE = 10.0
_Z95 = 1.959964
_MEANING = (
    "what local best response wins is, in expectation, a lower bound of what this player, its translation of bets "
    "included, can lose (its exploitability); a negative mean bounds nothing"
)


class LbrOptions(NamedTuple):
    """What the command line says. actions, rounds: None for all that the game has; half_width in mbb/h."""

    actions: str | None
    rounds: str | None
    hands: int
    seed: int
    half_width: float


LBR_OPTIONS = (
    Option("--actions", str, None, "fc, fcp, fca, fcpa or 56bets; fc or fcr in limit games"),
    Option("--rounds", str, None, "betting rounds on which LBR acts, such as 3-4; elsewhere it checks or calls"),
    Option("--hands", whole, 20_000, "hands, half of them for each seat"),
    Option("--seed", whole, 0, "seed of all hands"),
    Option("--half-width", float, 100.0, "mbb/h: say how many hands this takes"),
)


def measure_lbr(text: str, game: Game | None, options: LbrOptions, comm: Communicator) -> dict[str, Any]:
    """Play LBR against the player that ``text`` names; the estimate, on every rank. Collective.

    The same on any number of ranks: each hand is drawn from (seed, number of the hand), sums go in their order.
    UserError for games other than two-player hold'em and for settings that the game does not have.
    """
    if options.hands < 4 or options.hands % 2:
        raise UserError(f"--hands {options.hands}: expected an even number of at least 4, half of them for each seat")
    if not 0 <= options.seed < 1 << 64:
        raise UserError(f"--seed {options.seed}: expected a whole number from 0 to 2**64 - 1")
    if not 0.0 < options.half_width < float("inf"):
        raise UserError(f"--half-width {options.half_width}: expected mbb/h above 0")
    if game is not None:  # before a policy or tables are read
        _check_game(game)
    game, player = open_player(text, game, comm)
    _check_game(game)
    name, settings = _settings_of(game, options)
    values = _play(game, player, settings, options, comm)
    estimate = comm.on_root(lambda: _estimate(values, options, float(max(game.rules.blinds))))
    head = {"game": game.name, "player": player.name, "actions": name}
    rounds = f"{settings.first_round}-{settings.last_round}"
    return {**head, "rounds": rounds, "hands": options.hands, "seed": options.seed, **estimate, "meaning": _MEANING}


def _check_game(game: Game) -> None:
    if game.is_toy or game.num_players != 2:
        raise UserError(
            f"{game.name}: deck {game.config.deck}, {game.num_players} players; local best response expects two-player "
            "hold'em"
        )
    dealt, board_cards = 0, game.rules.board_cards
    for cards in board_cards:
        dealt += cards
        if dealt and sum(board_cards) - dealt > 2:
            raise UserError(
                f"{game.name}: board_cards {list(board_cards)}: expected no street on which some cards lie on the "
                "board and more than two are to come, for local best response"
            )


def _settings_of(game: Game, options: LbrOptions) -> tuple[str, LbrSettings]:
    """(name of the actions, settings)."""
    known = NO_LIMIT_ACTIONS if game.config.betting == "no_limit" else LIMIT_ACTIONS
    name = options.actions or ("fcpa" if game.config.betting == "no_limit" else "fcr")
    if name not in known:
        raise UserError(f"--actions {name}: expected one of {', '.join(known)} in {game.name} ({game.config.betting})")
    rounds = options.rounds or f"1-{game.num_streets}"
    match = re.fullmatch(r"(\d)(?:-(\d))?", rounds)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
    if not 1 <= first <= last <= game.num_streets:
        raise UserError(
            f"--rounds {rounds}: expected FIRST-LAST within 1-{game.num_streets}, such as 3-{game.num_streets}"
        )
    return name, LbrSettings(known[name], first, last)


def _play(game: Game, player: Player, settings: LbrSettings, options: LbrOptions, comm: Communicator) -> np.ndarray:
    """float64[hand], chips that LBR wins of each hand; on rank 0, elsewhere zeros. Collective."""
    total = sum(game.rules.board_cards)
    preflop = settings.first_round == 1 and game.rules.board_cards[0] == 0
    table = margins_before_the_flop(total, comm) if preflop else None
    response = LocalBestResponse(player, game.rules, settings, Margins(total, table))
    values, show = np.zeros(options.hands), _progress(options.hands, comm)

    def hands_of(item: int) -> range:
        return range(item * HANDS_AN_ITEM, min((item + 1) * HANDS_AN_ITEM, options.hands))

    def work(item: int) -> np.ndarray:
        return np.array([response.play(options.seed, number) for number in hands_of(item)])

    def on_result(item: int, result: np.ndarray) -> None:
        values[hands_of(item)] = result
        show(len(result))

    run_items(comm, range(ceil(options.hands / HANDS_AN_ITEM)), work, on_result)
    return values


def margins_before_the_flop(total: int, comm: Communicator) -> np.ndarray:
    """int32[1326, 1326], wins less losses of a hand (row) against another over the ``boards_of(total)`` boards.

    Built anew each time, 10 s of one core (a board of 5 cards) shared by the ranks; one copy for each host. Collective.
    """
    boards = number_of_matchup_boards(total)
    sums = matchup_sums(total, boards * comm.rank // comm.size, boards * (comm.rank + 1) // comm.size)
    comm.allreduce_sum(sums)
    shared = comm.shared_array(NUM_HANDS * NUM_HANDS, np.dtype(np.int32))
    table = shared.array.reshape(NUM_HANDS, NUM_HANDS)
    if shared.part == 0:
        settle_matchups(sums, suit_maps().source_of_hand, table)
    comm.host_barrier()
    return table


def _progress(hands: int, comm: Communicator) -> Callable[[int], None]:
    """Counts hands; a line on standard error every 10 seconds, from rank 0."""
    start = shown = time.monotonic()
    done = 0

    def show(more: int) -> None:
        nonlocal done, shown
        done += more
        now = time.monotonic()
        if comm.rank == 0 and now - shown > _SECONDS_A_LINE:
            shown = now
            left = duration((now - start) * (hands - done) / done)
            print(f"lbr: {done:,} of {hands:,} hands, ETA {left}", file=sys.stderr, flush=True)

    return show


def _estimate(values: np.ndarray, options: LbrOptions, blind: float) -> dict[str, Any]:
    """Means with standard errors and 95 % intervals, in mbb/h and BB/h, over both seats and for each.

    values: chips of each hand. Seats get equal weight, whatever their variances. BB: the largest blind.
    """
    seats = [_mean(values[seat::2] / blind) for seat in (0, 1)]
    mean = (seats[0][0] + seats[1][0]) / 2
    error = sqrt(seats[0][1] ** 2 + seats[1][1] ** 2) / 2
    needed = ceil(options.hands * (1000 * _Z95 * error / options.half_width) ** 2)
    return {
        **_interval(mean, error),
        "seats": [{"seat": seat, **_interval(*seats[seat])} for seat in (0, 1)],
        "half_width_asked_mbb": options.half_width,
        "hands_for_half_width": needed,
    }


def _mean(values: np.ndarray) -> tuple[float, float]:
    return float(values.mean()), float(values.std(ddof=1) / sqrt(values.size))


def _interval(mean: float, error: float) -> dict[str, Any]:
    """A mean in BB/h and its standard error as mean, standard error, half-width and interval in both units."""
    half = _Z95 * error
    found = {}
    for unit, scale in (("mbb", 1000.0), ("bb", 1.0)):
        found[f"mean_{unit}"] = scale * mean
        found[f"standard_error_{unit}"] = scale * error
        found[f"half_width_{unit}"] = scale * half
        found[f"interval_95_{unit}"] = [scale * (mean - half), scale * (mean + half)]
    return found


def lbr_lines(result: dict[str, Any]) -> list[str]:
    """The result as text, every mean with its interval."""

    def text(of: dict[str, Any]) -> str:
        low, high = of["interval_95_mbb"]
        return (
            f"{of['mean_mbb']:.1f} +- {of['half_width_mbb']:.1f} mbb/h, 95 % interval [{low:.1f}, {high:.1f}] "
            f"({of['mean_bb']:.3f} +- {of['half_width_bb']:.3f} BB/h), standard error {of['standard_error_mbb']:.1f}"
        )

    lines = [
        f"local best response against {result['player']} in {result['game']}: actions {result['actions']}, "
        f"rounds {result['rounds']}, {result['hands']:,} hands, seed {result['seed']}",
        f"LBR wins {text(result)}",
    ]
    lines += [f"  from seat {of['seat']}: {text(of)}" for of in result["seats"]]
    lines.append(
        f"hands for +- {result['half_width_asked_mbb']:g} mbb/h: {result['hands_for_half_width']:,}"
        if result["standard_error_mbb"]
        else "every hand of a seat is worth the same"
    )
    return [*lines, result["meaning"]]
