"""Tables and streams of observed hands."""

import pytest
from helpers.hand_histories import read_histories

from holdem_mpi.hands.profile import open_profile


@pytest.fixture(scope="module")
def profile():
    return open_profile("nolimit_hu_20bb")


@pytest.fixture(scope="module")
def table_of_examples():
    return open_profile("nolimit_hu_200bb")


@pytest.fixture
def stream(tmp_path, profile):
    """``stream(text, name, profile)``: (hands, reports) of a file with this text."""

    def stream(text, name="table.log", profile=profile):
        return read_histories(tmp_path / name, text, profile)

    return stream
