"""Bucket tables on disk: what is written comes back, and whatever is wrong with a file is said in one line."""

import json

import numpy as np
import pytest

from holdem_mpi.abstraction import bucket_files
from holdem_mpi.abstraction.bucket_files import (
    BucketTableKey,
    BucketTableWriter,
    abstraction_digest,
    manifest_path,
    open_bucket_table,
)
from holdem_mpi.errors import DataError, SaveError

KEY = BucketTableKey(1, 3, 50)


def write_table(folder, key=KEY, boards=8, dtype=np.uint8):
    rows = np.random.default_rng(0).integers(0, 50, (boards, 1326)).astype(dtype)
    writer = BucketTableWriter(folder, key, boards, dtype)
    writer.write_rows(5, rows[5:])
    writer.write_rows(0, rows[:5])
    return writer.path, rows, writer.commit()


def refused(path, key=KEY, verify=False):
    """The one line that opening the table gives; it names the file."""
    with pytest.raises(DataError) as caught:
        open_bucket_table(path, key, verify)
    text = str(caught.value)
    assert "\n" not in text and str(path.with_suffix("")) in text and "expected" in text
    return text


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_rows_in_any_order_come_back(tmp_path, dtype):
    path, rows, sha256 = write_table(tmp_path, dtype=dtype)
    table, found = open_bucket_table(path, KEY, verify=True)
    assert isinstance(table, np.memmap) and table.dtype == dtype and found == sha256
    assert np.array_equal(table, rows) and np.array_equal(np.load(path), rows)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted([path.name, manifest_path(path).name])


def test_unfinished_table_does_not_exist(tmp_path):
    writer = BucketTableWriter(tmp_path, KEY, 8, np.uint8)
    writer.write_rows(0, np.zeros((8, 1326), dtype=np.uint8))
    assert not bucket_files.table_exists(writer.path)
    path, _, _ = write_table(tmp_path)
    assert bucket_files.table_exists(path)


def test_truncated_table(tmp_path):
    path, _, _ = write_table(tmp_path)
    with open(path, "r+b") as file:
        file.truncate(1000)
    assert "1000 bytes" in refused(path)


def test_damaged_content_is_found_by_verify(tmp_path):
    path, _, _ = write_table(tmp_path)
    with open(path, "r+b") as file:
        file.seek(-3, 2)
        file.write(b"\xfe")
    open_bucket_table(path, KEY)
    assert "SHA-256" in refused(path, verify=True)


def test_objects_are_not_unpickled(tmp_path):
    path, _, _ = write_table(tmp_path)
    length = path.stat().st_size
    np.save(path, np.array([{"a": 1}] * 3, dtype=object), allow_pickle=True)
    with open(path, "r+b") as file:
        file.truncate(length)
    refused(path)


def change_manifest(path, honest, **fields):
    """Edit the manifest; an honest edit also renews its own checksum."""
    place = manifest_path(path)
    manifest = {**json.loads(place.read_text()), **fields}
    if honest:
        manifest["manifest_sha256"] = bucket_files._own_sha256(manifest)
    place.write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("fields", "honest", "word"),
    [
        ({"version": 2}, True, "version 2"),
        ({"recipe": "other"}, True, "recipe"),
        ({"buckets": 51}, True, "buckets is 51"),
        ({"final_street": "flop"}, True, "final_street is 'flop'"),
        ({"shape": [9, 1326]}, True, "shape"),
        ({"sha256": "0" * 64}, False, "manifest_sha256"),
    ],
)
def test_foreign_or_edited_manifest(tmp_path, fields, honest, word):
    path, _, _ = write_table(tmp_path)
    change_manifest(path, honest, **fields)
    assert word in refused(path)


@pytest.mark.parametrize("text", ["", "{", "[1]", "nonsense \x00"])
def test_damaged_manifest(tmp_path, text):
    path, _, _ = write_table(tmp_path)
    manifest_path(path).write_text(text)
    refused(path)


def test_missing_files(tmp_path):
    path, _, _ = write_table(tmp_path)
    path.unlink()
    assert "No such file" in refused(path)
    manifest_path(path).unlink()
    assert "missing" in refused(path)


def test_wrong_number_of_buckets_is_another_file(tmp_path):
    path, _, _ = write_table(tmp_path)
    assert "buckets is 50" in refused(path, KEY._replace(buckets=60))


def test_refusing_disk_is_a_save_error(tmp_path):
    with pytest.raises(SaveError, match="cannot be written"):
        BucketTableWriter(tmp_path / "none", KEY, 8, np.uint8)


def test_full_disk_is_a_save_error_and_leaves_nothing(tmp_path, monkeypatch):
    writer = BucketTableWriter(tmp_path, KEY, 8, np.uint8)

    class FullDisk:
        def seek(self, at):
            pass

        def write(self, data):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(writer, "_file", FullDisk())
    with pytest.raises(SaveError, match="No space left"):
        writer.write_rows(0, np.zeros((8, 1326), dtype=np.uint8))
    assert list(tmp_path.iterdir()) == []


def test_digest_tells_abstractions_apart():
    digests = {abstraction_digest(169, sums) for sums in (["a"], ["b"], ["a", "b"], ["b", "a"])}
    assert len(digests) == 4 and all(len(digest) == 64 for digest in digests)
