#!/usr/bin/env bash
# Submit abstract, train and evaluate, each to begin when the one before has succeeded, and to be cancelled when not:
#   bash jobs/chain.sh --game limit_holdem --buckets 169,500,500,500 --logdir runs/limit -- exploitability --flops 100
# Before --: options of train, --buckets (or --recipe) and --logdir among them; after it: a subcommand of evaluate and
# its options.
# HOLDEM_MPI_SBATCH: options of sbatch for all three, such as "--nodes=2 --ntasks=64 --account=abc".
set -euo pipefail
HOLDEM_MPI_HOME=${HOLDEM_MPI_HOME:-$(cd "$(dirname "$0")/.." && pwd)}
export HOLDEM_MPI_HOME

usage() {
    echo "error: $1; expected: chain.sh --buckets 169,F,T,R|--recipe NAME --logdir DIR [OPTION OF TRAIN]... -- VERB [OPTION]..." >&2
    exit 64
}

train=() cards=() logdir='' tables=''
while [ $# -gt 0 ] && [ "$1" != -- ]; do
    train+=("$1")
    case $1 in
        --buckets | --recipe) cards=("$1" "${2-}") ;;
        --buckets=* | --recipe=*) cards=("$1") ;;
        --bucket-dir) tables=${2-} ;;
        --bucket-dir=*) tables=${1#*=} ;;
        --logdir) logdir=${2-} ;;
        --logdir=*) logdir=${1#*=} ;;
    esac
    shift
done
[ ${#cards[@]} -gt 0 ] || usage "--buckets or --recipe is missing"
[ -n "$logdir" ] || usage "--logdir is missing"
[ $# -ge 2 ] || usage "nothing to evaluate after --"
shift
read -ra all <<<"${HOLDEM_MPI_SBATCH:-}"

submit() { # submit DEPENDENCY SCRIPT OPTION...: prints the job's number
    local after=$1 script=$2
    shift 2
    sbatch --parsable ${after:+"--dependency=afterok:$after" --kill-on-invalid-dep=yes} "${all[@]}" \
        "$HOLDEM_MPI_HOME/jobs/$script" "$@" | cut -d';' -f1
}

first=$(submit '' abstract.sbatch "${cards[@]}" ${tables:+--out "$tables"})
second=$(submit "$first" train.sbatch "${train[@]}")
third=$(submit "$second" evaluate.sbatch "$@" --policy "$logdir")
echo "abstract $first, train $second, evaluate $third"
