"""Hand histories for tests: dealt, put into files, read back."""

import random

from holdem_mpi.errors import UserError
from holdem_mpi.formats.acpc import AcpcMessage, MatchState, format_line
from holdem_mpi.hands.dealing import acpc_betting, board_by_street, dealt_hands
from holdem_mpi.hands.histories import hand_histories


def read_histories(path, text, profile):
    """(hands, reports) of a file with this text; reports name the file without its folder."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    reports, hands = [], []
    try:
        for hand in hand_histories([path], profile, reports.append, lambda text: None):
            hands.append(hand)
    except UserError as error:
        assert not hands
        assert "expected at least one hand" in str(error) or "not among the players" in str(error), error
    assert all("\n" not in each for each in reports)
    return hands, [each.removeprefix(f"{path.parent}/") for each in reports]


def without_source(hand):
    hole = tuple(cards and tuple(sorted(cards)) for cards in hand.hole)
    return hand.name, hand.names, hand.hero, hole, hand.board, hand.steps, hand.final


def random_choice(rng):
    """A choice that plays all legal sizes, folds rarely."""

    def choose(state, board, hand):
        legal = state.legal()
        if legal.can_fold and rng.random() < 0.1:
            return -1
        if not legal.max_raise_to or rng.random() < 0.5:
            return 0
        return rng.randint(legal.min_raise_to, min(legal.max_raise_to, 2 * legal.min_raise_to))

    return choose


def dealt(profile, numbers, seed=1, hero=0):
    choose = random_choice(random.Random(seed))
    return list(dealt_hands(profile.rules, seed, numbers, (choose, choose), hero, ("hero", "Bob")[:: 1 - 2 * hero]))


def messages_of(hand, players=(1,)):
    """The messages that a dealer and the players exchange about a hand; player p sits in seat p - 1."""
    rules, number, at = hand.rules, int(hand.name), 0
    lines = []

    def send(state, board, action=None):
        groups = board_by_street(rules, board)
        for player in players:
            if action is None or state.player == player - 1:
                hole = tuple(
                    cards if seat == player - 1 or state.is_showdown else None for seat, cards in enumerate(hand.hole)
                )
                seat_view = MatchState(player - 1, number, acpc_betting(state, len(groups) + 1), hole, groups)
                lines.append(format_line(AcpcMessage(player, len(lines) + at, seat_view, action)))

    for step in hand.steps:
        send(step.state, step.board)
        send(step.state, step.board, step.action)
    send(hand.final, hand.board)
    return lines
