"""Words of messages and reports."""

import pytest

from holdem_mpi.text import count, counted, numbers, printable, shown, whole


def test_one_is_no_plural():
    assert [counted(number, "hand") for number in (0, 1, 2)] == ["0 hands", "1 hand", "2 hands"]


def test_values_are_short_and_harmless():
    assert shown(None) == "nothing" and shown("a") == "'a'" and len(shown("a" * 99)) == 60
    assert printable("a\x1b[2Jb\n") == "a?[2Jb?"


@pytest.mark.parametrize("number", [0, 7, 789, 1000, 45_600, 1_230_000, 10**6, 10**7, 10**8, 2 * 10**9])
def test_what_is_printed_is_read(number):
    assert whole(count(number)) == number


def test_whole_numbers():
    written = ["1_000_000", "1e6", "1M", "1.005M", "4.56k", "2G", " 5 ", "-5"]
    assert list(map(whole, written)) == [10**6, 10**6, 10**6, 1_005_000, 4560, 2 * 10**9, 5, -5]
    assert numbers("1M,10M,100M") == [10**6, 10**7, 10**8]
    for text in ("", "x", "1.5", "1.0005k", "M", "1m", "inf", "nan", "1e999999999", "1M2"):
        with pytest.raises(ValueError, match=r".*"):
            whole(text)
