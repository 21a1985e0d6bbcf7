"""A match state of the ACPC against the rules: what it says of a hand, or why it cannot be."""

from typing import NamedTuple

from holdem_mpi.errors import ProtocolError
from holdem_mpi.formats.acpc import MatchState
from holdem_mpi.game.rules import BettingState, Rules
from holdem_mpi.hands.acpc_hands import actions_of, check_players, flat_betting


class SeenState(NamedTuple):
    """What a player sees of a hand.

    seat: the player's.
    number: of the hand.
    state: the betting so far.
    hole: by seat, None where hidden.
    board: the public cards as far as dealt.
    """

    seat: int
    number: int
    state: BettingState
    hole: tuple[tuple[int, int] | None, ...]
    board: tuple[int, ...]


def seen_state(rules: Rules, match: MatchState) -> SeenState:
    """The state that a line of the protocol means. ProtocolError where ``rules`` do not allow its betting, its streets
    or its cards.
    """
    check_players(rules, match.hole)
    tokens = flat_betting(rules, match.betting)
    actions, _ = actions_of(rules, tokens, [0] * len(tokens))
    state = BettingState.start(rules)
    for action in actions:
        state = state.apply(action)
    street = rules.num_streets - 1 if state.is_showdown else state.street
    if len(match.betting) != street + 1:
        raise ProtocolError(f"expected {street} streets ended by /, got {len(match.betting) - 1}")
    expected = [rules.board_cards[each] for each in range(1, street + 1)]
    if [len(cards) for cards in match.board] != expected:
        got = "/".join(str(len(cards)) for cards in match.board) or "none"
        raise ProtocolError(f"expected board cards {'/'.join(map(str, expected)) or 'none'}, got {got}")
    for seat, cards in enumerate(match.hole):
        shown = seat == match.seat or (state.is_showdown and not state.folded[seat])
        if shown != (cards is not None):
            raise ProtocolError(
                f"expected {'the' if shown else 'no'} cards of seat {seat}, got {'none' if shown else 'some'}"
            )
    board = tuple(card for cards in match.board for card in cards)
    return SeenState(match.seat, match.number, state, match.hole, board)


def goes_on(before: SeenState, now: SeenState) -> None:
    """ProtocolError where a state of the same hand contradicts an earlier one."""
    own = now.seat
    if before.seat != own or before.hole[own] != now.hole[own]:
        raise ProtocolError(f"hand {now.number}: expected seat {before.seat} and its cards as before")
    for earlier, later in zip(before.state.history, now.state.history):
        if later[: len(earlier)] != earlier:
            raise ProtocolError(f"hand {now.number}: expected betting that goes on from the states before")
    if len(now.state.history) < len(before.state.history) or now.board[: len(before.board)] != before.board:
        raise ProtocolError(f"hand {now.number}: expected the streets and the board of the states before")
