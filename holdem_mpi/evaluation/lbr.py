"""``evaluate lbr``: a player's loss to local best response over many hands, shared out among ranks."""

import re
from typing import Any, NamedTuple

import numpy as np

from holdem_mpi.cards import NUM_HANDS, cards_of_hand
from holdem_mpi.cli import check_seed
from holdem_mpi.config.search_effort import SearchEffort, effort_of, search_settings
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.compile_jobs import jobs_of_measure
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.kept_results import kept_folder, policy_to_search
from holdem_mpi.evaluation.lbr_gains import gains_lines, gains_of
from holdem_mpi.evaluation.lbr_hands import KeptHands, PlayedHands, play_hands
from holdem_mpi.evaluation.local_best_response import (
    LIMIT_ACTIONS,
    NO_LIMIT_ACTIONS,
    LbrScreen,
    LbrSettings,
    LocalBestResponse,
    ShowdownMargins,
)
from holdem_mpi.evaluation.ring_lbr import RingLbrPlayer
from holdem_mpi.evaluation.ring_lbr_hands import play_ring_lbr, ring_lbr_lines, ring_lbr_result
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.cards.hand_strength import suit_maps
from holdem_mpi.kernels.values.equity import matchup_sums, number_of_matchup_boards, settle_matchups
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import compiling_beside
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.policy.open_player import open_player
from holdem_mpi.policy.players import Player
from holdem_mpi.search.search_audit import audit_json, audit_lines

# Options of a player that searches.
_OF_SEARCH = ("search_ms", "search_iterations", "search_streets", "search_leaves", "purify", "screen")
# Canonical boards whose sums take a core a third of a second.
_BOARDS_AT_ONCE = 4096
# Of what decides a hand against a searching player: hands that an earlier version has kept are not taken for its.
_VERSION = 2
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
    search_ms, search_iterations: what the player searches with at each decision, see ``SearchEffort``; None for none.
    search_streets: on which a searching player searches, such as ``turn,river``; None for those of ``SearchConfig``.
    search_leaves: where its searches end, see ``SearchConfig``; None for drawn cards.
    purify: what a searching player leaves out, see ``SearchConfig``; None for nothing.
    screen: of how many raises at a decision a searching player is asked, see ``LbrScreen``; None for all.
    """

    actions: str | None
    rounds: str | None
    hands: int
    seed: int
    half_width: float
    search_ms: float | None = None
    search_iterations: str | None = None
    search_streets: str | None = None
    search_leaves: str | None = None
    purify: float | None = None
    screen: int | None = None

    def to_json(self) -> dict[str, Any]:
        """What decides a result; without search nothing is said of it, as in the ledgers of earlier versions."""
        known = self._asdict()
        return {key: value for key, value in known.items() if value is not None or key not in _OF_SEARCH}


def measure_lbr(
    text: str, game: Game | None, options: LbrOptions, comm: Communicator, out: str | None = None
) -> dict[str, Any]:
    """Play LBR against the player that ``text`` names; the estimate, on every rank. Collective.

    The same on any number of ranks: each hand is drawn from (seed, number of the hand), sums go in their order; where
    the player searches for milliseconds, the clock has a part in it.
    out: folder that keeps hands against a searching player (default: in the run's, else in the user's cache).
    Of more than two players it sits alone, in each seat in turn. UserError for toy games and for settings that the game
    does not have.
    """
    if options.hands < 4 or options.hands % 2:
        raise UserError(f"--hands {options.hands}: expected an even number of at least 4, half of them for each seat")
    check_seed(options.seed)
    if not 0.0 < options.half_width < float("inf"):
        raise UserError(f"--half-width {options.half_width}: expected mbb/h above 0")
    effort = effort_of(options.search_ms, options.search_iterations)
    if options.screen is not None and (effort is None or options.screen < 1):
        raise UserError(f"--screen {options.screen}: expected at least 1, beside a search's option")
    if game is not None:  # before a policy or tables are read
        _check_game(game, effort)
    with compiling_beside(comm, lambda: jobs_of_measure("lbr", [text])):
        return _measured(text, game, options, comm, out)


def _measured(text: str, game: Game | None, options: LbrOptions, comm: Communicator, out: str | None) -> dict[str, Any]:
    effort = effort_of(options.search_ms, options.search_iterations)
    of_search = search_settings(effort, options.search_streets, options.purify, options.search_leaves)
    policy = policy_to_search(text, effort, comm)
    game, player = open_player(policy or text, game, comm)
    _check_game(game, effort)
    name, settings = _settings_of(game, options)
    rounds, kept, screen = f"{settings.first_round}-{settings.last_round}", None, None
    if game.num_players > 2:
        asked = {"actions": name, "rounds": rounds, "hands": options.hands, "seed": options.seed}
        return _measure_ring(game, player, settings, asked, comm)
    if policy:
        from holdem_mpi.search.search_player import searching  # what LBR without search never needs

        player = searching(comm, game, player, effort, options.seed, of_search)
        key = {"lbr": _VERSION, **policy.identity(), "actions": name, "rounds": rounds, "seed": options.seed}
        key |= {"search": player.description()}
        if options.screen is not None:
            key |= {"screen": options.screen}
            screen = LbrScreen(player.searchless, options.screen)
        kept = KeptHands(kept_folder(text, out, "lbr", key), key, player.audit)
    response = LocalBestResponse(player, game.rules, settings, _margins(game, comm), screen)
    played = play_hands(comm, response, options.hands, options.seed, kept)
    unit = 1000.0 / max(game.rules.blinds)
    found = comm.on_root(lambda: _estimate(played.rows[:, 0], options, unit) | _where(played, unit, kept))
    return {
        "game": game.name,
        "player": player.name,
        "actions": name,
        "rounds": rounds,
        **({} if screen is None else {"screen": screen.most}),
        "hands": options.hands,
        "seed": options.seed,
        **found,
        "meaning": _MEANING,
    }


def _measure_ring(
    game: Game, player: Player, settings: LbrSettings, asked: dict[str, Any], comm: Communicator
) -> dict[str, Any]:
    """``measure_lbr`` with more than two players. asked: what the result says of the options."""
    margins = _margins(game, comm)

    def of_hand(hand: int, board: tuple[int, ...]) -> np.ndarray | None:
        high, low = sorted(cards_of_hand(hand), reverse=True)
        return margins.of_hand(high, low, board)

    response = RingLbrPlayer(player, settings, of_hand, game.num_hands, game.deck.seen)
    gains = play_ring_lbr(comm, game, player, response, asked["hands"], asked["seed"])
    return comm.on_root(lambda: {"game": game.name, "player": player.name, **asked, **ring_lbr_result(game, gains)})


def _check_game(game: Game, effort: SearchEffort | None) -> None:
    if game.is_toy:
        raise UserError(f"{game.name}: deck {game.config.deck}; local best response expects hold'em")
    if effort is not None and game.num_players > 2:
        raise UserError(f"{game.name}: local best response among {game.num_players} players expects no search")
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


def _margins(game: Game, comm: Communicator) -> ShowdownMargins:
    """What LBR values hands by, before the flop, too: luck is told by it in whatever rounds it acts. Collective."""
    total = sum(game.rules.board_cards)
    preflop = game.rules.board_cards[0] == 0
    with Notice("counting what hands win of each other before the flop"):
        table = margins_before_the_flop(total, comm) if preflop else None
    return ShowdownMargins(total, table)


def margins_before_the_flop(total: int, comm: Communicator) -> np.ndarray:
    """int32[1326, 1326], wins less losses of a hand (row) against another over the ``boards_of(total)`` boards.

    Built anew each time, 10 s of one core (a board of 5 cards) shared by the ranks; one copy for each host. Collective.
    """
    boards = number_of_matchup_boards(total)
    first, last = boards * comm.rank // comm.size, boards * (comm.rank + 1) // comm.size
    sums = np.zeros((NUM_HANDS, NUM_HANDS), np.int32)
    for start in range(first, last, _BOARDS_AT_ONCE):  # between two calls other threads can say what takes so long
        sums += matchup_sums(total, start, min(start + _BOARDS_AT_ONCE, last))
    comm.allreduce_sum(sums)
    shared = comm.host.shared_array(NUM_HANDS * NUM_HANDS, np.dtype(np.int32))
    table = shared.array.reshape(NUM_HANDS, NUM_HANDS)
    if shared.part == 0:
        settle_matchups(sums, suit_maps().source_of_hand, table)
    comm.host.barrier()
    return table


def _of_seats(values: np.ndarray, unit: float) -> list[Estimate]:
    """In mbb/h by seat, of chips by hand (float64[hand]); the seats take turns. unit: mbb of a chip."""
    return [Estimate.of_values(unit * values[seat::2], "mbb/h") for seat in (0, 1)]


def _estimate(values: np.ndarray, options: LbrOptions, unit: float) -> dict[str, Any]:
    """The mean in mbb/h over both seats, the same for each, and how many hands another interval would take.

    values: float64[hand], chips. Seats get equal weight, whatever their variances. unit: mbb of a chip.
    """
    seats = _of_seats(values, unit)
    both = Estimate.of_parts(seats)
    return {
        **both.to_json(),
        "seats": [{"seat": seat, **of_seat.to_json()} for seat, of_seat in enumerate(seats)],
        "half_width_asked_mbb": options.half_width,
        "hands_for_half_width": both.count_for(options.half_width),
    }


def _where(played: PlayedHands, unit: float, kept: KeptHands | None) -> dict[str, Any]:
    """Where LBR gains, and what a searching player's decisions came from. unit: mbb of a chip."""
    found: dict[str, Any] = {"taken": gains_of(played.rows, lambda values: Estimate.of_parts(_of_seats(values, unit)))}
    if kept:
        found |= {"searched": audit_json(played.audit), "kept_in": str(kept.folder)}
    return found


def lbr_lines(result: dict[str, Any], top: int) -> list[str]:
    """The result as lines of text, every mean with its interval; of the lines of betting the ``top`` costliest."""
    if "deals" in result:
        return ring_lbr_lines(result)
    screened = f"{result['screen']} raises by screening, " if "screen" in result else ""
    lines = [
        f"local best response against {result['player']} in {result['game']}: actions {result['actions']}, "
        f"rounds {result['rounds']}, {screened}{result['hands']:,} hands, seed {result['seed']}",
        f"LBR wins {Estimate.from_json(result)}",
    ]
    lines += [f"  from seat {of['seat']}: {Estimate.from_json(of)}" for of in result["seats"]]
    lines.append(
        f"hands for +- {result['half_width_asked_mbb']:g} mbb/h: {result['hands_for_half_width']:,}"
        if result["standard_error"]
        else "every hand of a seat is worth the same"
    )
    lines += gains_lines(result["taken"], top)
    if "searched" in result:
        lines += ["searched, each rank by itself:", *audit_lines(result["searched"]), f"kept in {result['kept_in']}"]
    return [*lines, result["meaning"]]
