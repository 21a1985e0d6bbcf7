"""Two hosts on one machine: network namespaces that MPI takes for two nodes, joined by a cable of a chosen latency.

Needs root, ip (iproute2), mpich's mpirun beside the active Python and, for a latency, /dev/net/tun. Nothing leaves the
namespaces. Each host has its own namespace of IPC as well, by which UCX sees that they share no memory. Latency comes
from a process of its own, which hands on each packet when its time has come: not every kernel has netem.
"""

import contextlib
import ctypes
import fcntl
import os
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from types import TracebackType

from tests.helpers.launching import child_environment, launcher

_NEW_NETWORK = 0x40000000
_TUN, _NO_HEADER, _SET_INTERFACE = 0x0001, 0x1000, 0x400454CA
# Bytes of a packet through the delaying cable: large ones cost its process less.
_PACKET = 60_000
_LAUNCHER = """#!/usr/bin/env bash
while [[ $1 == -* ]]; do shift; done
host=$1
shift
exec ip netns exec "$host" unshare --uts --ipc sh -c "hostname $host; exec env -u SSH_CLIENT $*"
"""


class TwoHosts:
    """The two hosts, while its context lasts."""

    def __init__(self, delay: float = 0.0) -> None:
        """delay: seconds that a packet takes from one host to the other, beside what the machine needs."""
        self._delay = delay
        self.names = [f"hm{os.getpid()}a", f"hm{os.getpid()}b"]
        self._folder = Path(tempfile.mkdtemp())
        self._relay: subprocess.Popen | None = None

    def __enter__(self) -> "TwoHosts":
        try:
            self._up()
        except BaseException:
            self._down()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self._down()

    def _up(self) -> None:
        hosts = "127.0.0.1 localhost\n" + "".join(f"10.78.0.{at} {name}\n" for at, name in enumerate(self.names, 1))
        for name in self.names:
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
            folder = Path("/etc/netns", name)
            folder.mkdir(parents=True)
            (folder / "hosts").write_text(hosts)
        if self._delay:
            call = f"from benchmarks.two_hosts import relay; relay({self._delay!r}, {self.names!r})"
            self._relay = subprocess.Popen([sys.executable, "-c", call], stdout=subprocess.PIPE, text=True)
            if self._relay.stdout.readline() != "ready\n":
                raise SystemExit("two hosts: no cable with a latency: expected /dev/net/tun, and root")
        else:
            _ip(
                "link",
                "add",
                "cable",
                "netns",
                self.names[0],
                "type",
                "veth",
                "peer",
                "name",
                "cable",
                "netns",
                self.names[1],
            )
        for at, name in enumerate(self.names, 1):
            _ip("-n", name, "addr", "add", f"10.78.0.{at}/24", "dev", "cable")
            _ip("-n", name, "link", "set", "cable", "up", *(("mtu", str(_PACKET)) if self._delay else ()))
        for name in self.names:
            _wait_for_carrier(name)
        script = self._folder / "launcher"
        script.write_text(_LAUNCHER)
        script.chmod(0o755)

    def _down(self) -> None:
        if self._relay is not None:
            self._relay.terminate()
            self._relay.wait()
        for name in self.names:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL, check=False)
            shutil.rmtree(Path("/etc/netns", name), ignore_errors=True)
        shutil.rmtree(self._folder, ignore_errors=True)

    def run(self, ranks_a_host: int, arguments: list[str]) -> str:
        """What ``python ARGUMENTS`` prints on so many ranks of each host. SystemExit where it fails."""
        first = self.names[0]
        placed = ",".join(f"{name}:{ranks_a_host}" for name in self.names)
        mpirun = [launcher(), "-launcher", "ssh", "-launcher-exec", str(self._folder / "launcher"), "-hosts", placed]
        command = [*mpirun, "-n", str(2 * ranks_a_host), sys.executable, *arguments]
        inside = ["ip", "netns", "exec", first, "unshare", "--uts", "sh", "-c", 'hostname "$0"; exec "$@"', first]
        done = subprocess.run(inside + command, env=child_environment(), stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: ended with {done.returncode}\n{done.stdout[-2000:]}")
        return done.stdout


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


def _wait_for_carrier(host: str) -> None:
    """Until the host's end of the cable runs: UCX leaves out an interface that does not, and finds no way at all."""
    look = ["ip", "netns", "exec", host, "cat", "/sys/class/net/cable/operstate"]
    for _ in range(100):
        if subprocess.run(look, stdout=subprocess.PIPE, text=True, check=True).stdout.strip() in ("up", "unknown"):
            return
        time.sleep(0.05)
    raise SystemExit(f"two hosts: the cable of {host} is still down after five seconds")


def _end_in(host: str) -> int:
    """A file descriptor of the cable's end in that host: what is written to it arrives, what is sent can be read."""
    own = os.open("/proc/self/ns/net", os.O_RDONLY)
    inside = os.open(f"/run/netns/{host}", os.O_RDONLY)
    library = ctypes.CDLL(None, use_errno=True)
    try:
        if library.setns(inside, _NEW_NETWORK):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
        fcntl.ioctl(end, _SET_INTERFACE, struct.pack("16sH22x", b"cable", _TUN | _NO_HEADER))
    finally:
        library.setns(own, _NEW_NETWORK)
        os.close(inside)
        os.close(own)
    return end


def relay(delay: float, hosts: list[str]) -> None:
    """Hand packets on between two hosts, each ``delay`` seconds after it came, until this process is ended."""
    ends = [_end_in(host) for host in hosts]
    print("ready", flush=True)
    travelling: list[deque[tuple[float, bytes]]] = [deque(), deque()]
    while True:
        due = [packets[0][0] for packets in travelling if packets]
        wait = max(0.0, min(due) - time.monotonic()) if due else None
        readable, _, _ = select.select(ends, [], [], wait)
        for end in readable:
            source = ends.index(end)
            with contextlib.suppress(OSError):  # nothing is left, or the cable is not up yet
                while True:
                    packet = os.read(end, 1 << 16)
                    travelling[source].append((time.monotonic() + delay, packet))
        for source, packets in enumerate(travelling):
            while packets and packets[0][0] <= time.monotonic():
                with contextlib.suppress(OSError):  # lost, as on any network: TCP sends it again
                    os.write(ends[1 - source], packets.popleft()[1])
