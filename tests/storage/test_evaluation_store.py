"""Results of an evaluation survive kills and damage: what is sound is found again, nothing else."""

import numpy as np
import pytest

from holdem_mpi.errors import DataError, SaveError
from holdem_mpi.storage.evaluation_store import EvaluationStore, evaluation_digest

KEY = {"policy": "abc", "game": {"blinds": [2, 1]}}


def opened(folder, key=KEY, shape=(2, 3)):
    return EvaluationStore(folder, key, shape)


def filled(folder, items):
    store = opened(folder)
    for item in items:
        store.add({item: np.full((2, 3), item + 0.1), item + 100: np.full((2, 3), item - 0.3)})
    store.close()


def found_in(folder):
    store = opened(folder)
    store.close()
    return store.found


def test_what_was_added_is_found(tmp_path):
    filled(tmp_path / "a" / "b", [4, 2, 9])
    found = found_in(tmp_path / "a" / "b")
    assert sorted(found) == [2, 4, 9, 102, 104, 109]
    assert np.array_equal(found[9], np.full((2, 3), 9.1)) and np.array_equal(found[104], np.full((2, 3), 3.7))


@pytest.mark.parametrize("cut", [1, 40, 87])
def test_a_torn_record_is_dropped_and_the_next_stands_whole(tmp_path, cut):
    filled(tmp_path, [1, 2])
    path = tmp_path / "items.bin"
    path.write_bytes(path.read_bytes()[:-cut])
    assert sorted(found_in(tmp_path)) == [1, 2, 101]
    filled(tmp_path, [7])
    assert sorted(found_in(tmp_path)) == [1, 2, 7, 101, 107]


def test_a_flipped_bit_costs_that_item_alone(tmp_path):
    filled(tmp_path, [1, 2, 3])
    path = tmp_path / "items.bin"
    raw = bytearray(path.read_bytes())
    for place in range(0, len(raw) // 6, 11):  # the first of six records: number, hash, values
        damaged = raw.copy()
        damaged[place] ^= 4
        path.write_bytes(damaged)
        assert sorted(found_in(tmp_path)) == [2, 3, 101, 102, 103]


def test_refusals(tmp_path):
    filled(tmp_path / "a", [1])
    with pytest.raises(DataError, match="another evaluation"):
        opened(tmp_path / "a", key={"policy": "other"})
    with pytest.raises(DataError, match="another evaluation"):
        opened(tmp_path / "a", shape=(3, 3))
    holder = opened(tmp_path / "a")
    with pytest.raises(DataError, match="in use"):
        opened(tmp_path / "a")
    holder.close()
    (tmp_path / "a" / "manifest.json").write_text("{")
    with pytest.raises(DataError, match="damaged"):
        opened(tmp_path / "a")
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="expected a folder"):
        opened(tmp_path / "file")


def test_the_digest_depends_on_the_key_alone():
    assert evaluation_digest(KEY) == evaluation_digest(dict(reversed(KEY.items())))
    assert evaluation_digest(KEY) != evaluation_digest({**KEY, "policy": "abd"})
