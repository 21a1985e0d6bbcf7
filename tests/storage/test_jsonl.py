"""Lines are whole or reported, through kills, full disks and writers at the same time."""

import json
import os
import resource

import pytest

from holdem_mpi.storage.jsonl import append_line, read_lines


def test_lines_come_back_in_order(tmp_path):
    path = tmp_path / "a.jsonl"
    assert read_lines(path) == ([], [])
    for number in range(3):
        append_line(path, {"n": number, "text": "ä\n"}, durable=number == 1)
    assert read_lines(path) == ([{"n": number, "text": "ä\n"} for number in range(3)], [])
    assert path.read_bytes().count(b"\n") == 3
    with pytest.raises(ValueError):
        append_line(path, {"n": float("nan")})
    assert len(read_lines(path)[0]) == 3


@pytest.mark.parametrize("cut", range(1, 9))
def test_a_torn_line_spoils_only_itself(tmp_path, cut):
    path = tmp_path / "a.jsonl"
    append_line(path, {"n": 1})
    append_line(path, {"n": 2})
    os.truncate(path, path.stat().st_size - cut)
    records, warnings = read_lines(path)
    assert records == [{"n": 1}] and len(warnings) == 1
    append_line(path, {"n": 3})
    records, warnings = read_lines(path)
    kept = [{"n": 2}] if cut == 1 else []  # only its end was missing, which the next line has closed
    assert records == [{"n": 1}, *kept, {"n": 3}]
    assert warnings == ([] if kept else [f"{path}:2: torn or not a JSON object, skipped"])


def test_foreign_lines_are_reported(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'[1]\n{"n": 1}\n\xff\n' + b"[" * 100_000 + b"\n")
    records, warnings = read_lines(path)
    assert records == [{"n": 1}] and [line.split(":")[1] for line in warnings] == ["1", "3", "4"]
    with pytest.raises(OSError):
        read_lines(tmp_path)


def test_a_full_disk_leaves_no_half_line(tmp_path, fork):
    path = tmp_path / "a.jsonl"
    append_line(path, {"n": 1})
    whole = path.read_bytes()

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole) + 5, resource.RLIM_INFINITY))
        with pytest.raises(OSError):
            append_line(path, {"n": 2})

    assert os.waitpid(fork(limited), 0)[1] == 0
    assert path.read_bytes() == whole


def test_writers_take_turns(tmp_path, fork):
    path = tmp_path / "a.jsonl"

    def write(writer):
        for number in range(100):
            append_line(path, {"writer": writer, "n": number, "more": "x" * 3000})

    children = [fork(lambda writer=writer: write(writer)) for writer in range(3)]
    assert [os.waitpid(pid, 0)[1] for pid in children] == [0, 0, 0]
    records, warnings = read_lines(path)
    assert warnings == [] and len(records) == 300
    assert sorted(json.dumps([each["writer"], each["n"]]) for each in records) == sorted(
        json.dumps([writer, number]) for writer in range(3) for number in range(100)
    )
