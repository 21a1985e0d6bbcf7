"""Hands of local best response among several: what it wins in each seat beyond what the policy wins there."""

from typing import Any

import numpy as np

from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.head_to_head import DuplicateDealer
from holdem_mpi.evaluation.ring_aivat import RingAivat
from holdem_mpi.evaluation.ring_lbr import RingLbrPlayer
from holdem_mpi.game.game import Game
from holdem_mpi.game.seat_names import seat_names
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.work_queue import run_items
from holdem_mpi.policy.players import Player
from holdem_mpi.reporting.progress import ItemDisplay

_DEALS_AN_ITEM = 20
MEANING = (
    "what a seat gains, in expectation at least, that alone leaves this player, its translation of bets included, for "
    "local best response; a mean of zero or less bounds nothing, and no figure says what several can do together"
)


def play_ring_lbr(
    comm: Communicator, game: Game, player: Player, response: RingLbrPlayer, hands: int, seed: int
) -> np.ndarray:
    """float64[deal, seat], chips that ``response`` wins beyond ``player``, luck taken off by AIVAT: each deal once with
    it in each seat, and once without it, cards and draws the same. Of as many deals as make so many hands of its, or
    just more. On rank 0, elsewhere zeros; the same on any number of ranks. Collective.
    """
    seats = game.num_players
    dealer, aivat = DuplicateDealer(game.rules, game.deck, seed, ranges=False), RingAivat(game.deck)
    deals = -(-hands // seats)
    results = np.zeros((deals, seats))

    def part(item: int) -> range:
        return range(item * _DEALS_AN_ITEM, min(deals, (item + 1) * _DEALS_AN_ITEM))

    def won(number: int, seat: int | None) -> np.ndarray:
        hand = dealer.play([response if each == seat else player for each in range(seats)], number)
        chips = dealer.winnings(hand.hands, hand.board, hand.end)
        return np.array([aivat.estimate(hand, each, chips[each]) for each in range(seats)])

    def work(item: int) -> np.ndarray:
        rows = []
        for number in part(item):
            usual = won(number, None)
            rows.append([won(number, seat)[seat] - usual[seat] for seat in range(seats)])
        return np.array(rows)

    display = ItemDisplay(comm, "lbr", seats * deals, "hands", compiles_first=True)

    def keep(item: int, rows: np.ndarray) -> None:
        results[part(item).start : part(item).stop] = rows.reshape(-1, seats)
        display.advance(seats * len(part(item)))

    with display:
        run_items(comm, range(-(-deals // _DEALS_AN_ITEM)), work, keep)
    return results


def ring_lbr_result(game: Game, gains: np.ndarray) -> dict[str, Any]:
    """JSON of ``play_ring_lbr``'s gains: the mean over the seats, and by seat, in mbb/h with intervals."""
    unit, names = 1000.0 / max(game.rules.blinds), seat_names(game.rules)
    by_seat = [Estimate.of_values(unit * gains[:, seat], "mbb/h").to_json() for seat in range(gains.shape[1])]
    return {
        "deals": len(gains),
        **Estimate.of_values(unit * gains.mean(axis=1), "mbb/h").to_json(),
        "seats": [{"seat": seat, "position": names[seat], **of} for seat, of in enumerate(by_seat)],
        "meaning": MEANING,
    }


def ring_lbr_lines(result: dict[str, Any]) -> list[str]:
    """The result as lines of text for people."""
    head = f"local best response in one seat of {result['game']}, {result['player']} in all others"
    return [
        f"{head}: actions {result['actions']}, rounds {result['rounds']}, {result['deals']:,} deals, each played "
        f"{len(result['seats'])} times, once in each seat, seed {result['seed']}",
        f"mean over the seats: it gains at least {Estimate.from_json(result)}",
        *(f"  {of['position']:<4} at least {Estimate.from_json(of)}" for of in result["seats"]),
        result["meaning"],
    ]
