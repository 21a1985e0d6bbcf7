"""Lines out of pieces: any cut gives the same lines, and no line takes more memory than the protocol allows."""

from hypothesis import given
from hypothesis import strategies as st

from holdem_mpi.formats.acpc import MAX_LINE
from holdem_mpi.formats.acpc_lines import LineBuffer


def lines_of(pieces):
    buffer, lines = LineBuffer(), []
    for piece in pieces:
        buffer.feed(piece)
        while (line := buffer.pop()) is not None:
            lines.append(line)
    return lines, buffer.is_inside


@given(st.lists(st.binary(max_size=30)), st.booleans())
def test_any_cut_gives_the_same_lines(pieces, inside):
    stream = b"\n".join(pieces) + (b"" if inside else b"\n")
    expected, rest = [part + b"\n" for part in stream.split(b"\n")[:-1]], stream[-1:] not in (b"", b"\n")
    for size in (1, 2, 7, len(stream) + 1):
        assert lines_of(stream[at : at + size] for at in range(0, len(stream), size)) == (expected, rest)


def test_lines_that_are_too_long_come_once_and_short():
    stream = b"a" * 10_000 + b"\n" + b"b\n" + b"c" * MAX_LINE + b"\n" + b"d" * (MAX_LINE - 1) + b"\n"
    for size in (1, 100, 4096, 4097, 50_000):
        lines, inside = lines_of(stream[at : at + size] for at in range(0, len(stream), size))
        assert [len(line) for line in lines] == [MAX_LINE + 1, 2, MAX_LINE + 1, MAX_LINE] and not inside
    buffer = LineBuffer()
    for _ in range(100):
        buffer.feed(b"e" * 10_000)
    assert buffer.is_inside and len(buffer.pop()) == MAX_LINE + 1 and buffer.pop() is None
    assert len(buffer._rest) <= MAX_LINE
