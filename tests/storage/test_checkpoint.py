"""Generations: kept through kills, full disks and damage, and never loaded when they are not what was saved."""

import errno
import io
import json
import os
import random
import resource
import shutil
import signal
import sys
import time

import numpy as np
import pytest

from holdem_mpi.errors import DataError
from holdem_mpi.storage import array_folder, atomic
from holdem_mpi.storage.checkpoint import list_generations, load_generation, load_latest, save_generation

META = {"fingerprint": "f" * 64, "semantic": {"solver.seed": 1, "lanes": None}, "progress": {"batch": 3, "share": 0.1}}


@pytest.fixture
def save(tmp_path, arrays_of):
    """Save a generation whose content follows from its number."""

    def save(number: int, keep: int = 2, size: int = 12):
        return save_generation(tmp_path, number, arrays_of(number, size), META, keep)

    return save


@pytest.fixture
def loaded(tmp_path, arrays_of):
    """Number of the newest generation that loads, its arrays being exactly what was saved, and the warnings."""

    def loaded(size: int = 12) -> tuple[int, list[str]]:
        arrays, manifest, warnings = load_latest(tmp_path)
        expected = arrays_of(manifest["number"], size)
        assert arrays.keys() == expected.keys()
        for name, array in arrays.items():
            assert array.dtype == expected[name].dtype
            np.testing.assert_array_equal(array, expected[name])
        return manifest["number"], warnings

    return loaded


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


def damage(folder, rng: random.Random) -> str:
    """Change one byte of one file, cut it, lengthen it, or remove it; its name."""
    path = folder / rng.choice(sorted(os.listdir(folder)))
    data = bytearray(path.read_bytes())
    kind = rng.randrange(10)
    if kind == 0:
        path.unlink()
        return path.name
    if kind == 1:
        data = data[: rng.randrange(len(data))]
    elif kind == 2:
        data += bytes(rng.randrange(1, 5))
    else:
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    path.write_bytes(data)
    return path.name


def test_no_damage_loads_silently(tmp_path, save, loaded):
    rng = random.Random(1)
    save(1)
    newest = save(2)
    shutil.copytree(newest, tmp_path / "good")
    hit = set()
    for _ in range(300):
        shutil.rmtree(newest)
        shutil.copytree(tmp_path / "good", newest)
        hit.add(damage(newest, rng))
        number, warnings = loaded()
        assert number == 1 and len(warnings) == 1
        assert warnings[0].startswith(f"checkpoint skipped: {newest}/") and "\n" not in warnings[0]
    assert hit == {"manifest.json", "regret.npy", "strategy.npy", "visits.npy"}


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


def test_a_file_size_limit_keeps_the_old_generation(tmp_path, save, loaded, fork):
    save(1)

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, resource.RLIM_INFINITY))
        with pytest.raises(OSError) as caught:
            save(2, size=20_000)
        assert caught.value.errno == errno.EFBIG

    assert os.waitpid(fork(limited), 0)[1] == 0
    assert os.listdir(tmp_path) == ["g000000000001"] and loaded() == (1, [])
    save(2)
    assert loaded() == (2, [])


def test_a_full_disk_at_any_fsync_keeps_the_old_generation(tmp_path, save, loaded, monkeypatch):
    save(1)
    fsync, calls = os.fsync, 0
    for failing in range(6):  # three arrays, the manifest, the new folder; the sixth comes after the rename

        def fails(descriptor, failing=failing):
            nonlocal calls
            calls += 1
            if calls == failing + 1:
                raise OSError(errno.ENOSPC, "No space left on device")
            fsync(descriptor)

        calls = 0
        monkeypatch.setattr(os, "fsync", fails)
        with pytest.raises(OSError, match="No space left"):
            save(2)
        expected = ["g000000000001"] + (["g000000000002"] if failing == 5 else [])
        assert sorted(os.listdir(tmp_path)) == expected and loaded()[0] == len(expected)


def kill_at_event(number: int) -> None:
    """SIGKILL this process at the ``number``-th file operation from now: opens, renames, removals and fsyncs."""
    fsync, count = os.fsync, 0

    def step(event, _=None):
        nonlocal count
        if event.startswith(("open", "os.", "shutil.")):
            count += 1
            if count == number:
                os.kill(os.getpid(), signal.SIGKILL)

    def counted_fsync(descriptor):
        step("os.fsync")
        fsync(descriptor)

    os.fsync = counted_fsync
    sys.addaudithook(step)


def test_a_kill_at_every_operation_of_a_save(tmp_path, save, loaded, fork):
    """From the first operation to the last, over a folder that also has leftovers and an old generation to remove."""
    outcomes, number = [], 0
    while True:
        number += 1
        for path in list(tmp_path.iterdir()):
            atomic.remove_tree(path)
        save(1)
        save(2)
        (tmp_path / "g000000000002.partial").mkdir()

        def killed(number=number):
            kill_at_event(number)
            save(3)

        status = os.waitpid(fork(killed), 0)[1]
        if status == 0:
            break
        assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        newest, warnings = loaded()
        assert warnings == [] and len(list_generations(tmp_path)) >= 2
        outcomes.append(newest)
        save(4)
        assert loaded() == (4, []) and [number for number, _ in list_generations(tmp_path)] == [newest, 4]
        assert len(os.listdir(tmp_path)) == 2
    assert outcomes == sorted(outcomes) and set(outcomes) == {2, 3} and len(outcomes) > 15


def test_a_kill_at_every_operation_of_replacing_the_only_generation(tmp_path, save, loaded, fork):
    between, number = 0, 0
    while True:
        number += 1
        for path in list(tmp_path.iterdir()):
            atomic.remove_tree(path)
        save(2)

        def killed(number=number):
            kill_at_event(number)
            save(2)

        if os.waitpid(fork(killed), 0)[1] == 0:
            break
        assert loaded() == (2, [])
        between += not (tmp_path / "g000000000002").exists()
        save(3)
        assert loaded() == (3, [])
    assert between > 0


def test_kills_at_random_moments(tmp_path, loaded, fork, arrays_of):
    rng, size = random.Random(2), 30_000
    save_generation(tmp_path, 1, arrays_of(1, size), META)
    seen, first = {1}, 2
    for _ in range(25):

        def forever(first=first):
            for number in range(first, first + 10_000):
                save_generation(tmp_path, number, arrays_of(number, size), META)

        pid = fork(forever)
        time.sleep(rng.uniform(0, 0.06))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        newest, warnings = loaded(size)
        assert warnings == [] and newest >= max(seen)
        seen.add(newest)
        first = newest + 1
    assert len(seen) > 5
