"""The commands by name: ``python -m holdem_mpi train --game leduc``, or ``holdem-mpi train --game leduc``.

Either is ``python -m holdem_mpi.train --game leduc``; without a name, the commands are listed.
"""

import runpy
import sys

from holdem_mpi.errors import EXIT_OK, EXIT_USAGE

COMMANDS = {
    "train": "train a blueprint by Monte Carlo CFR, on any number of ranks",
    "abstract": "build a card abstraction, and look into it",
    "evaluate": "know how good a policy is: exploitability, local best response, matches, reviews, charts",
    "resolve": "solve a flop, turn or river spot, range against range",
    "dry_run": "watch hands and say what you would do, by search before a deadline",
    "autoplay": "play at a table of the ACPC protocol, be its dealer, or play a human",
    "explore": "look at policies, runs and spots in the browser, on a local page",
    "bench": "measure this machine: scaling over ranks, kernels, merges",
    "warm": "compile all kernels ahead, or those that some commands need, on all cores",
}


def main() -> int:
    """Run the command that the first argument names, as ``python -m holdem_mpi.NAME`` would; or list them all."""
    name = sys.argv[1] if len(sys.argv) > 1 else None
    if name in COMMANDS:
        del sys.argv[1]
        # Nothing may import holdem_mpi.parallel.startup before: it takes over signals where it finds a command at work.
        runpy.run_module(f"holdem_mpi.{name}", run_name="__main__", alter_sys=True)
        return EXIT_OK
    from holdem_mpi.parallel.startup import launcher_says
    from holdem_mpi.text import did_you_mean, shown

    first = launcher_says()[1] == 0
    if name in (None, "-h", "--help"):
        if first:
            print("\n".join(_listed()))
        return EXIT_OK
    if first:
        hint = did_you_mean(name, list(COMMANDS)) or f"; expected one of {', '.join(COMMANDS)}"
        print(f"error: {shown(name)}: no such command{hint}", file=sys.stderr)
    return EXIT_USAGE


def _listed() -> list[str]:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {text}" for name, text in COMMANDS.items()]
    usage = "usage: holdem-mpi COMMAND [OPTION...], or python -m holdem_mpi.COMMAND [OPTION...]"
    return [usage, "", *lines, "", "holdem-mpi COMMAND --help shows a command's options."]


if __name__ == "__main__":
    sys.exit(main())
