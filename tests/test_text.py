"""Words of messages and reports."""

from holdem_mpi.text import counted, printable, shown


def test_one_is_no_plural():
    assert [counted(number, "hand") for number in (0, 1, 2)] == ["0 hands", "1 hand", "2 hands"]


def test_values_are_short_and_harmless():
    assert shown(None) == "nothing" and shown("a") == "'a'" and len(shown("a" * 99)) == 60
    assert printable("a\x1b[2Jb\n") == "a?[2Jb?"
