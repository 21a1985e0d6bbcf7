"""What the text form of a policy holds of trees that are too large for it."""

import numpy as np

from holdem_mpi.config.load import load_config
from holdem_mpi.game.game import Game
from holdem_mpi.kernels.arrays import KIND_DECISION
from holdem_mpi.training import export


def test_of_many_first_decisions_those_of_the_shortest_betting(monkeypatch):
    tree = Game(load_config("nolimit_3max_20bb").game).tree
    every = np.flatnonzero((tree.kind_of_node == KIND_DECISION) & (tree.street_of_node == 0)).tolist()
    assert export.first_decisions(tree) == every
    monkeypatch.setattr(export, "MOST_JSON_DECISIONS", 30)
    found = export.first_decisions(tree)
    longest = [len(tree.line_to(node)) for node in found]
    assert len(found) == 30 < len(every) and found == sorted(found) and found[0] == 0
    assert all(len(tree.line_to(node)) >= max(longest) for node in set(every) - set(found))
