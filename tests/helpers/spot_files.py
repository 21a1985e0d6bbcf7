"""Spot files written for tests: one small river spot, with keys changed, opened and solved."""

import yaml

from holdem_mpi.subgame.spot import open_spot
from holdem_mpi.subgame.spot_report import result_of
from holdem_mpi.subgame.spot_solving import StopRules, solve

SMALL = {
    "board": "Qs Jh 2h 8h 3c",
    "pot": 50,
    "stacks": 200,
    "ranges": {"oop": "AA,KQs:0.5,QJs,87s,A5s", "ip": "KK,QTs,JTs:0.25,AJs,AKs,99"},
    "bet_sizes": [1.0],
    "raise_sizes": [0.6],
}


def opener(tmp_path):
    """``spot(**keys)``: the spot of a file with keys changed (None: left out)."""

    def spot(**keys):
        path = tmp_path / "spot.yaml"
        data = {key: value for key, value in {**SMALL, **keys}.items() if value is not None}
        path.write_text(yaml.safe_dump(data, sort_keys=False))
        return open_spot(str(path))

    return spot


def names_at(spot, *line):
    for _, state, names in spot.decisions():
        if names == list(line):
            actions = next(spot.tree.actions(node) for node, _, found in spot.decisions() if found == names)
            return spot.action_names(state, actions)
    raise AssertionError(f"no decision after {line}")


def solved_of(opened, target=0.01):
    solver = opened.solver()
    solved = solve(solver, opened.pot * opened.unit, StopRules(target, None, 20_000), lambda look, left: None)
    return solver, result_of(opened, solver, solved)
