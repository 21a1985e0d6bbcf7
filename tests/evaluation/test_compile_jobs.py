"""What compiles beside a measure has the types of the measure itself."""

import numba
import pytest

from holdem_mpi.config.load import load_config
from holdem_mpi.errors import UserError
from holdem_mpi.evaluation import exploitability, lbr, match, small_measures
from holdem_mpi.evaluation.compile_jobs import job_of, jobs_of_measure
from holdem_mpi.evaluation.exploitability import exploitability_of
from holdem_mpi.evaluation.lbr import LbrOptions, measure_lbr
from holdem_mpi.evaluation.match import match_of
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.policy.open_player import load_policy

BLUEPRINT = "nolimit_hu_200bb"


def test_stand_ins_have_the_types_of_the_shipped_policy():
    (job,) = [each for each in jobs_of_measure("match", [BLUEPRINT]) if each.name == "match, 4 streets"]
    real, small = load_policy(BLUEPRINT, Communicator()), small_measures._policy(**job.arguments)
    assert numba.typeof(small.blueprint.tables) == numba.typeof(real.blueprint.tables)
    assert small.tabular.probability.dtype == real.tabular.probability.dtype


def test_who_has_no_policy_of_two_players_needs_nothing(tmp_path):
    assert jobs_of_measure("match", ["always-call", "nowhere", str(tmp_path)]) == []
    assert jobs_of_measure("exploitability", [BLUEPRINT]) == []  # which is refused
    twice = jobs_of_measure("lbr", [BLUEPRINT, "always-call", BLUEPRINT])
    assert len({job.mark for job in twice}) == len(twice) > 0


@pytest.mark.parametrize("measure", ["match", "lbr", "exploitability"])
@pytest.mark.parametrize("dtypes", [["uint16"], []])
def test_they_run(measure, dtypes):
    game = load_config("flop_holdem").game
    if dtypes or measure == "exploitability":
        job_of(measure, game, dtypes, "float64").run()


@pytest.mark.parametrize(
    ("module", "measure", "words"),
    [
        (match, lambda: match_of(Communicator(), "nowhere", BLUEPRINT), ["match"]),
        (
            lbr,
            lambda: measure_lbr("nowhere", None, LbrOptions(None, None, 4, 0, 10.0), Communicator()),
            [],
        ),
        (
            exploitability,
            lambda: exploitability_of(Communicator(), "always-call", "nolimit_hu_20bb", 4, 0, None),
            [],
        ),
        (
            exploitability,
            lambda: exploitability_of(Communicator(), "always-call", "limit_holdem", 4, 0, "/dev/null/no"),
            ["exploitability"],
        ),
    ],
)
def test_measures_ask_for_them_and_what_is_wrong_is_told_by_the_measure(monkeypatch, module, measure, words):
    beside, asked = module.compiling_beside, []

    def ask(comm, jobs):
        asked.extend(job.name.partition(",")[0] for job in jobs())
        return beside(comm, lambda: [])

    monkeypatch.setattr(module, "compiling_beside", ask)
    with pytest.raises(UserError):
        measure()
    assert [name for name in asked if name != "card abstraction"] == words
