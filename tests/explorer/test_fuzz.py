"""Every address of the API, asked wrongly in many ways; ``benchmarks.checks.explorer_fuzz`` asks ten thousand times."""

import shutil

import pytest
from helpers.asking import Asker, lay_traps
from helpers.browsing import running_site

from holdem_mpi.explorer.site import Explorer
from holdem_mpi.explorer.sources import Sources


@pytest.mark.parametrize("seed", [1, 2])
def test_no_request_makes_a_fault_or_tells_a_secret(runs, tmp_path, seed):
    shutil.copytree(runs / "small", tmp_path / "runs" / "small")
    lay_traps(tmp_path / "runs")
    explorer = Explorer(Sources([str(tmp_path / "runs"), "nolimit_hu_200bb"]), tmp_path / "spots")
    with running_site(explorer) as site:
        asker = Asker(site, explorer, seed)
        for _ in range(300):
            asker.ask()
        asker.close()
    assert sum(asker.count.values()) > 280
    assert asker.count[200] > 40 and asker.count[400] > 30 and asker.count[404] > 10
    assert (tmp_path / "secret.txt").read_text() and not list(tmp_path.glob("spots/*/*secret*"))
