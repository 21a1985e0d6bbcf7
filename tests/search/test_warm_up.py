"""All that a search may call is compiled before the first decision: there is no time for it in one."""

import json
import os
from pathlib import Path

import pytest

# Where the process finds the package ``helpers``.
PATHS = os.pathsep.join(filter(None, (str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH"))))


@pytest.mark.parametrize(("players", "decisions", "exact"), [(2, 6, 3), (3, 16, 7)])
def test_no_decision_compiles_anything_once_a_search_is_warm(start, players, decisions, exact):
    done = start(1, "-m", "helpers.warm_up_job", str(players), PYTHONPATH=PATHS).finish()
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert len(said["sources"]) == decisions and said["exact"] == exact
    assert set(said["sources"]) == {"search"} and said["new"] == said["missed"] == []
