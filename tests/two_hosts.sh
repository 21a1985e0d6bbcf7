#!/usr/bin/env bash
# Whole tables, logs and spots give one digest on two hosts: two network namespaces of this machine, joined by a cable of
# their own, which MPI takes for two nodes. Needs root, ip (iproute2) and mpich's mpirun beside the active Python; nothing
# leaves the namespaces. Not part of run_all.sh, since few containers may make namespaces: run it by hand.
set -euo pipefail
cd "$(dirname "$0")/.."
export NUMBA_NUM_THREADS=1 OMP_NUM_THREADS=1
python=$(command -v python)
work=$(mktemp -d)
a=hm$$a b=hm$$b

down() {
    ip netns del $a 2>/dev/null || true
    ip netns del $b 2>/dev/null || true
    rm -rf "$work" /etc/netns/$a /etc/netns/$b
}
trap down EXIT

for host in $a $b; do
    ip netns add "$host"
    ip -n "$host" link set lo up
    mkdir -p "/etc/netns/$host"
    printf '127.0.0.1 localhost\n10.78.0.1 %s\n10.78.0.2 %s\n' $a $b >"/etc/netns/$host/hosts"
done
ip link add v$$a netns $a type veth peer name v$$b netns $b
ip -n $a addr add 10.78.0.1/24 dev v$$a
ip -n $b addr add 10.78.0.2/24 dev v$$b
ip -n $a link set v$$a up
ip -n $b link set v$$b up

# UCX leaves out an interface that does not run yet, and would find no way from host to host.
for host in $a $b; do
    for _ in {1..100}; do
        [ "$(ip netns exec "$host" cat /sys/class/net/v$$"${host: -1}"/operstate)" != up ] || break
        sleep 0.05
    done
done

# mpirun calls it in place of ssh: [-x] HOST COMMAND
cat >"$work/launcher" <<'END'
#!/usr/bin/env bash
while [[ $1 == -* ]]; do shift; done
host=$1
shift
exec ip netns exec "$host" unshare --uts --ipc sh -c "hostname $host; exec env -u SSH_CLIENT $*"
END
chmod +x "$work/launcher"

on_hosts() { # RANKS-BY-HOST RANKS ARGUMENTS
    # shellcheck disable=SC2016  # the inner shell is to expand these
    ip netns exec $a unshare --uts sh -c 'hostname "$0"; exec "$@"' $a "$(dirname "$python")/mpirun" -launcher ssh \
        -launcher-exec "$work/launcher" -hosts "$1" -n "$2" "$python" "${@:3}"
}

digest() {
    sed -n 's/.*"digest": "\([0-9a-f]*\)".*/\1/p' "$work/$1/summary.json"
}

hosts=$(on_hosts $a:2,$b:2 4 -c 'from holdem_mpi.parallel.processes import world; comm = world(); print(comm.hosts)')
[ "$hosts" = $'2\n2\n2\n2' ] || {
    echo "two_hosts.sh: MPI sees hosts: ${hosts//$'\n'/ }; expected 2 on each of 4 ranks" >&2
    exit 1
}
# Lanes of Leduc have tables of their own, which are summed whole; with three players they write logs.
for words in "leduc" "leduc_3p" "leduc --late-merge" "leduc_3p --late-merge"; do
    read -ra game <<<"$words"
    options=(-m holdem_mpi.train --game "${game[@]}" --lanes 6 --batch-size 200 --iters 60000 --discount-interval 6000)
    run=${words// /}
    "$python" "${options[@]}" --logdir "$work/$run" >"$work/log" 2>&1
    expected=$(digest "$run")
    [ -n "$expected" ]
    for ranks in 3 4; do
        on_hosts $a:2,$b:2 $ranks "${options[@]}" --logdir "$work/$run$ranks" >"$work/log" 2>&1 || {
            cat "$work/log" >&2
            exit 1
        }
        found=$(digest "$run$ranks")
        echo "two hosts, $ranks ranks, $words: ${found:0:16}"
        [ "$found" = "$expected" ] || {
            echo "two_hosts.sh: digest $found of $words on $ranks ranks; expected $expected" >&2
            exit 1
        }
    done
done

# A spot's cards are divided over the ranks of both hosts; of a river one rank solves all.
cat >"$work/flop.yaml" <<'END'
board: Qs Jh 2h
pot: 50
stacks: 60
ranges: {oop: "AA,KQs,T9s", ip: "QQ,AJs,KTs"}
bet_sizes: {flop: 50%}
raise_sizes: {}
END
for spot in river turn "$work/flop.yaml"; do
    options=(-m holdem_mpi.resolve --spot "$spot" --iterations 12 --json)
    expected=$("$python" "${options[@]}" 2>"$work/log" | sed -n 's/.*"digest": "\([0-9a-f]*\)".*/\1/p')
    [ -n "$expected" ]
    for ranks in 3 4; do
        found=$(on_hosts $a:2,$b:2 $ranks "${options[@]}" 2>"$work/log" | sed -n 's/.*"digest": "\([0-9a-f]*\)".*/\1/p')
        echo "two hosts, $ranks ranks, spot ${spot##*/}: ${found:0:16}"
        [ "$found" = "$expected" ] || {
            cat "$work/log" >&2
            echo "two_hosts.sh: digest $found of $spot on $ranks ranks; expected $expected" >&2
            exit 1
        }
    done
done
