"""A spot solved range against range: from a public state with one or no card to come, to the end of the hand.

The first street of the subgame and the last one keep every hand apart; no abstraction is in it.
"""

import itertools
from dataclasses import dataclass

import numpy as np

from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.arrays import KIND_DECISION, KIND_FOLD, KIND_SHOWDOWN
from holdem_mpi.kernels.evaluator import evaluator_tables
from holdem_mpi.kernels.showdown import sweep_space
from holdem_mpi.kernels.subgame import (
    AVERAGE,
    BEST,
    E_FOLD,
    E_ROW,
    E_SHOWDOWN,
    LANES,
    NUM_WEIGHTS,
    W_NEGATIVE,
    W_POSITIVE,
    W_STRATEGY,
    Room,
    Subgame,
    Sums,
    run_iterations,
    sweep,
)
from holdem_mpi.kernels.sweep import rank_hands, ranked_hands

_HIGH, _LOW = np.tril_indices(52, -1)
_HAND_OF_CARDS = np.zeros((52, 52), np.int64)
_HAND_OF_CARDS[_HIGH, _LOW] = _HAND_OF_CARDS[_LOW, _HIGH] = np.arange(1326)


@dataclass(frozen=True)
class Weights:
    """Discounts by iteration t = 1, 2, ...: DCFR with exponents alpha, beta, gamma, or CFR+ (``plus``).

    With ``restart`` (DCFR) the strategy sums' own count starts again at every power of 4: the first iterations are
    forgotten sooner, and just after such a power the average is a poor one. A high gamma does as much without that.
    """

    alpha: float = 1.5
    beta: float = 0.0
    gamma: float = 5.0
    plus: bool = False
    restart: bool = False

    def table(self, iterations: int) -> np.ndarray:
        """float32[iterations, NUM_WEIGHTS], what sums are multiplied by before iteration t adds to them; nothing is
        kept before the first.
        """
        done = np.arange(iterations, dtype=np.float64)
        weight = np.zeros((iterations, NUM_WEIGHTS), np.float32)
        if self.plus:
            weight[:] = np.stack([np.ones(iterations), np.zeros(iterations), done / (done + 1)], axis=1)
            return weight
        for column, exponent in ((W_POSITIVE, self.alpha), (W_NEGATIVE, self.beta)):
            power = done[1:] ** exponent
            weight[1:, column] = power / (power + 1)
        since = done.copy()
        if self.restart:
            since -= np.array([4 ** (int(t).bit_length() - 1 >> 1) if t else 0 for t in range(iterations)])
        weight[:, W_STRATEGY] = (since / (since + 1)) ** self.gamma
        return weight


def permuted_hands(suits: tuple[int, ...]) -> np.ndarray:
    """int64[1326], the hand that each becomes when suit s is renamed ``suits[s]``."""
    card = np.array([card & ~3 | suits[card & 3] for card in range(52)])
    return _HAND_OF_CARDS[card[_HIGH], card[_LOW]]


def _symmetries(board: list[int], ranges: np.ndarray) -> list[tuple[int, ...]]:
    """Renamings of suits that change neither the board nor the ranges, the identity first."""
    found = []
    for suits in itertools.permutations(range(4)):
        if {card & ~3 | suits[card & 3] for card in board} != set(board):
            continue
        if all((of_player[permuted_hands(suits)] == of_player).all() for of_player in ranges):
            found.append(suits)
    return found


def _runouts(board: list[int], ranges: np.ndarray) -> dict[int, dict[int, tuple[int, ...]]]:
    """{card to come: {each card that it stands for: the renaming that leads there}}; {-1: ...} on a full board."""
    identity = (0, 1, 2, 3)
    if len(board) == 5:
        return {-1: {-1: identity}}
    symmetries, standing, seen = _symmetries(board, ranges), {}, set(board)
    for card in range(52):
        if card not in seen:
            images: dict[int, tuple[int, ...]] = {}
            for suits in symmetries:
                images.setdefault(card & ~3 | suits[card & 3], suits)
            standing[card] = images
            seen |= images.keys()
    return standing


class SubgameSolver:
    """Solves one subgame; single process.

    tree: from the spot on (``build_tree`` with a start), over at most two streets. board: 4 cards where the tree's
    first street is the last but one, else 5. ranges: float[player, 1326], weights of hands; those that overlap the
    board count nothing. ValueError where no two hands of the ranges can meet.
    """

    def __init__(self, tree: PublicTree, board: list[int], ranges: np.ndarray, weights: Weights | None = None) -> None:
        self.tree, self.board = tree, list(board)
        free = ~(np.isin(_HIGH, board) | np.isin(_LOW, board))
        ranges = np.where(free, ranges, 0.0)
        self.hands = [np.flatnonzero(of_player > 0) for of_player in ranges]
        self.weights = weights or Weights()
        self.iterations = 0
        most = max(hands.size for hands in self.hands)
        self.ranges = np.zeros((2, most), np.float32)
        for player, hands in enumerate(self.hands):
            self.ranges[player, : hands.size] = ranges[player, hands]
        meeting = self._opposing(ranges)
        self.meetings = float(sum(ranges[0, self.hands[0]] * meeting[0]))
        if not self.meetings > 0:
            raise ValueError("no two hands of the ranges can meet")
        self._opposed = meeting
        self.runouts = 1 if len(board) == 5 else 44
        self.game = self._build(_runouts(self.board, ranges))
        entries = int(self.game.block[0] + self.game.runout_card.size * self.game.block[1])
        self.sums = Sums(np.zeros(entries, np.float32), np.zeros(entries, np.float32))
        nodes, starts = tree.num_nodes, self.game.entry.size
        self.room = Room(
            reach=np.zeros((nodes + starts, most), np.float32),
            value=np.zeros((nodes, most), np.float32),
            total=np.zeros((starts, most), np.float32),
            scale=np.zeros(most, np.float32),
            even=np.zeros(most, np.float32),
            weight=np.zeros(NUM_WEIGHTS, np.float32),
            beside=np.zeros((most, LANES), np.float32),
            held=np.zeros((53, LANES)),
            gain=np.zeros((most, LANES), np.float32),
            every=np.zeros((most, LANES), np.float32),
        )

    def _opposing(self, ranges: np.ndarray) -> list[np.ndarray]:
        """float64[hand] by player, weight of the other's hands that can be held beside each hand."""
        opposed = []
        for player, hands in enumerate(self.hands):
            other = ranges[1 - player]
            held = np.bincount(_HIGH, other, 52) + np.bincount(_LOW, other, 52)
            opposed.append(other.sum() - held[_HIGH[hands]] - held[_LOW[hands]] + other[hands])
        return opposed

    def _build(self, standing: dict[int, dict[int, tuple[int, ...]]]) -> Subgame:
        tree = self.tree
        most = self.ranges.shape[1]
        decision, show = tree.kind_of_node == KIND_DECISION, tree.kind_of_node == KIND_SHOWDOWN
        last = len(self.board) == 5
        deep = tree.street_of_node == tree.num_streets - 1
        above = np.where(tree.parent_of_node < 0, 0, tree.parent_of_node)
        starts = np.zeros(tree.num_nodes, bool)
        if last:
            starts[0] = True
        else:
            starts = (deep & ~deep[above] & (tree.kind_of_node != KIND_FOLD)) | (show & ~deep)
            # A fold keeps the street of the decision before it.
        end = _ends(tree)
        below = np.zeros(tree.num_nodes, bool)
        for entry in np.flatnonzero(starts):
            below[entry : end[entry]] = True
        offset, block = self._offsets(decision, below)
        reach_row, source = self._reach_rows(np.flatnonzero(starts), end)
        ends, num_ends = self._ends(below, reach_row)
        order, strength, live = self._rank(list(standing))
        player = tree.player_of_node.copy()
        folds = tree.kind_of_node == KIND_FOLD
        player[folds] = (tree.folded_of_terminal[tree.terminal_of_node[folds]] >> 1) & 1
        stake = np.zeros(tree.num_nodes, np.float32)
        stake[~decision] = tree.stake_of_terminal[tree.terminal_of_node[~decision]].min(axis=1)
        index = np.full((2, 1326), -1, np.int32)
        card, twin = np.zeros((2, most, 2), np.int32), np.full((2, most), -1, np.int32)
        for seat, hands in enumerate(self.hands):
            index[seat, hands] = np.arange(hands.size)
            card[seat, : hands.size] = np.stack([_HIGH[hands], _LOW[hands]], axis=1)
        for seat, hands in enumerate(self.hands):
            twin[seat, : hands.size] = index[1 - seat, hands]
        images = [suits for of_card in standing.values() for suits in of_card.values()]
        image = np.zeros((len(images), 2, most), np.int32)
        for number, suits in enumerate(images):
            renamed = permuted_hands(suits)
            for seat, hands in enumerate(self.hands):
                image[number, seat, : hands.size] = index[seat, renamed[hands]]
        return Subgame(
            kind=tree.kind_of_node,
            player=player,
            first_edge=tree.first_edge_of_node.astype(np.int32),
            child=tree.child_of_edge.astype(np.int32),
            end=end,
            stake=stake,
            offset=offset,
            reach_row=reach_row,
            entry=np.flatnonzero(starts).astype(np.int32),
            source=source,
            upper=np.flatnonzero(~below).astype(np.int32),
            count=np.array([hands.size for hands in self.hands], np.int32),
            card=card,
            twin=twin,
            block=block,
            ends=ends,
            num_ends=num_ends,
            order=order,
            strength=strength,
            live=live,
            runout_card=np.array(list(standing), np.int32),
            first_image=np.cumsum([0] + [len(of_card) for of_card in standing.values()]).astype(np.int32),
            image=image,
        )

    def _offsets(self, decision: np.ndarray, below: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(int64[node], int64[2]): where each decision's sums lie in its block, and the sizes of both blocks."""
        tree = self.tree
        count = np.array([hands.size for hands in self.hands])
        size = np.where(decision, tree.num_actions() * count[np.where(decision, tree.player_of_node, 0)], 0)
        offset, block = np.zeros(tree.num_nodes, np.int64), np.zeros(2, np.int64)
        for number, part in enumerate((~below, below)):
            sizes = np.where(part, size, 0)
            offset[part] = (np.cumsum(sizes) - sizes)[part]
            block[number] = sizes.sum()
        return offset, block

    def _reach_rows(self, entries: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(int32[player, node], int32[player, entry]): see ``Subgame``."""
        tree = self.tree
        row = np.zeros((2, tree.num_nodes), np.int32)
        source = np.zeros((2, entries.size), np.int32)
        number_of_entry = {int(entry): number for number, entry in enumerate(entries)}
        for player in range(2):
            for node in range(tree.num_nodes):
                above = tree.parent_of_node[node]
                if above >= 0:
                    moved = tree.player_of_node[above] != player
                    row[player, node] = node if moved else row[player, above]
                if node in number_of_entry:
                    source[player, number_of_entry[node]] = row[player, node]
                    row[player, node] = tree.num_nodes + number_of_entry[node]
        return row, source

    def _ends(self, below: np.ndarray, reach_row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(ends, num_ends): see ``Subgame``. A row comes to one decision at most, so to one fold and one showdown."""
        ends = np.full((2, 2, self.tree.num_nodes, 3), -1, np.int32)
        num_ends = np.zeros((2, 2), np.int32)
        for player in range(2):
            place_of_row: dict[tuple[int, int], int] = {}
            for node in np.flatnonzero(self.tree.kind_of_node != KIND_DECISION):
                part, row = int(below[node]), int(reach_row[player, node])
                place = place_of_row.setdefault((part, row), int(num_ends[part, player]))
                num_ends[part, player] = max(num_ends[part, player], place + 1)
                kind = E_FOLD if self.tree.kind_of_node[node] == KIND_FOLD else E_SHOWDOWN
                ends[part, player, place, E_ROW] = row
                ends[part, player, place, kind] = node
        return ends, num_ends

    def _rank(self, cards: list[int]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(order, strength, live): see ``Subgame``."""
        most = self.ranges.shape[1]
        order, strength = np.zeros((len(cards) + 1, 2, most), np.int32), np.zeros((len(cards) + 1, 2, most), np.int32)
        live = np.zeros((len(cards) + 1, 2), np.int32)
        order[-1], live[-1] = np.arange(most), [hands.size for hands in self.hands]
        ranked, space, tables = ranked_hands(), sweep_space(), evaluator_tables()
        for number, card in enumerate(cards):
            board = np.array(self.board + ([card] if card >= 0 else []), np.int64)
            rank_hands(tables, board, 5, space, ranked)
            group_of_hand = np.full(1326, -1)
            starts = ranked.first_of_group[: ranked.count[1] + 1]
            group_of_hand[ranked.hand[: ranked.count[0]]] = np.repeat(np.arange(ranked.count[1]), np.diff(starts))
            for player, hands in enumerate(self.hands):
                group = group_of_hand[hands]
                places = np.argsort(group, kind="stable")
                blocked = int((group < 0).sum())  # these come first
                live[number, player] = places.size - blocked
                order[number, player, : places.size] = np.roll(places, -blocked)
                strength[number, player, : places.size - blocked] = group[places[blocked:]]
        return order, strength, live

    def warm_up(self) -> None:
        """Have all that iterations and looks call compiled or loaded; changes no sum."""
        self.run(0)
        self.exploitability()

    def run(self, iterations: int) -> None:
        """Go on for ``iterations``."""
        first, last = self.iterations, self.iterations + iterations
        weight = self.weights.table(last)
        run_iterations(self.game, self.sums, self.room, self.ranges, weight, first, last, self.runouts)
        self.iterations = last

    def values(self, player: int, best: bool) -> np.ndarray:
        """float64[hand], chips that each hand of ``player`` wins on average against the other's average strategy, with
        its own average strategy or (``best``) its best response to it; from the start of the whole hand on.
        """
        other = 1 - player
        count = self.hands[other].size
        self.room.reach[0, :count] = self.ranges[other, :count]
        sweep(self.game, self.sums, self.room, player, BEST if best else AVERAGE, self.runouts)
        mine = self.hands[player].size
        value = self.room.value[0, :mine].astype(np.float64)
        return np.divide(value, self._opposed[player], out=np.zeros(mine), where=self._opposed[player] > 0)

    def action_values(self) -> np.ndarray:
        """float64[hand, action] of the first player to act: chips won, as in ``values``, by each action at the root and
        the average strategies from there on.
        """
        player = int(self.tree.player_of_node[0])
        self.values(player, False)
        mine = self.hands[player].size
        value = self.room.value[self.tree.children(0), :mine].T.astype(np.float64)
        opposed = self._opposed[player][:, None]
        return np.divide(value, opposed, out=np.zeros(value.shape), where=opposed > 0)

    def equity(self, player: int) -> np.ndarray:
        """float64[hand], share of the pot (0 to 1) of each hand of ``player`` when both ranges go to the showdown."""
        other, mine = 1 - player, self.hands[player].size
        only = np.zeros(1, np.int32)
        showdown = self.game._replace(
            kind=np.array([KIND_SHOWDOWN], np.uint8),
            player=np.array([-1], np.int8),
            first_edge=np.zeros(2, np.int32),
            end=only + 1,
            stake=np.ones(1, np.float32),
            reach_row=np.ones((2, 1), np.int32),
            ends=np.array([[[[-1, -1, -1]]] * 2, [[[1, -1, 0]]] * 2], np.int32),
            num_ends=np.array([[0, 0], [1, 1]], np.int32),
            entry=only,
            source=np.zeros((2, 1), np.int32),
            upper=only[:0],
        )
        self.room.reach[0, : self.hands[other].size] = self.ranges[other, : self.hands[other].size]
        sweep(showdown, self.sums, self.room, player, AVERAGE, self.runouts)
        value = self.room.value[0, :mine].astype(np.float64)
        return 0.5 + 0.5 * np.divide(value, self._opposed[player], out=np.zeros(mine), where=self._opposed[player] > 0)

    def meeting_weight(self, player: int) -> np.ndarray:
        """float64[hand], how often each hand of ``player`` is dealt against the other's range; they add up to 1."""
        return self.ranges[player, : self.hands[player].size] * self._opposed[player] / self.meetings

    def mean(self, player: int, value: np.ndarray) -> float:
        """Mean of a value by hand over the player's range, against the other's."""
        return float(self.meeting_weight(player) @ value)

    def exploitability(self) -> float:
        """Half of NashConv, in chips: the mean over both players of what a best response gains."""
        return sum(self.mean(player, self.values(player, True)) for player in range(2)) / 2

    def strategy(self, node: int) -> np.ndarray:
        """float64[hand, action], average strategy at a decision of the first street; even where nothing was summed."""
        actions = len(self.tree.actions(node))
        hands = self.hands[int(self.tree.player_of_node[node])].size
        start = int(self.game.offset[node])
        sums = self.sums.strategy[start : start + actions * hands].reshape(actions, hands).T.astype(np.float64)
        total = sums.sum(axis=1, keepdims=True)
        return np.where(total > 0, sums / np.where(total > 0, total, 1.0), 1.0 / actions)


def _ends(tree: PublicTree) -> np.ndarray:
    """int32[node], the first node after each subtree."""
    end = np.arange(1, tree.num_nodes + 1, dtype=np.int32)
    for node in range(tree.num_nodes - 1, 0, -1):
        above = tree.parent_of_node[node]
        end[above] = max(end[above], end[node])
    return end
