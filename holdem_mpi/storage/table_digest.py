"""The digest that a table is known by, in checkpoints, policies and ledgers."""

import hashlib

import numpy as np


def digest_of_table(table: np.ndarray, batch: int, iterations: int) -> str:
    """SHA-256 (hex) of a C-contiguous table, its dtype, and the batches and iterations behind it."""
    digest = hashlib.sha256(f"{table.dtype.str} {batch} {iterations}".encode())
    digest.update(memoryview(table).cast("B"))
    return digest.hexdigest()
