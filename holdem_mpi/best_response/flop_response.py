"""Best responses of both players to a policy on one flop of real, unabstracted heads-up hold'em.

The opponent's reach goes down the tree, the values of the best response come up; columns are the betting sequences that
enter a street. What differs by a renaming of suits is computed once: turn and river cards up to the renamings that
leave the board before them as it is, ``value on renamed board (renamed hand) = value on board (hand)``. Betting
sequences that the opponent never takes part in, with any hand, are left out: there all values are zero.
"""

import numpy as np

from holdem_mpi.best_response.policy_on_cards import PolicyOnCards, flop_entries, reached_nodes, used_edges
from holdem_mpi.best_response.street_program import StreetProgram, programs_of_street
from holdem_mpi.cards import NUM_CARDS, NUM_HANDS, hands_holding
from holdem_mpi.kernels.cards.evaluator import evaluator_tables
from holdem_mpi.kernels.cards.hand_strength import SuitMaps, suit_maps
from holdem_mpi.kernels.cards.isomorphism import build_indexer
from holdem_mpi.kernels.cards.showdown import showdown_workspace
from holdem_mpi.kernels.response.boards import (
    add_renamed,
    fill_boards,
    leave_street,
    read_values,
    return_values,
)
from holdem_mpi.kernels.response.street import (
    Program,
    ResponseBoards,
    empty_boards,
    enter,
    respond_at_last_street,
    response_workspace,
    run_ops,
)
from holdem_mpi.kernels.simd import WIDTH, aligned

# Buckets of a street up to which its policy is laid out once for all boards, rather than for each flop.
_BUCKETS_AT_ONCE = 20_000
_IDENTITY = 0  # its number among the renamings of suits


class _Group:
    """Columns of one shape on one street for one responder: compiled programs, and where each exit leads."""

    def __init__(self, program: StreetProgram, policy: PolicyOnCards, street: int, opponent: int) -> None:
        self.program, self.policy, self.street, self.opponent = program, policy, street, opponent
        # (next group, int64[n, 5] moves of leave_street) by block; filled in once the next street has its columns.
        self.moves: list[list[tuple[int, np.ndarray]]] = [[] for _ in range(program.blocks)]
        # The last street goes block by block through one scratch; before it, reach waits for values.
        last = street == policy.layout.tree.num_streets - 1
        self.spaces = [response_workspace(program.slots) for _ in range(1 if last else program.blocks)]
        buckets = policy.layout.num_buckets[street]
        self.at_once = street > 1 or buckets <= _BUCKETS_AT_ONCE
        if self.at_once:
            self.down, self.up = self.compile(np.arange(buckets))

    def compile(self, buckets: np.ndarray) -> tuple[Program, Program]:
        policy = self.policy
        return self.program.compiled(policy.layout, self.street, self.opponent, policy.probability, buckets)

    def zeros(self) -> np.ndarray:
        """float64[blocks, 1326, WIDTH]."""
        return aligned(self.program.blocks, NUM_HANDS, WIDTH)


class FlopResponder:
    """Best responses to ``policy``, flop by flop. Costs memory for the whole policy laid out by column, twice."""

    def __init__(self, policy: PolicyOnCards) -> None:
        self.policy = policy
        tree = policy.layout.tree
        self.streets = tree.num_streets
        self.entries = flop_entries(policy)
        self.tables, self.sweep = evaluator_tables(), showdown_workspace()
        # hand -> renamed hand; source_of_hand is its inverse.
        self.maps = suit_maps()
        self.target_of_hand = np.argsort(self.maps.source_of_hand, axis=1).astype(np.int16)
        self.suits = [number for number in range(24) if _keeps(self.maps, number, policy.deck)]
        self.outside = hands_holding(set(range(NUM_CARDS)) - set(policy.deck))
        self.preflop_reach = [self._reach_of_entries(1 - responder) for responder in (0, 1)]
        # The boards whose buckets were numbered anew, and the buckets by their new number.
        self._numbered: ResponseBoards | None = None
        self._buckets = np.zeros(0, np.int64)
        used = used_edges(policy)
        alive = [reached_nodes(tree, used, 1 - responder) for responder in (0, 1)]
        # [street][responder]: groups; street 0 has none.
        self.groups: list[list[list[_Group]]] = [[[], []]]
        for street in range(1, self.streets):
            self.groups.append([self._groups(street, responder, alive[responder]) for responder in (0, 1)])

    def _reach_of_entries(self, player: int) -> np.ndarray:
        """float64[entry, 1326]: the player's reach of each flop entry."""
        tree = self.policy.layout.tree
        reach = np.ones((len(self.entries), NUM_HANDS))
        for place, entry in enumerate(self.entries):
            for node, action in tree.line_to(entry):
                if tree.player_of_node[node] == player and tree.street_of_node[node] == 0:
                    sigma = self.sigma_of_node(node)
                    reach[place] *= sigma[self.policy.class_of_hand, action]
        reach[:, self.outside] = 0.0
        return reach

    def sigma_of_node(self, node: int) -> np.ndarray:
        """float64[bucket, action], the policy at a node, rows adding up to 1."""
        sigma = np.asarray(self.policy.probability[self.policy.layout.pairs_of_node(node)], np.float64)
        return sigma / sigma.sum(axis=1, keepdims=True)

    def _groups(self, street: int, responder: int, alive: np.ndarray) -> list[_Group]:
        """The groups of a street, and the moves that lead from the street before into them."""
        tree = self.policy.layout.tree
        if street == 1:
            entering = self.entries
        else:
            exits = [exit_ for group in self.groups[-1][responder] for exit_ in group.program.exits]
            entering = [node for *_, by_column in exits for node in by_column]
        entering = sorted(node for node in entering if alive[node])
        programs = programs_of_street(tree, street, responder, entering)
        groups = [_Group(program, self.policy, street, 1 - responder) for program in programs]
        place_of_node = {
            node: (number, *divmod(column, WIDTH))
            for number, program in enumerate(programs)
            for column, node in enumerate(program.columns)
        }
        for group in self.groups[-1][responder]:
            moves: dict[tuple[int, int], list] = {}
            for reach, value, by_column in group.program.exits:
                for column, node in enumerate(by_column):
                    if node in place_of_node:
                        number, next_block, next_column = place_of_node[node]
                        key = column // WIDTH, number
                        moves.setdefault(key, []).append((reach, value, column % WIDTH, next_block, next_column))
            for (block, number), rows in sorted(moves.items()):
                group.moves[block].append((number, np.array(rows, np.int64)))
        return groups

    def values(self, flop: tuple[int, ...]) -> np.ndarray:
        """float64[2, entries, 1326]: by responder, the best response's chips from each flop entry on, summed over the
        opponent's hands weighted by his reach (not divided by their number); zero for hands that cannot be held.
        """
        kept = self.renamings_that_keep(flop)
        reach = []
        for responder in (0, 1):
            place_of_entry = {node: place for place, node in enumerate(self.entries)}
            of_group = []
            for group in self.groups[1][responder]:
                array = group.zeros()
                for column, node in enumerate(group.program.columns):
                    array[column // WIDTH, :, column % WIDTH] = self.preflop_reach[responder][place_of_entry[node]]
                of_group.append(array)
            reach.append(of_group)
        found = self._on_boards(1, np.array([flop], np.int64), [[_IDENTITY]], kept, reach)
        result = np.zeros((2, len(self.entries), NUM_HANDS))
        for responder in (0, 1):
            for group, values in zip(self.groups[1][responder], found[responder]):
                for column, node in enumerate(group.program.columns):
                    result[responder, self.entries.index(node)] = values[column // WIDTH, :, column % WIDTH]
        result[:, :, self.outside] = 0.0
        return result

    def _on_boards(
        self, street: int, boards: np.ndarray, members: list[list[int]], kept: list[int], reach: list
    ) -> list:
        """Values (by responder and group) at the start of ``street``, summed over ``boards`` (int64[n, cards]) and what
        each stands for: ``members``, a renaming of suits for every real board.

        kept: renamings that leave what all boards have in common as it is; reach: like the result.
        """
        total = [[group.zeros() for group in self.groups[street][responder]] for responder in (0, 1)]
        if street == self.streets - 1:
            self._at_last_street(boards, members, reach, total)
            return total
        for board, renamings in zip(boards, members):
            found = self._before_last_street(street, board, kept, reach)
            for responder in (0, 1):
                for values, of_group in zip(found[responder], total[responder]):
                    for renaming in renamings:
                        add_renamed(values, self.target_of_hand[renaming], of_group)
        return total

    def renamings_that_keep(self, cards) -> list[int]:
        """Renamings of suits that leave a set of cards, and the deck, as they are."""
        return [number for number in self.suits if _keeps(self.maps, number, cards)]

    def filled(self, street: int, cards: np.ndarray) -> ResponseBoards:
        """Hands and buckets of boards (int64[n, cards]) of a street."""
        boards = empty_boards(len(cards))
        indexer, complete = build_indexer((cards.shape[1],)), street == self.streets - 1
        fill_boards(self.tables, cards, complete, indexer, self.policy.bucket_tables[street], self.sweep, boards)
        return boards

    def _compiled(self, group: _Group, boards: ResponseBoards) -> tuple[Program, Program]:
        """The group's programs; where there are too many buckets to lay all out, those of the one board."""
        if group.at_once:
            return group.down, group.up
        if self._numbered is not boards:  # the same boards serve both responders
            hands = boards.count[0, 0]
            self._buckets, boards.bucket[0, :hands] = np.unique(boards.bucket[0, :hands], return_inverse=True)
            self._numbered = boards
        return group.compile(self._buckets.astype(np.int64))

    def _at_last_street(self, cards: np.ndarray, members: list[list[int]], reach: list, total: list) -> None:
        street = self.streets - 1
        boards = self.filled(street, cards)
        renamings = np.array([(place, number) for place, of in enumerate(members) for number in of], np.int64)
        for responder in (0, 1):
            for number, group in enumerate(self.groups[street][responder]):
                program, _ = self._compiled(group, boards)
                respond_at_last_street(
                    program,
                    boards,
                    renamings,
                    self.target_of_hand,
                    reach[responder][number],
                    group.spaces[0],
                    total[responder][number],
                    None,
                )

    def _before_last_street(self, street: int, board: np.ndarray, kept: list[int], reach: list) -> list:
        """Values (by responder and group) at the start of a street that more cards follow, on one board."""
        boards = self.filled(street, board[None])
        kept = [number for number in kept if _keeps(self.maps, number, board)]
        below = [[group.zeros() for group in self.groups[street + 1][responder]] for responder in (0, 1)]
        programs = [[self._compiled(group, boards) for group in self.groups[street][responder]] for responder in (0, 1)]
        for responder in (0, 1):
            for number, group in enumerate(self.groups[street][responder]):
                down, _ = programs[responder][number]
                for block, workspace in enumerate(group.spaces):
                    enter(reach[responder][number], block, boards, 0, workspace)
                    run_ops(down, 0, len(down.ops), block, boards, 0, workspace, None)
                    for following, moves in group.moves[block]:
                        leave_street(workspace, boards, moves, below[responder][following])
        cards, members = self.next_cards(board, kept)
        found = self._on_boards(street + 1, cards, members, kept, below)
        left = len(self.policy.deck) - len(board) - 4
        values = [[group.zeros() for group in self.groups[street][responder]] for responder in (0, 1)]
        for responder in (0, 1):
            for number, group in enumerate(self.groups[street][responder]):
                _, up = programs[responder][number]
                for block, workspace in enumerate(group.spaces):
                    for _, value, _ in group.program.exits:
                        workspace.slot[value] = 0.0
                    for following, moves in group.moves[block]:
                        return_values(workspace, boards, moves, found[responder][following], 1.0 / left)
                    run_ops(up, 0, len(up.ops), block, boards, 0, workspace, None)
                    read_values(workspace, group.program.result, boards, values[responder][number][block])
        return values

    def next_cards(self, board: np.ndarray, kept: list[int]) -> tuple[np.ndarray, list[list[int]]]:
        """Boards (int64[n, cards]) with one more card, one of each orbit under the renamings ``kept``, and for
        each of them a renaming for every card of its orbit.
        """
        boards, members, seen = [], [], set(board.tolist())
        for card in self.policy.deck:
            if card in seen:
                continue
            renaming_of_card: dict[int, int] = {}
            for number in kept:
                renaming_of_card.setdefault(_renamed(self.maps, number, card), number)
            seen |= renaming_of_card.keys()
            boards.append([*board, card])
            members.append(list(renaming_of_card.values()))
        return np.array(boards, np.int64), members


def _renamed(maps: SuitMaps, number: int, card: int) -> int:
    return (card & ~3) + int(maps.suit_of_suit[number, card & 3])


def _keeps(maps: SuitMaps, number: int, cards) -> bool:
    """Whether a renaming of suits leaves a set of cards as it is."""
    return {_renamed(maps, number, int(card)) for card in cards} == {int(card) for card in cards}
