"""Players against each other on duplicate deals: of two each deal is played twice, with the seats swapped; of more as
often as there are seats, one player in each of them and another in all others.

Cards depend on (seed, deal), a draw on (seed, deal, seat, decision) and nothing else: who sits where and how work is
shared out changes no card and no draw. So a player against itself wins back in one hand of a pair what it lost in the
other, to the chip.
"""

from collections.abc import Sequence

import numpy as np

from holdem_mpi.evaluation.aivat import Aivat, PlayedAction, PlayedHand
from holdem_mpi.evaluation.estimate import Estimate
from holdem_mpi.evaluation.ring_aivat import RingAivat
from holdem_mpi.game.deck import Board, Deck
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.kernels import rng
from holdem_mpi.policy.players import Player, chosen

# Columns of the results of pairs: the first player's chips with seat 0 and with seat 1, plain and by AIVAT.
PLAIN, AIVAT, COLUMNS = slice(0, 2), slice(2, 4), 4


def _uniform(stream: np.ndarray, seed: int, domain: int, number: int, seat: int, decision: int) -> float:
    rng.open_stream(stream, np.uint64(seed), domain, number, 0, decision, seat)
    return rng.draw_unit(stream)


class DuplicateDealer:
    """Deals and plays single hands of a match.

    ranges: whether each player is asked for its strategy with every hand, as AIVAT needs it.
    """

    def __init__(self, rules: Rules, deck: Deck, seed: int, ranges: bool) -> None:
        self._start = BettingState.start(rules)
        self._deck, self._seed, self._ranges = deck, seed, ranges
        self._stream = np.zeros(10, np.uint64)

    def play(self, players: Sequence[Player], number: int) -> PlayedHand:
        """The hand of deal ``number``, played by ``players`` (by seat) with draws that depend on nothing else."""
        hands, board = self._deck.draw(self._seed, number, len(players))
        state, decisions = self._start, []
        memos = [player.start() for player in players]
        while not state.is_over:
            seat, count = state.player, len(decisions)
            shown = board[: self._deck.seen[state.street]]
            strategy, probabilities = None, None
            if self._ranges and has_range(players[seat]):
                strategy = players[seat].strategy(memos[seat], state, shown)
                actions, probabilities = strategy[0], strategy[1][hands[seat]]
            else:
                actions, probabilities = players[seat].strategy_of_hand(memos[seat], state, shown, hands[seat])
            u = _uniform(self._stream, self._seed, rng.DOMAIN_MATCH_ACTION, number, seat, count)
            action = actions[chosen(probabilities, u)]
            v = [
                _uniform(self._stream, self._seed, rng.DOMAIN_MATCH_TRANSLATION, number, party, count)
                for party in range(len(players) + 1)
            ]
            mixture = tuple(actions), tuple(float(probability) for probability in probabilities)
            decisions.append(PlayedAction(state, shown, strategy, action, v[-1], mixture=mixture))
            memos = [player.follow(memo, state, action, w) for player, memo, w in zip(players, memos, v)]
            state = state.apply(action)
        return PlayedHand(hands, board, tuple(decisions), state, self.winnings(hands, board, state)[0])

    def winnings(self, hands: Sequence[int], board: Board, end: BettingState) -> tuple[int, ...]:
        """Net chips by seat of a hand that has ended so."""
        return self._deck.winnings(end, board, hands)


def has_range(player: Player) -> bool:
    """Whether a player can say what it would do with every hand; one that cannot has ``has_range = False``."""
    return getattr(player, "has_range", True)


def play_rounds(
    dealer: DuplicateDealer, players: tuple[Player, Player], seats: int, aivat: RingAivat | None, numbers: Sequence[int]
) -> np.ndarray:
    """float64[deal, 2 * seats]: chips of the first player in each seat of each deal, the second in all other seats;
    then the same by ``aivat``, NaN without it.
    """
    results, (alone, others) = np.full((len(numbers), 2 * seats), np.nan), players
    for row, number in enumerate(numbers):
        for seat in range(seats):
            hand = dealer.play([alone if each == seat else others for each in range(seats)], number)
            results[row, seat] = dealer.winnings(hand.hands, hand.board, hand.end)[seat]
            if aivat:
                results[row, seats + seat] = aivat.estimate(hand, seat, results[row, seat])
    return results


def play_pairs(
    dealer: DuplicateDealer, players: tuple[Player, Player], aivat: tuple[Aivat, Aivat] | None, numbers: Sequence[int]
) -> np.ndarray:
    """float64[deal, COLUMNS]: the first player's chips on each deal, whole numbers in PLAIN, NaN in AIVAT without it.

    aivat: the estimators for the first player in seat 0 and in seat 1.
    """
    results = np.full((len(numbers), COLUMNS), np.nan)
    for row, number in enumerate(numbers):
        for seat in range(2):
            hand = dealer.play(players if seat == 0 else players[::-1], number)
            sign = 1 if seat == 0 else -1
            results[row, seat] = sign * hand.chips
            if aivat:
                results[row, 2 + seat] = sign * aivat[seat].estimate(hand)
    return results


def estimate_pairs(results: np.ndarray, unit: str) -> Estimate:
    """Estimate from float64[pair, 2] in ``unit``, or rounds of more hands: the pair is the sample, since its hands
    share their cards.
    """
    return Estimate.of_values(results.mean(axis=1), unit)


def variance_of_pairs(results: np.ndarray) -> float:
    """Variance of one hand's result in pairs (float64[pair, 2]), or in rounds of more hands: the mean of n hands has an
    n-th of it.
    """
    return results.shape[1] * float(results.mean(axis=1).var(ddof=1))


def variance_of_hands(results: np.ndarray) -> float:
    """Variance of one hand's result without duplicate: hands of both seats, each on a deal of its own."""
    return float(results.var(axis=0, ddof=1).mean())
