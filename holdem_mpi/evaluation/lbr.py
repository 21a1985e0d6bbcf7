"""``evaluate lbr``: a player's loss to local best response over many hands, shared out among ranks."""

import re
from math import ceil
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_HANDS
from holdem_mpi.cli import check_seed
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.local_best_response import (
    LIMIT_ACTIONS,
    NO_LIMIT_ACTIONS,
    LbrSettings,
    LocalBestResponse,
    ShowdownMargins,
)
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.cards.hand_strength import suit_maps
from holdem_mpi.kernels.values.equity import matchup_sums, number_of_matchup_boards, settle_matchups
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.policy.players import Player
from holdem_mpi.reporting.progress import ItemDisplay

HANDS_AN_ITEM = 50
_MEANING = (
    "what local best response wins is, in expectation, a lower bound of what this player, its translation of bets "
    "included, can lose (its exploitability); a negative mean bounds nothing"
)


class LbrOptions(NamedTuple):
    """How local best response is measured, as the command line says it.

    actions: name of the set of actions that it considers; None for the largest that the game has.
    rounds: in which it acts; None for all.
    hands: how many are played.
    seed: of the hands.
    half_width: of the interval that a number of hands is told for, in mbb/h.
    """

    actions: str | None
    rounds: str | None
    hands: int
    seed: int
    half_width: float


def measure_lbr(text: str, game: Game | None, options: LbrOptions, comm: Communicator) -> dict[str, Any]:
    """Play LBR against the player that ``text`` names; the estimate, on every rank. Collective.

    The same on any number of ranks: each hand is drawn from (seed, number of the hand), sums go in their order.
    UserError for games other than two-player hold'em and for settings that the game does not have.
    """
    if options.hands < 4 or options.hands % 2:
        raise UserError(f"--hands {options.hands}: expected an even number of at least 4, half of them for each seat")
    check_seed(options.seed)
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
    """(the name of the set of actions, the settings) that the options ask for."""
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
    with Notice("counting what hands win of each other before the flop"):
        table = margins_before_the_flop(total, comm) if preflop else None
    response = LocalBestResponse(player, game.rules, settings, ShowdownMargins(total, table))
    values, display = np.zeros(options.hands), ItemDisplay(comm, "lbr", options.hands, "hands")

    def hands_of(item: int) -> range:
        return range(item * HANDS_AN_ITEM, min((item + 1) * HANDS_AN_ITEM, options.hands))

    def work(item: int) -> np.ndarray:
        return np.array([response.play(options.seed, number) for number in hands_of(item)])

    def on_result(item: int, result: np.ndarray) -> None:
        values[hands_of(item)] = result
        display.advance(len(result))

    with display:
        run_items(comm, range(ceil(options.hands / HANDS_AN_ITEM)), work, on_result)
    return values


def margins_before_the_flop(total: int, comm: Communicator) -> np.ndarray:
    """int32[1326, 1326], wins less losses of a hand (row) against another over the ``boards_of(total)`` boards.

    Built anew each time, 10 s of one core (a board of 5 cards) shared by the ranks; one copy for each host. Collective.
    """
    boards = number_of_matchup_boards(total)
    sums = matchup_sums(total, boards * comm.rank // comm.size, boards * (comm.rank + 1) // comm.size)
    comm.allreduce_sum(sums)
    shared = comm.host.shared_array(NUM_HANDS * NUM_HANDS, np.dtype(np.int32))
    table = shared.array.reshape(NUM_HANDS, NUM_HANDS)
    if shared.part == 0:
        settle_matchups(sums, suit_maps().source_of_hand, table)
    comm.host.barrier()
    return table


def _estimate(values: np.ndarray, options: LbrOptions, blind: float) -> dict[str, Any]:
    """The mean in mbb/h over both seats, the same for each, and how many hands another interval would take.

    values: float64[hand], chips. Seats get equal weight, whatever their variances. blind: the largest one, in chips.
    """
    seats = [Estimate.of_values(1000.0 * (values[seat::2] / blind), "mbb/h") for seat in (0, 1)]
    both = Estimate.of_parts(seats)
    return {
        **both.to_json(),
        "seats": [{"seat": seat, **of_seat.to_json()} for seat, of_seat in enumerate(seats)],
        "half_width_asked_mbb": options.half_width,
        "hands_for_half_width": both.count_for(options.half_width),
    }


def lbr_lines(result: dict[str, Any]) -> list[str]:
    """The result as lines of text, every mean with its interval."""
    lines = [
        f"local best response against {result['player']} in {result['game']}: actions {result['actions']}, "
        f"rounds {result['rounds']}, {result['hands']:,} hands, seed {result['seed']}",
        f"LBR wins {Estimate.from_json(result)}",
    ]
    lines += [f"  from seat {of['seat']}: {Estimate.from_json(of)}" for of in result["seats"]]
    lines.append(
        f"hands for +- {result['half_width_asked_mbb']:g} mbb/h: {result['hands_for_half_width']:,}"
        if result["standard_error"]
        else "every hand of a seat is worth the same"
    )
    return [*lines, result["meaning"]]
