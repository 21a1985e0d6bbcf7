"""A seat of a match that takes a given betting line, to hear what a policy would play at its end."""

import numpy as np

from holdem_mpi.cards import hands_holding
from holdem_mpi.evaluation.head_to_head import DuplicateDealer
from holdem_mpi.game.deck import Deck
from holdem_mpi.policy.players import Player


class Arrived(Exception):  # noqa: N818  (it is no error)
    """The line's end: what the match asked there, and what the player plays with each hand that the board leaves."""

    def __init__(self, memo, state, board, plays) -> None:
        super().__init__()
        self.memo, self.state, self.board, self.plays = memo, state, board, plays


class LinePlayer:
    """``player``, but that its actions are the line's (actions in order); at the line's end it raises Arrived."""

    def __init__(self, player: Player, line: list[int]) -> None:
        self.name, self._player, self._line = player.name, player, line
        self.start, self.follow = player.start, player.follow

    def strategy_of_hand(self, memo, state, board, hand):
        """The next action of the line."""
        done = sum(map(len, state.history))
        if done < len(self._line):
            return (self._line[done],), np.ones(1)
        free = np.flatnonzero(~hands_holding(board)).tolist()
        raise Arrived(
            memo, state, board, {each: self._player.strategy_of_hand(memo, state, board, each) for each in free}
        )


class StackedDeck(Deck):
    """Hold'em's deck that deals one board, and hands that do not matter."""

    def __init__(self, board: tuple[int, ...]) -> None:
        super().__init__((0, 3, 1, 1))
        self._board = board

    def draw(self, seed, number, players=2):
        """The board, and the first two hands that it leaves."""
        assert players == 2
        free = np.flatnonzero(~hands_holding(self._board))
        return (int(free[0]), int(free[-1])), self._board


def play_line(rules, players, line, board, number) -> Arrived:
    """Play ``line`` in deal ``number`` of a match between ``players`` on ``board`` (five cards)."""
    table = DuplicateDealer(rules, StackedDeck(board), seed=0, ranges=False)
    try:
        table.play([LinePlayer(player, line) for player in players], number)
    except Arrived as arrived:
        return arrived
    raise AssertionError("the line ended the hand")
