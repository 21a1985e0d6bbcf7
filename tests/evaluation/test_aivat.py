"""AIVAT has the expectation of the game, whatever the value function says: by enumeration."""

import zlib

import numpy as np
import pytest
from helpers.enumerated import ToyMatch, mean_over_boards

from holdem_mpi.best_response.enumerated import enumerate_deals, exploitability
from holdem_mpi.evaluation.aivat import Aivat, ZeroValues
from holdem_mpi.evaluation.blueprint_values import BlueprintValues, MeanValues
from holdem_mpi.evaluation.pair_values import pair_values
from holdem_mpi.kernels.arrays import KIND_DECISION

DEALS = 20_000
KNOWN = [(True, True), (True, False), (False, True), (False, False)]


class RandomBaseline:
    """Any numbers at all, of what is public and of the hands that are known; "dealt" is not even "value"."""

    def __init__(self, deck):
        self.deck = deck

    def start(self):
        return ()

    def follow(self, memo, state, action, u):
        return (*memo, action)

    def _number(self, public, what):
        own_hand = [int(np.flatnonzero(reach)[0]) for reach in public.reach if np.count_nonzero(reach) == 1]
        return zlib.crc32(repr((public.memo, public.board, own_hand, what)).encode()) % 2001 / 100 - 10

    def value(self, public):
        return self._number(public, "value")

    def dealt(self, public):
        return self._number(public, "dealt")

    def expected(self, public):
        return mean_over_boards(self.deck, public, self.dealt)


@pytest.fixture(scope="module", params=["kuhn", "leduc"])
def match(request):
    return ToyMatch(request.param)


@pytest.fixture(scope="module")
def exact(match):
    """Seat 0's value by the walker that OpenSpiel has judged."""
    layout = match.layout
    both = np.empty(layout.num_pairs)
    for node in np.flatnonzero(layout.tree.kind_of_node == KIND_DECISION):
        pairs = layout.pairs_of_node(node)
        both[pairs] = match.players[layout.tree.player_of_node[node]].blueprint.policy.probability[pairs]
    return exploitability(layout, both, enumerate_deals(match.toy)).values[0]


def value_functions(match, known):
    blueprints = tuple(player.blueprint for player in match.players)
    leading = known.index(True) if any(known) else 0
    own = BlueprintValues(pair_values(blueprints, deals=DEALS), match.deck, leading)
    other = BlueprintValues(pair_values((blueprints[1], blueprints[1]), deals=DEALS), match.deck, leading)
    return {
        "none": ZeroValues(),
        "random": RandomBaseline(match.deck),
        "blueprints": own,
        "mean": MeanValues((own, other)),
    }


def moments(match, estimator, known):
    """(mass, mean, variance of the estimate, variance of the chips) over all hands."""
    kept, sums = {}, np.zeros(5)
    for probability, hand in match.hands:
        own_hand = tuple(card for card, is_known in zip(hand.hands, known) if not is_known)
        key = own_hand, hand.board, hand.end.history
        if key not in kept:
            kept[key] = estimator.estimate(hand)
        estimate = kept[key]
        sums += probability * np.array([1.0, estimate, estimate**2, hand.chips, hand.chips**2])
    return sums[0], sums[1], sums[2] - sums[1] ** 2, sums[4] - sums[3] ** 2


@pytest.mark.parametrize("known", KNOWN)
def test_unbiased_whatever_the_baseline(match, exact, known):
    variance = {}
    for name, value_function in value_functions(match, known).items():
        mass, mean, variance[name], of_chips = moments(match, Aivat(match.deck, value_function, known), known)
        assert mass == pytest.approx(1, abs=1e-12)
        assert mean == pytest.approx(exact, abs=1e-9), name
    assert variance["none"] <= of_chips * (1 - 1e-9 * any(known)) < variance["random"]
    assert variance["blueprints"] < variance["none"] / (5 if all(known) else 1)


def test_hand_estimate_does_not_depend_on_known_hands(match):
    estimator = Aivat(match.deck, RandomBaseline(match.deck))
    seen = {}
    for _, hand in list(match.hands)[::7]:
        estimate = seen.setdefault((hand.board, hand.end.history), estimator.estimate(hand))
        assert estimator.estimate(hand) == estimate


def test_a_wrong_probability_would_show(match, exact):
    """The enumeration itself is able to fail: a value function whose mean over cards or actions is off is biased."""

    class Off(RandomBaseline):
        def expected(self, public):
            return super().expected(public) + 0.5

    if len(match.deck.seen) > 1:
        estimator = Aivat(match.deck, Off(match.deck))
        assert abs(moments(match, estimator, (True, True))[1] - exact) > 0.01


def test_exact_values_leave_no_variance():
    """In Kuhn the pair values are exact, so every hand is worth the game's value."""
    match = ToyMatch("kuhn")
    blueprints = tuple(player.blueprint for player in match.players)
    value_function = BlueprintValues(pair_values(blueprints, deals=DEALS), match.deck)
    estimator = Aivat(match.deck, value_function)
    estimates = [estimator.estimate(hand) for _, hand in match.hands]
    assert max(estimates) - min(estimates) < 1e-12
