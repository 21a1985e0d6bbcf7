"""Plain Python gives the tables that the compiled kernels give, bit by bit, in whole runs."""

import pytest


@pytest.mark.parametrize(
    "options",
    [
        ("--game", "kuhn", "--sampler", "outcome", "--iters", 1200),
        ("--game", "leduc", "--prune", "--algorithm", "dcfr", "--discount-interval", 300, "--iters", 1200),
        ("--game", "leduc_3p", "--precision", "float32", "--iters", 300),
        ("--game", "leduc_3p", "--sampler", "outcome", "--iters", 1200),
        ("--game", "flop_holdem", "--buckets", "169,5", "--bucket-dir", "tables", "--iters", 60),
        ("--game", "leduc", "--sampler", "public", "--algorithm", "cfr+", "--iters", 60),
        ("--game", "leduc", "--sampler", "full", "--algorithm", "dcfr", "--iters", 6),
        ("--game", "flop_holdem", "--buckets", "169,5", "--bucket-dir", "tables", "--sampler", "cfr-br", "--iters", 6),
    ],
)
def test_digest_without_jit(train, mpirun, options):
    if "tables" in options:
        assert mpirun(1, "-m", "holdem_mpi.abstract", "--buckets", "169,5", "--out", "tables").returncode == 0
    size = ("--lanes", 3, "--batch-size", max(1, options[-1] // 6))
    compiled = train(1, *options, *size)
    plain = train(1, *options, *size, logdir="plain", NUMBA_DISABLE_JIT="1")
    assert plain["digest"] == compiled["digest"] and plain["iterations"] == compiled["iterations"] == options[-1]
