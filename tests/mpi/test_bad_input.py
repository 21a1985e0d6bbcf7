"""Each mistake of a user on several ranks (see mistakes.py): every rank ends with 64, rank 0 alone says why."""

from pathlib import Path

import pytest
from helpers.launching import run_here
from helpers.mistakes import Mistakes

pytestmark = pytest.mark.mpi


@pytest.fixture
def comm(everyone):
    """All ranks."""
    return everyone


@pytest.fixture
def folder(everyone, tmp_path):
    """Rank 0's, for all."""
    return Path(everyone.bcast_json(str(tmp_path)))


@pytest.fixture
def command(everyone, folder):
    """``command(*options)``: train on all ranks, in these processes."""
    return lambda *options: run_here(("-m", "holdem_mpi.train", *options), folder, everyone)


class TestRanks(Mistakes):
    """All of them."""
