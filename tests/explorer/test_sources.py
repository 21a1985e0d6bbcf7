"""What a command line may name, and that nothing else is opened."""

import os
import shutil
from pathlib import Path

import pytest

from holdem_mpi.errors import DataError, UserError
from holdem_mpi.explorer.endpoint import NotFoundError
from holdem_mpi.explorer.policy_view import PolicyBook
from holdem_mpi.explorer.sources import Sources, check_links
from holdem_mpi.storage.checkpoint import list_generations


def named(sources: Sources) -> set[tuple[str, str]]:
    return {(each.kind, each.name) for each in sources.all() if each.kind != "spot"}


def test_without_names_there_is_what_comes_with_the_package():
    sources = Sources([])
    assert named(sources) == {("policy", "nolimit_hu_200bb")}
    assert {each.name for each in sources.of_kind("spot")} == {"flop", "river", "turn"}


def test_runs_policies_checkpoints_and_folders_of_them(runs, tmp_path):
    run = runs / "small"
    number = list_generations(run / "checkpoints")[0][0]
    assert named(Sources([str(run)])) == named(Sources([str(runs)])) == {("run", "small"), ("policy", "small")}
    assert named(Sources([str(run / "policy")])) == {("policy", "small")}
    assert named(Sources([f"{run}@{number}"])) == {("policy", f"small@{number}")}
    shutil.copytree(run, tmp_path / "small")
    both = Sources([str(run), str(tmp_path / "small"), str(run)])
    assert named(both) == {(kind, name) for kind in ("run", "policy") for name in ("small", "small-2")}
    assert both.get("run", "small-2").path == tmp_path / "small"
    with pytest.raises(NotFoundError, match="not among those"):
        both.get("run", "none")


def test_what_is_nothing_is_one_line(tmp_path):
    (tmp_path / "text.yaml").write_text("a: 1\n")
    for text in ("none", str(tmp_path), str(tmp_path / "text.yaml"), "/dev/null", ""):
        with pytest.raises(UserError, match="expected the folder of a run") as told:
            Sources([text])
        assert "\n" not in str(told.value)


def test_links_out_of_a_folder_are_not_followed(runs, tmp_path):
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    shutil.copytree(runs / "small", outside)
    inside.mkdir()
    os.symlink(outside, inside / "small")
    with pytest.raises(UserError, match="nothing to show here"):
        Sources([str(inside)])
    run = tmp_path / "run"
    shutil.copytree(outside, run)
    check_links(run)
    strategy = next((run / "policy").glob("strategy*.npy"))
    shutil.move(strategy, tmp_path / "strategy.npy")
    os.symlink(tmp_path / "strategy.npy", strategy)
    with pytest.raises(DataError, match="a link out of"):
        PolicyBook(Sources([str(run)])).open("run")
    # A link that the command line names itself was named.
    os.symlink(outside, tmp_path / "named")
    assert PolicyBook(Sources([str(tmp_path / "named")])).open("outside").name == str(Path(tmp_path / "named"))
