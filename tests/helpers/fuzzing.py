"""Lines as a hostile or broken table might send them: real match states of random hands, mutated, and plain noise."""

import random

from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.acpc import MatchState, format_match_state, parse_answer
from holdem_mpi.hands.acpc_hands import sized
from holdem_mpi.hands.acpc_states import seen_state
from holdem_mpi.hands.dealing import acpc_betting, board_by_street
from holdem_mpi.hands.hand import seen

from .random_hands import random_hand

_ALPHABET = "MATCHSTATE:0123456789/|fcr23456789TJQKAcdhs:::|||///\0\xff\r "


def states_of_hand(rules, rng, number):
    """Every match state that players see of a random hand."""
    hand = random_hand(rules, rng)
    for state in (*hand.states, hand.final):
        board = hand.board if state.is_over else hand.board[: seen(rules, state.street)]
        groups = board_by_street(rules, board)
        for seat in range(rules.num_players):
            shown = [
                place == seat or (state.is_showdown and not state.folded[place]) for place in range(len(hand.hole))
            ]
            hole = tuple(cards if seen_now else None for cards, seen_now in zip(hand.hole, shown))
            yield MatchState(seat, number, acpc_betting(state, len(groups) + 1), hole, groups)


def mutated(text, rng):
    """A line with one to four small changes."""
    for _ in range(rng.randint(1, 4)):
        at, end = sorted(rng.randint(0, len(text)) for _ in range(2))
        kind = rng.randrange(5)
        if kind == 0:
            text = text[:at] + text[at + 1 :]
        elif kind == 1:
            text = text[:at] + rng.choice(_ALPHABET) + text[at:]
        elif kind == 2:
            text = text[:at] + rng.choice(_ALPHABET) + text[at + 1 :]
        elif kind == 3:
            text = text[:end] + text[at:end] + text[end:]
        else:
            text = text[:at] + text[end:]
    return text


def hostile_lines(rules, rng):
    """Without end: bytes of lines, most of them nearly right."""
    number = 0
    while True:
        number += 2
        for state in states_of_hand(rules, rng, number):
            text = format_match_state(state._replace(number=number + state.seat))  # the seats are hands apart
            yield text.encode("latin-1")
            for _ in range(4):
                yield mutated(text, rng).encode("latin-1")
            yield bytes(rng.randrange(256) for _ in range(rng.randrange(40)))
            yield "".join(rng.choices(_ALPHABET, k=rng.randrange(60))).encode("latin-1")


class Ear:
    """Stands for a connection, and keeps what is sent."""

    def __init__(self):
        self.heard = []

    def send(self, text, until):
        self.heard.append(text)


def fuzz(player, rules, lines, seed=0):
    """(lines, states among them, answers) after ``lines`` hostile lines through a player that is not connected.

    AssertionError on an illegal answer; any exception of the player's passes.
    """

    rng, ear, states, answers = random.Random(seed), Ear(), 0, 0
    source = hostile_lines(rules, rng)
    for _ in range(lines):
        try:
            value = player._parse(next(source) + b"\r\n")
        except ProtocolError as error:
            assert "\n" not in str(error)
            continue
        if value is None:
            continue
        states += 1
        player._hear(ear, *value)
        for text in ear.heard:
            match, action = parse_answer(text.encode() + b"\r\n")
            assert match == value[0]
            state = seen_state(rules, match).state
            state.apply(sized(state, action))
            answers += 1
        ear.heard.clear()
    return lines, states, answers
