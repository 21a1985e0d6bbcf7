"""Generations come back as they were saved; what is damaged or foreign is never loaded."""

import io
import json
import os

import numpy as np
import pytest

from benchmarks.checks.damage import Damages
from holdem_mpi.errors import DataError
from holdem_mpi.storage import array_folder, atomic, checkpoint
from holdem_mpi.storage.checkpoint import (
    is_snapshot,
    list_generations,
    load_generation,
    load_latest,
    save_generation,
)

META = {"fingerprint": "f" * 64, "semantic": {"solver.seed": 1, "lanes": None}, "progress": {"batch": 3, "share": 0.1}}


def test_what_is_saved_is_loaded(tmp_path, save, loaded):
    assert load_latest(tmp_path) is None and load_latest(tmp_path / "none") is None
    path = save(7)
    assert path == tmp_path / "g000000000007" and loaded() == (7, [])
    arrays, manifest, _ = load_latest(tmp_path, verify=False)
    assert {key: manifest[key] for key in META} == META and manifest["package_version"]
    assert isinstance(arrays["regret"], np.memmap) and not arrays["regret"].flags.writeable


def test_shapes_orders_and_empty_arrays(tmp_path):
    arrays = {
        "empty": np.empty((0, 3)),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "strided": np.arange(10)[::3],
        "scalar": np.array(5, dtype=np.uint16),
        "flag": np.array([True, False]),
    }
    save_generation(tmp_path, 0, arrays, META)
    back, _, _ = load_latest(tmp_path)
    for name, array in arrays.items():
        assert back[name].shape == array.shape and back[name].dtype == array.dtype
        np.testing.assert_array_equal(back[name], array)
        np.testing.assert_array_equal(np.load(tmp_path / "g000000000000" / f"{name}.npy", allow_pickle=False), array)


def test_the_last_generations_are_kept(tmp_path, save):
    for number in range(1, 6):
        save(number, keep=3)
    assert [number for number, _ in list_generations(tmp_path)] == [3, 4, 5]
    (tmp_path / "g000000000009.partial").mkdir()
    (tmp_path / "g000000000001.old").mkdir()
    save(6)
    assert sorted(os.listdir(tmp_path)) == ["g000000000005", "g000000000006"]
    save(10**12)
    assert [number for number, _ in list_generations(tmp_path)] == [6, 10**12]


def test_a_damaged_later_generation_never_pushes_a_good_one_out(tmp_path, save, loaded):
    for number in (1, 2, 9):
        save(number, keep=3)
    (tmp_path / "g000000000009" / "regret.npy").write_bytes(b"")
    assert loaded()[0] == 2
    save(5)  # the run went on from 2
    assert loaded() == (5, []) and [number for number, _ in list_generations(tmp_path)] == [2, 5]
    save(3)
    assert loaded() == (5, []), "a later generation that loads is not thrown away"


def numbers(folder) -> list[int]:
    return [number for number, _ in list_generations(folder)]


def test_damaged_generations_do_not_count(tmp_path, save, loaded):
    save(5)
    (save(10) / "regret.npy").write_bytes(b"")
    save(15)
    assert numbers(tmp_path) == [5, 15]
    (tmp_path / "g000000000015" / "manifest.json").write_bytes(b"{}")
    assert loaded()[0] == 5
    save(20)
    assert numbers(tmp_path) == [5, 20]
    (tmp_path / "g000000000005" / "visits.npy").write_bytes(b"")
    save(25)
    save(30)
    assert numbers(tmp_path) == [25, 30]


def test_nothing_is_removed_where_too_little_is_sound(tmp_path, save, loaded):
    for number in (1, 2, 3):
        (save(number, keep=4) / "regret.npy").write_bytes(b"")
    save(4)
    assert numbers(tmp_path) == [1, 2, 3, 4] and loaded()[0] == 4
    save(5)
    assert numbers(tmp_path) == [4, 5]


def test_what_this_process_knows_is_not_hashed_again(tmp_path, save, monkeypatch):
    hashed = []
    sha256_of_file = array_folder.sha256_of_file
    monkeypatch.setattr(array_folder, "sha256_of_file", lambda file: hashed.append(file) or sha256_of_file(file))
    for number in range(1, 6):
        save(number)
    assert hashed == [] and numbers(tmp_path) == [4, 5]
    monkeypatch.setattr(checkpoint, "_sound", {})  # another process goes on
    load_latest(tmp_path)
    assert len(hashed) == 3
    save(6)
    assert len(hashed) == 3 and numbers(tmp_path) == [5, 6]
    file = tmp_path / "g000000000006" / "regret.npy"
    os.utime(file, ns=(1, 1))  # as a program that changed it would leave it
    save(7)
    assert len(hashed) == 6 and numbers(tmp_path) == [6, 7]


def test_snapshots_are_never_removed(tmp_path, arrays_of, save, loaded):
    for number in range(1, 8):
        save_generation(tmp_path, number, arrays_of(number), META, snapshot=number in (1, 4))
    assert numbers(tmp_path) == [1, 4, 6, 7] and loaded() == (7, [])
    save(4)  # a run that went on from an older one comes by again
    assert [is_snapshot(path) for _, path in list_generations(tmp_path)] == [True, True, False, False]


def test_a_save_over_the_same_number_replaces_it(tmp_path, save, loaded):
    save(1)
    path = save(2)
    (path / "visits.npy").unlink()
    assert loaded()[0] == 1
    save(2)
    assert loaded() == (2, []) and len(os.listdir(tmp_path)) == 2


def test_bad_arguments_are_refused_before_anything_is_written(tmp_path):
    array = {"a": np.zeros(1)}
    bad = [
        (array, {"progress": {}}),
        (array, META | {"arrays": 1}),
        (array, META | {"progress": {"x": float("nan")}}),
        ({"../a": np.zeros(1)}, META),
        ({"a": np.array([{}])}, META),
    ]
    for arrays, meta in bad:
        with pytest.raises(ValueError):
            save_generation(tmp_path, 1, arrays, meta)
    with pytest.raises(ValueError):
        save_generation(tmp_path, 1, array, META, keep=1)
    assert os.listdir(tmp_path) == []


def test_no_damage_loads_silently(tmp_path):
    damages = Damages(tmp_path, seed=1)
    for _ in range(150):
        damages.one()
    assert sum(damages.counts[kind] for kind in damages.kinds) == 150
    assert all(damages.counts[kind] > 3 for kind in damages.kinds) and damages.counts["refused"] > 3


def test_a_run_never_starts_from_zero_silently(tmp_path, save):
    for number in (1, 2):
        (save(number) / "manifest.json").write_bytes(b"{}")
    with pytest.raises(DataError, match=r"none of 2 checkpoints loads; the newest: .*g000000000002/manifest.json"):
        load_latest(tmp_path)


def test_truncation_is_seen_without_reading_everything(tmp_path, save):
    path = save(1)
    file = path / "regret.npy"
    os.truncate(file, file.stat().st_size - 1)
    with pytest.raises(DataError, match=r"regret.npy: \d+ bytes, expected \d+"):
        load_generation(path, verify=False)


def forge(path, **changes) -> None:
    """Rewrite a manifest with a valid hash of itself, as another program could."""
    manifest = json.loads((path / "manifest.json").read_bytes()) | changes
    manifest["manifest_sha256"] = array_folder._self_hash(manifest)
    (path / "manifest.json").write_bytes(array_folder._spell(manifest))


FOREIGN = [
    ({"format": "holdem_mpi policy"}, "not the manifest of a holdem_mpi checkpoint"),
    ({"format_version": 2}, "format version 2, expected 1"),
    ({"arrays": []}, "its list of arrays is malformed"),
    (
        {"arrays": {"../../etc": {"shape": [], "dtype": "", "bytes": 0, "sha256": ""}}},
        "its list of arrays is malformed",
    ),
    ({"arrays": {"regret": {"shape": [1]}}}, "its list of arrays is malformed"),
    ({"number": 8}, "holds generation 8, expected the one that its name says"),
    ({"number": None}, "its manifest lacks"),
]


@pytest.mark.parametrize(("changes", "message"), FOREIGN)
def test_a_foreign_manifest_is_refused(save, changes, message):
    path = save(7)
    forge(path, **changes)
    with pytest.raises(DataError, match=message):
        load_generation(path)


@pytest.mark.parametrize("verify", [True, False])
def test_a_pickled_array_is_refused(save, tmp_path, verify):
    class Bomb:
        def __reduce__(self):
            return (open, (str(tmp_path / "exploded"), "w"))

    stream = io.BytesIO()
    np.save(stream, np.array([Bomb()], dtype=object), allow_pickle=True)
    path = save(7)
    (path / "regret.npy").write_bytes(stream.getvalue())
    size, digest = len(stream.getvalue()), atomic.sha256_of_file(path / "regret.npy")
    forge(path, arrays={"regret": {"shape": [1], "dtype": "|O", "bytes": size, "sha256": digest}})
    with pytest.raises(DataError, match=r"regret.npy: damaged, expected a .npy file without pickled objects"):
        load_generation(path, verify)
    assert not (tmp_path / "exploded").exists()
