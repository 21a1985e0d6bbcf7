"""The queue on one process, and how a job of several ranks ends after an error on one of them."""

import numpy as np
import pytest

from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.work_queue import run_items

SCRIPT = """
import sys
import numpy as np
from holdem_mpi.errors import SaveError
from holdem_mpi.parallel.processes import run_command
from holdem_mpi.parallel.work_queue import run_items

def main(comm):
    def work(item):
        if item == 7:
            raise {"fault": ZeroDivisionError, "user": SaveError}[sys.argv[1]]("disk full")
        return np.zeros(2)
    run_items(comm, range(20), work, lambda item, result: None)
    return 0

sys.exit(run_command(main))
"""


def test_one_process_works_in_order():
    order = []
    run_items(
        Communicator(), [4, 2, 9], lambda item: np.full(item, 1.0), lambda item, result: order.append(result.size)
    )
    assert order == [4, 2, 9]


@pytest.mark.parametrize(
    ("kind", "code", "text"), [("fault", 70, "ZeroDivisionError"), ("user", 74, "error: disk full")]
)
@pytest.mark.parametrize("ranks", [1, 3])
def test_an_error_on_one_rank_ends_all(mpirun, ranks, kind, code, text):
    done = mpirun(ranks, "-c", SCRIPT, kind, timeout=60)
    text = {"fault": "ZeroDivisionError", "user": "error: disk full"}[kind]
    assert done.returncode == code and text in done.stderr, done.stderr
