#!/usr/bin/env bash
# A whole SLURM on this machine: start_slurm.sh FOLDER. Four nodes of 16 processors each (claimed, not there), without
# systemd and cgroups; all it writes lies in FOLDER. Then SLURM_CONF=FOLDER/slurm.conf finds it; stop_slurm.sh ends it.
set -euo pipefail
root=$1
PATH=$PATH:/usr/sbin:/sbin
as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)

missing() {
    local program
    for program in slurmctld slurmd munged sbatch srun; do
        command -v "$program" >/dev/null || return 0
    done
    return 1
}
if missing; then
    "${as_root[@]}" apt-get update -qq || true # an old list may do
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y -qq --no-install-recommends slurm-wlm munge libpmi2-0 >/dev/null || true
fi
if missing; then
    echo "error: no SLURM; expected the packages slurm-wlm, munge and libpmi2-0, or an apt-get that has them" >&2
    exit 69
fi

host=$(uname -n)
host=${host%%.*}
taken() { # whether somebody listens on port $1
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}
for _ in {1..50}; do
    port=$((20000 + RANDOM % 10000))
    for offset in 0 1 2 3 4; do
        if taken $((port + offset)); then continue 2; fi
    done
    break
done

mkdir -p "$root"/{state,log,run,spool.node{1..4}}
chmod 755 "$root" "$root/run"
cat >"$root/slurm.conf" <<CONF
ClusterName=holdem_mpi_test
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
# cred_expire (120 s if not given) is how long a job that was put back into the queue waits there.
AuthInfo=socket=$root/run/munge.socket,cred_expire=5
# MPICH under srun names its shared memory by the job's number, and may find that of an earlier test.
FirstJobId=$((1000 + RANDOM))
StateSaveLocation=$root/state
SlurmdSpoolDir=$root/spool.%n
SlurmctldPidFile=$root/run/slurmctld.pid
SlurmdPidFile=$root/run/slurmd.%n.pid
SlurmctldLogFile=$root/log/slurmctld.log
SlurmdLogFile=$root/log/slurmd.%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=5,bf_interval=5
ReturnToService=2
MpiDefault=none
KillWait=10
MessageTimeout=30
OverTimeLimit=0
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/none
SlurmdParameters=config_overrides
NodeName=node[1-4] NodeHostname=$host NodeAddr=127.0.0.1 Port=[$((port + 1))-$((port + 4))] CPUs=16 RealMemory=64000
PartitionName=debug Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
export SLURM_CONF=$root/slurm.conf
# Later versions look for cgroups unless they are told not to; earlier ones do not know the word.
version=$(slurmctld -V | tr -dc '0-9.')
if [ "$(printf '23.11\n%s\n' "$version" | sort -V | head -n 1)" = 23.11 ]; then
    echo "CgroupPlugin=disabled" >"$root/cgroup.conf"
fi

head -c 1024 /dev/urandom >"$root/munge.key"
chmod 600 "$root/munge.key"
"${as_root[@]}" env PATH="$PATH" munged --force --key-file="$root/munge.key" --socket="$root/run/munge.socket" \
    --pid-file="$root/run/munged.pid" --log-file="$root/log/munged.log" --seed-file="$root/munge.seed" 2>/dev/null
"${as_root[@]}" env PATH="$PATH" slurmctld -f "$SLURM_CONF"
for node in node{1..4}; do
    "${as_root[@]}" env PATH="$PATH" slurmd -f "$SLURM_CONF" -N "$node"
done
for _ in {1..120}; do
    states=$(sinfo --noheader --Node --format %T 2>/dev/null | sort | uniq -c | tr -s ' ')
    if [ "$states" = " 4 idle" ]; then exit 0; fi
    sleep 0.5
done
echo "error: the nodes are not idle after a minute but:$states; what the daemons say:" >&2
tail -n 20 "$root"/log/*.log >&2
exit 69
