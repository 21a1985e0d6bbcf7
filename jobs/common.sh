#!/usr/bin/env bash
# What the job scripts have in common; they source it, with the options of the command as "$@".
# HOLDEM_MPI_LAUNCHER    mpirun (default) or srun
# HOLDEM_MPI_SRUN_MPI    what srun --mpi= takes (default pmi2, for the mpich wheel)
# HOLDEM_MPI_HOME        this repository (default: where sbatch was called); SLURM runs a copy of the script elsewhere
# HOLDEM_MPI_VENV        its virtual environment (default $HOLDEM_MPI_HOME/.venv; empty: python as it is)
# jobs/site.sh, where it exists, is sourced first: module load lines, and any of the variables above.
home=${HOLDEM_MPI_HOME:-$SLURM_SUBMIT_DIR}
restarts=${SLURM_RESTART_COUNT:-0}
stops=0
ranks=

say() {
    printf '%s job %s: %s\n' "$(date '+%F %T')" "$SLURM_JOB_ID" "$*" >&2
}

# One line, and the exit code of a mistake in the input.
refuse() {
    say "error: $*"
    exit 64
}

if [ -e "$home/jobs/site.sh" ]; then
    # shellcheck source=/dev/null
    . "$home/jobs/site.sh"
fi
venv=${HOLDEM_MPI_VENV-$home/.venv}
if [ -n "$venv" ]; then
    [ -e "$venv/bin/activate" ] || refuse "HOLDEM_MPI_VENV=$venv: no virtual environment there (bash venv.sh makes one)"
    # shellcheck source=/dev/null
    . "$venv/bin/activate"
fi

# The last value of option $1 among the words after it, as argparse takes it; nothing where it is not given.
value_of() {
    local option=$1 value=
    while shift && [ $# -gt 0 ]; do
        case $1 in
            "$option") value=${2-} ;;
            "$option="*) value=${1#*=} ;;
        esac
    done
    printf '%s' "$value"
}

# SLURM signals this shell only (--signal=B:USR1@...), or everything (SIGTERM, when the job is cancelled or preempted).
# The ranks save and exit with 75. SIGUSR1 is what every mpirun and srun passes on.
stop_ranks() {
    stops=$((stops + 1))
    [ -z "$ranks" ] || kill -USR1 "$ranks" 2>/dev/null || true
}
trap stop_ranks USR1 TERM

# What earlier starts have left behind, on one line; a job that keeps something half-done defines its own.
progress() {
    echo nothing
}

# brake FOLDER: write down what this start found, and end the job where it and three restarts before found the same.
brake() {
    local log=$1/slurm_starts.log found last
    mkdir -p "$1" || refuse "$1: expected a folder to write to"
    found=$(progress)
    printf '%s restart %s: %s\n' "$SLURM_JOB_ID" "$restarts" "$found" >>"$log"
    last=$(grep "^$SLURM_JOB_ID " "$log" | tail -n 4 | sed 's/^[^:]*: //')
    if [ "$(wc -l <<<"$last")" -eq 4 ] && [ "$(sort -u <<<"$last" | wc -l)" -eq 1 ]; then
        say "error: three restarts without progress ($log: $found); not requeued"
        exit 69
    fi
}

# Back into the queue, but only while the job runs: where SLURM is ending it, it was cancelled or is requeued anyway.
requeue() {
    local state
    state=$(squeue --noheader --jobs "$SLURM_JOB_ID" --format %T) || state=unknown
    if [ "$state" = RUNNING ]; then
        say "$1; requeued"
        scontrol requeue "$SLURM_JOB_ID" || say "SLURM did not requeue it; sbatch it again"
    else
        say "$1; its state is ${state:-unknown}, so it is left to SLURM"
    fi
    exit 75
}

# run_ranks FOLDER COMMAND OPTION...: python -m holdem_mpi.COMMAND on all tasks, then what its exit code asks for.
run_ranks() {
    local folder=$1 command=$2 launch code seen
    shift 2
    case ${HOLDEM_MPI_LAUNCHER:-mpirun} in
        mpirun) launch=(mpirun -n "$SLURM_NTASKS") ;;
        srun) launch=(srun "--mpi=${HOLDEM_MPI_SRUN_MPI:-pmi2}" --wait=30 -n "$SLURM_NTASKS") ;; # --wait: if one dies
        *) refuse "HOLDEM_MPI_LAUNCHER=$HOLDEM_MPI_LAUNCHER: expected mpirun or srun" ;;
    esac
    brake "$folder"
    say "$command, restart $restarts: ${launch[*]} on $SLURM_JOB_NODELIST"
    HOLDEM_MPI_EXIT_NOTE=$(realpath "$folder")/slurm_exit_code # for srun, which says 137 after any MPI_Abort
    export HOLDEM_MPI_EXIT_NOTE
    rm -f "$HOLDEM_MPI_EXIT_NOTE"
    if [ "${launch[0]}" = srun ]; then
        # MPICH names its shared memory by job and step: another step than those of earlier starts, which, if they were
        # killed, left theirs behind.
        for ((seen = 0; seen < restarts; seen++)); do srun --nodes=1 --ntasks=1 true; done
    fi
    "${launch[@]}" bash "$home/jobs/rank.sh" -m "holdem_mpi.$command" "$@" &
    ranks=$!
    [ "$stops" -eq 0 ] || kill -USR1 "$ranks"
    while :; do # a signal ends the wait, not the ranks
        seen=$stops code=0
        wait "$ranks" || code=$?
        [ "$stops" -ne "$seen" ] || break
    done
    if [ -s "$HOLDEM_MPI_EXIT_NOTE" ]; then code=$(<"$HOLDEM_MPI_EXIT_NOTE"); fi
    case $code in
        0) exit 0 ;;
        75) requeue "stopped, exit code 75" ;;
        1 | 2 | 6[4-9] | 7[0-8] | 126 | 127) say "error: exit code $code; not requeued" && exit "$code" ;;
        *) requeue "a rank or the launcher was killed, exit code $code" ;; # the last checkpoint stands
    esac
}
