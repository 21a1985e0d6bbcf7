"""A sampler is one class and one line of facts: nothing else of the program asks for its name."""

import ast
from pathlib import Path

import numpy as np
import pytest

import holdem_mpi
from holdem_mpi.config.load import load_config
from holdem_mpi.config.samplers import SAMPLERS, SamplerFacts
from holdem_mpi.game.tree import PublicTree
from holdem_mpi.kernels.traversal.lane import SAMPLER_OUTCOME
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.training.algorithm import ALGORITHMS, ActionSampling, algorithm_of
from holdem_mpi.training.fixed_point import largest_weight
from holdem_mpi.training.run import Run
from holdem_mpi.training.start import build_problem
from holdem_mpi.training.trainer import Progress

PACKAGE = Path(holdem_mpi.__file__).parent
# Where samplers are told apart. The kernel's own switch is by a number that the classes give it.
HOMES = {"config/samplers.py", "training/algorithm.py", "kernels/traversal/lane.py"}


def train(folder, **keys):
    """The summary of 2,000 iterations of Kuhn."""
    keys |= {"iters": 2000, "lanes": 2, "batch_size": 50, "logdir": str(folder)}
    config = load_config("kuhn", {key.replace("__", "."): value for key, value in keys.items()})
    run = Run(config, Communicator(), False)
    try:
        return run.train()[1]
    finally:
        run.close()


def test_a_sampler_is_added_by_one_class(tmp_path, monkeypatch):
    monkeypatch.setitem(SAMPLERS, "uniform-outcome", SamplerFacts())
    monkeypatch.setattr("holdem_mpi.training.algorithm.ALGORITHMS", ALGORITHMS.copy())

    class UniformOutcome(ActionSampling):
        """Outcome sampling that samples uniformly, whatever the config says of exploration."""

        name, kernel = "uniform-outcome", SAMPLER_OUTCOME

        def weight(self, tree: PublicTree) -> float:
            return largest_weight(tree, 1.0)

        def sampling(self, problem):
            return super().sampling(problem) | {"exploration": 1.0}

    new = train(tmp_path / "new", solver__sampler="uniform-outcome")
    same = {"solver__sampler": "outcome", "solver__exploration": 1.0}
    old = train(tmp_path / "old", **same)
    assert new["sampler"] == "uniform-outcome" and new["digest"] == old["digest"]
    assert new["digest"] != train(tmp_path / "outcome", solver__sampler="outcome")["digest"]


def test_facts_and_classes_go_together():
    assert ALGORITHMS.keys() == SAMPLERS.keys()


@pytest.mark.parametrize("sampler", [name for name, facts in SAMPLERS.items() if not facts.best_responses])
def test_each_trains_what_it_warms_up(sampler):
    keys = {"solver.sampler": sampler, "lanes": 2, "batch_size": 20}
    problem = build_problem(load_config("kuhn", keys).completed(1), Communicator())
    algorithm = algorithm_of(problem.config)
    warmed_up = np.zeros(algorithm.table_entries(problem.layout))
    algorithm.warm_up(problem, warmed_up)
    trainer = algorithm.trainer(problem, Communicator(), None, Progress())
    trainer.batch()
    assert warmed_up.size == trainer.table.size and np.isfinite(warmed_up).all() and np.any(trainer.table)


def test_a_problem_needs_its_lanes():
    with pytest.raises(ValueError, match="lanes: not filled in"):
        build_problem(load_config("kuhn"), Communicator())


def sampler_names_compared(path: Path) -> list[int]:
    """Lines that compare a sampler with something, or something with a sampler's name, or look that name up."""
    found = []
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Compare | ast.MatchValue | ast.Dict | ast.Set):
            continue
        parts = list(ast.walk(node)) if isinstance(node, ast.Compare | ast.MatchValue) else node_keys(node)
        names = {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}
        asked = any(isinstance(part, ast.Attribute) and part.attr == "sampler" for part in parts)
        asked |= isinstance(node, ast.Compare) and "sampler" in names
        if asked or names & SAMPLERS.keys():
            found.append(node.lineno)
    return found


def node_keys(node: ast.Dict | ast.Set) -> list[ast.AST]:
    """The keys of a literal: a dict of samplers is a chain of comparisons in disguise."""
    return [key for key in (node.keys if isinstance(node, ast.Dict) else node.elts) if key is not None]


def test_no_other_file_asks_which_sampler_it_has():
    found = {
        str(path.relative_to(PACKAGE)): lines
        for path in sorted(PACKAGE.rglob("*.py"))
        if (lines := sampler_names_compared(path))
    }
    assert set(found) <= HOMES, found
    assert set(found) >= {
        "config/samplers.py",
        "kernels/traversal/lane.py",
    }  # what the test looks for is there to be found
