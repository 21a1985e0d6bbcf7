#!/usr/bin/env bash
# Python on one rank: a single thread, and compiled kernels in a folder of this node that nobody else can write to
# ($SLURM_TMPDIR where the cluster has one; NUMBA_CACHE_DIR names another). The first rank of a node compiles.
set -euo pipefail
export NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 MKL_NUM_THREADS=1
if [ -z "${NUMBA_CACHE_DIR:-}" ]; then
    folder=${SLURM_TMPDIR:-${TMPDIR:-/tmp}}/holdem_mpi-$(id -u)
    mkdir -m 700 "$folder" 2>/dev/null || true
    # Numba runs what it finds there, so a folder that somebody else made will not do.
    if [ ! -O "$folder" ] || [ -L "$folder" ]; then folder=$(mktemp -d); fi
    export NUMBA_CACHE_DIR=$folder
fi
exec python "$@"
