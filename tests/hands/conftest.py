"""Tables and streams of observed hands."""

import pytest
from helpers.observing import read_stream

from holdem_mpi.hands.table_profile import open_profile


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
        return read_stream(tmp_path / name, text, profile)

    return stream
