"""Matches over ranks: opens the players, shares out the deals, turns chips into figures with intervals.

Of more than two players one sits alone, in each seat in turn, and the other plays all other seats.
"""

import numbers
from typing import Any

import numpy as np

from holdem_mpi.config.arguments import whole_argument
from holdem_mpi.config.load import load_config
from holdem_mpi.config.run_config import MAX_SEED
from holdem_mpi.config.search_effort import effort_of, search_settings
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation.aivat import Aivat, ValueFunction, ZeroValues
from holdem_mpi.evaluation.blueprint_values import BlueprintValues, MeanValues
from holdem_mpi.evaluation.compile_jobs import jobs_of_measure
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.head_to_head import (
    DuplicateDealer,
    estimate_pairs,
    has_range,
    play_pairs,
    play_rounds,
    variance_of_hands,
    variance_of_pairs,
)
from holdem_mpi.evaluation.pair_values import pair_values
from holdem_mpi.evaluation.ring_aivat import RingAivat
from holdem_mpi.game.deck import Deck
from holdem_mpi.game.game import Game
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import compiling_beside
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.policy.open_player import is_baseline, open_player
from holdem_mpi.policy.players import Player
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.pot_odds import NAME as POT_ODDS
from holdem_mpi.reporting.progress import ItemDisplay
from holdem_mpi.text import counted, shown

# Deals of one work item.
_DEALS_AN_ITEM = 20


def open_match(
    comm: Communicator, policy: str | Policy, against: str | Policy, game: str | Game | None = None
) -> tuple[Game, tuple[Player, Player]]:
    """(the game, the two players). UserError where they do not play one game. Collective."""
    played = Game(load_config(game).game) if isinstance(game, str) else game
    # A policy knows its game, a baseline is told; one that plays itself is opened once.
    opened: dict[str | Policy, Player] = {}
    for each in sorted(
        {policy, against}, key=lambda each: (isinstance(each, str) and is_baseline(each), each != policy)
    ):
        played, opened[each] = open_player(each, played, comm)
    if played.num_players != 2 and POT_ODDS in (policy, against):
        raise UserError(f"{POT_ODDS}: plays heads-up; expected another player in {played.name}")
    return played, (opened[policy], opened[against])


def estimators(players: tuple[Player, Player], deck: Deck, seed: int) -> tuple[Aivat, Aivat] | None:
    """AIVAT with the first player in seat 0 and in seat 1; None where neither tells its strategy.

    Value functions: the two blueprints against each other where they share a tree, else the mean of each against
    itself.
    """
    if not any(map(has_range, players)):
        return None
    blueprints = [player.blueprint for player in players if hasattr(player, "blueprint")]
    layouts = [blueprint.policy.layout.fingerprint() for blueprint in blueprints]
    known = [(has_range(first), has_range(second)) for first, second in (players, players[::-1])]
    leading = [each.index(True) for each in known]
    value_functions: list[ValueFunction]
    if len(blueprints) == 2 and layouts[0] == layouts[1]:
        same = blueprints[0] is blueprints[1]
        values = [pair_values((blueprints[0], blueprints[1]), seed)]
        values.append(values[0] if same else pair_values((blueprints[1], blueprints[0]), seed))
        value_functions = [BlueprintValues(each, deck, lead) for each, lead in zip(values, leading)]
    elif blueprints:
        values = [pair_values((each, each), seed) for each in blueprints]
        value_functions = [MeanValues(tuple(BlueprintValues(each, deck, lead) for each in values)) for lead in leading]
    else:
        value_functions = [ZeroValues(), ZeroValues()]
    return Aivat(deck, value_functions[0], known[0]), Aivat(deck, value_functions[1], known[1])


def play_match(
    comm: Communicator, game: Game, players: tuple[Player, Player], hands: int, seed: int, aivat: bool
) -> np.ndarray | None:
    """float64[deal, 2 * seats], chips by seat, then by AIVAT, of as many deals as make so many hands or just more. On
    rank 0, the same for any number of ranks. Collective.
    """
    seats = game.num_players
    estimator = estimators(players, game.deck, seed) if aivat and seats == 2 else None
    dealer = DuplicateDealer(game.rules, game.deck, seed, ranges=estimator is not None)
    deals = -(-hands // seats)
    results, of_ring = np.empty((deals, 2 * seats)), RingAivat(game.deck) if aivat else None
    display = ItemDisplay(comm, "match", seats * deals, "hands", compiles_first=True)

    def part(item: int) -> range:
        return range(item * _DEALS_AN_ITEM, min(deals, (item + 1) * _DEALS_AN_ITEM))

    def play(item: int) -> np.ndarray:
        if seats > 2:
            return play_rounds(dealer, players, seats, of_ring, part(item))
        return play_pairs(dealer, players, estimator, part(item))

    def keep(item: int, result: np.ndarray) -> None:
        results[part(item).start : part(item).stop] = result
        display.advance(seats * len(result))

    with display:
        run_items(comm, range(-(-deals // _DEALS_AN_ITEM)), play, keep)
    return results if comm.rank == 0 else None


def check_match(dashes: str, hands: int, seed: int, want: float | None, search_ms: float | None) -> None:
    """UserError where a match cannot be so. dashes: what stands before an option's name, nothing in Python."""
    if whole_argument(f"{dashes}hands", hands) < 4 or hands % 2:
        raise UserError(f"{dashes}hands {hands}: expected an even number of at least 4; every deal is played twice")
    whole_argument(f"{dashes}seed", seed, 0, MAX_SEED)
    if want is not None and not want > 0:
        raise UserError(f"{dashes}want {want}: expected a number above 0")
    if search_ms is not None and not (isinstance(search_ms, numbers.Real) and search_ms >= 1):
        name = f"{dashes}search-ms" if dashes else "search_ms"
        raise UserError(f"{name} {shown(search_ms)}: expected at least 1")


def match_of(
    comm: Communicator,
    policy: str | Policy,
    against: str | Policy,
    *,
    hands: int = 2000,
    seed: int = 0,
    game: str | Game | None = None,
    aivat: bool = True,
    want: float | None = None,
    search_ms: float | None = None,
    search_iterations: str | None = None,
    search_streets: str | None = None,
    search_leaves: str | None = None,
) -> dict[str, Any]:
    """Play ``policy`` against ``against`` and tell what the first one wins a hand, with intervals. Collective.

    policy, against: policies, or names that ``open_player`` takes. hands: in all, even; with more than two players
    those of whole rounds of the seats, so many or just more. game: needed where both are baselines; want: half width of
    the interval that the number of hands is wanted for, in the unit of the result.
    search_ms, search_iterations: ``policy`` searches so long, or for so many iterations by street, at each decision;
    search_streets: on these streets; search_leaves: with these ends. UserError on what cannot be played.
    """
    check_match("--", hands, seed, want, search_ms)
    effort = effort_of(search_ms, search_iterations)
    of_search = search_settings(effort, search_streets, None, search_leaves)
    with compiling_beside(comm, lambda: jobs_of_measure("match", [policy, against])):
        played, players = open_match(comm, policy, against, game)
        if effort is not None:
            from holdem_mpi.search.search_player import searching  # what a match without search never needs

            players = (searching(comm, played, players[0], effort, seed, of_search), players[1])
        results = play_match(comm, played, players, hands, seed, aivat)
    return comm.on_root(lambda: _summary(played, players, hands, seed, results, want))


def _summary(
    game: Game, players: tuple[Player, Player], hands: int, seed: int, results: np.ndarray, want: float | None
) -> dict[str, Any]:
    blind = max(game.rules.blinds)
    unit, scale = ("mbb/h", 1000.0 / blind) if blind else ("chips/h", 1.0)
    seats = game.num_players
    plain, lucky = slice(0, seats), slice(seats, 2 * seats)
    columns = {"duplicate": plain} if np.isnan(results[0, lucky]).any() else {"duplicate": plain, "aivat": lucky}
    variance = {"plain": variance_of_hands(scale * results[:, plain])}
    summary: dict[str, Any] = {
        "game": game.name,
        "policy": players[0].name,
        "against": players[1].name,
        "hands": seats * len(results),
        "deals": len(results),
        "seed": seed,
        "unit": unit,
        "chips": int(results[:, plain].sum()),
        "variance_of_one_hand": variance,
    }
    for name, of_seats in columns.items():
        scaled = scale * results[:, of_seats]
        estimate, variance[name] = estimate_pairs(scaled, unit), variance_of_pairs(scaled)
        summary[name] = estimate.to_json()
        if want is not None:
            summary[name] |= {"want": want, "hands_wanted": seats * estimate.count_for(want)}
    if seats > 2:
        names, scaled = seat_names(game.rules), scale * results[:, list(columns.values())[-1]]
        by_seat = [Estimate.of_values(scaled[:, seat], unit).to_json() for seat in range(seats)]
        summary["seats"] = [{"seat": at, "position": names[at], **of} for at, of in enumerate(by_seat)]
    return summary


def match_lines(summary: dict[str, Any]) -> list[str]:
    """The result of a match as lines of text for people."""
    unit = summary["unit"]
    seats = summary.get("seats", [])
    played = f"played {len(seats)} times, once in each seat" if seats else "played twice with seats swapped"
    lines = [
        f"{summary['game']}: {summary['policy']} against {summary['against']}{' in all other seats' if seats else ''}, "
        f"{summary['hands']} hands ({counted(summary['deals'], 'deal')}, each {played}), seed {summary['seed']}"
    ]
    named = [(name, title) for name, title in (("duplicate", "duplicate"), ("aivat", "AIVAT")) if name in summary]
    for name, title in named:
        lines.append(f"{title:<9} {Estimate.from_json(summary[name])}")
    lines += [f"  {of['position']:<7} {Estimate.from_json(of)}" for of in seats]
    variance = summary["variance_of_one_hand"]
    deviations = ", ".join(f"{name} {value**0.5:.4g}" for name, value in variance.items())
    lines.append(f"standard deviation of one hand: {deviations} {unit}")
    if variance.get("aivat", 0) > 0:
        times = variance["plain"] / variance["aivat"], variance["duplicate"] / variance["aivat"]
        lines.append(f"AIVAT's variance: {times[0]:.3g} times less than plain, {times[1]:.3g} than duplicate")
    for name, title in named:
        figure = summary[name]
        if "want" in figure:
            lines.append(f"hands for an interval of +-{figure['want']:g} {unit}: {title} {figure['hands_wanted']}")
    return lines
