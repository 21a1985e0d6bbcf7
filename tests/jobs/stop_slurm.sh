#!/usr/bin/env bash
# End the SLURM that start_slurm.sh FOLDER started, with its jobs.
set -euo pipefail
root=$1
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
export SLURM_CONF=$root/slurm.conf

if [ -e "$root/run/slurmctld.pid" ]; then
    squeue --noheader --format %A | xargs -r scancel || true
    for _ in {1..60}; do
        [ -n "$(squeue --noheader)" ] || break
        sleep 0.5
    done
fi
for name in slurmd.node1 slurmd.node2 slurmd.node3 slurmd.node4 slurmctld munged; do
    file=$root/run/$name.pid
    if [ ! -e "$file" ]; then continue; fi
    pid=$(cat "$file")
    "${as_root[@]}" kill "$pid" || continue
    for _ in {1..40}; do
        [ -e "/proc/$pid" ] || break
        sleep 0.25
    done
done
