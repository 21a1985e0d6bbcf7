"""A policy on disk comes back as it was saved, or is refused in one line."""

import json
import os

import numpy as np
import pytest

from holdem_mpi.errors import DataError
from holdem_mpi.storage import array_folder
from holdem_mpi.storage.checkpoint import save_generation
from holdem_mpi.storage.policy_file import META_KEYS, open_policy, save_policy, unpack_visited

META = {
    "game": {"name": "kuhn", "deck": "kuhn", "players": 2},
    "abstraction_digest": None,
    "table_digest": "a" * 64,
    "iterations": 10**12,
    "layout_fingerprint": "b" * 64,
}
STRATEGY = np.linspace(0, 1, 26)
VISITED = np.arange(13) % 3 == 0


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("verify", [True, False])
def test_round_trip(tmp_path, dtype, verify):
    save_policy(tmp_path / "policy", STRATEGY.astype(dtype), VISITED, META)
    for folder in (tmp_path, tmp_path / "policy", str(tmp_path)):
        strategy, visited, manifest = open_policy(folder, verify)
        assert strategy.dtype == dtype and isinstance(strategy, np.memmap)
        np.testing.assert_array_equal(strategy, STRATEGY.astype(dtype))
        np.testing.assert_array_equal(unpack_visited(visited, manifest["rows"]), VISITED)
        assert {key: manifest[key] for key in META_KEYS} == META


def test_a_new_policy_replaces_the_old_one_and_the_moment_between_is_bridged(tmp_path):
    save_policy(tmp_path / "policy", STRATEGY, VISITED, META)
    save_policy(tmp_path / "policy", 1 - STRATEGY, VISITED, META)
    assert os.listdir(tmp_path) == ["policy"] and open_policy(tmp_path, True).strategy[0] == 1
    os.rename(tmp_path / "policy", tmp_path / "policy.old")
    assert open_policy(tmp_path, True).strategy[0] == 1 and open_policy(tmp_path / "policy").strategy[0] == 1


def refusal(folder, verify=False) -> str:
    with pytest.raises(DataError) as caught:
        open_policy(folder, verify)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_no_policy_is_refused(tmp_path):
    missing = "no policy here, expected the folder of a run that has saved one, or of a policy"
    assert refusal(tmp_path) == f"{tmp_path}: {missing}"
    assert refusal(tmp_path / "none") == f"{tmp_path}/none: {missing}"
    (tmp_path / "file").write_text("x")
    assert refusal(tmp_path / "file") == f"{tmp_path}/file: {missing}"
    meta = {"fingerprint": "", "semantic": {}, "progress": {}}
    checkpoint = save_generation(tmp_path, 1, {"strategy": STRATEGY}, meta)
    assert refusal(checkpoint) == f"{checkpoint}/manifest.json: not the manifest of a holdem_mpi policy"
    (tmp_path / "manifest.json").write_text('{"format": "theirs"}')
    assert refusal(tmp_path) == f"{tmp_path}/manifest.json: not the manifest of a holdem_mpi policy"


def test_another_version_truncation_and_damage_are_refused(tmp_path):
    folder = tmp_path / "policy"
    save_policy(folder, STRATEGY, VISITED, META)
    good = (folder / "manifest.json").read_bytes()
    manifest = json.loads(good) | {"format_version": 2}
    manifest["manifest_sha256"] = array_folder._self_hash(manifest)
    (folder / "manifest.json").write_bytes(array_folder._spell(manifest))
    assert refusal(folder) == f"{folder}/manifest.json: format version 2, expected 1"
    (folder / "manifest.json").write_bytes(good.replace(b"1000000000000", b"1000000000001"))
    assert refusal(folder) == f"{folder}/manifest.json: damaged, its SHA-256 does not match"
    (folder / "manifest.json").write_bytes(good)
    data = bytearray((folder / "strategy.npy").read_bytes())
    data[-3] ^= 1
    (folder / "strategy.npy").write_bytes(data)
    assert refusal(folder, verify=True).endswith("strategy.npy: damaged, its SHA-256 does not match the manifest")
    (folder / "strategy.npy").write_bytes(data[:-8])
    assert refusal(folder) == f"{folder}/strategy.npy: {len(data) - 8} bytes, expected {len(data)}"


def test_bad_arrays_are_refused_before_anything_is_written(tmp_path):
    bad = [
        (STRATEGY.reshape(2, 13), VISITED, META),
        (STRATEGY.astype(int), VISITED, META),
        (STRATEGY, np.packbits(VISITED), META),
        (STRATEGY, VISITED, {"game": {}}),
    ]
    for strategy, visited, meta in bad:
        with pytest.raises(ValueError):
            save_policy(tmp_path / "policy", strategy, visited, meta)
    assert os.listdir(tmp_path) == []
