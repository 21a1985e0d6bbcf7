"""A solver to train a game with from Python: made of a game and settings, run, asked, run on, saved."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

from holdem_mpi.config.arguments import keys_argument, seconds_argument, whole_argument
from holdem_mpi.config.buckets import buckets as buckets_of_text
from holdem_mpi.config.load import config_to_yaml, model_of
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import SaveError, UserError
from holdem_mpi.game.game import Game
from holdem_mpi.game.open_game import GameSource, game_argument
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.processes import library_world
from holdem_mpi.policy.policy import Policy
from holdem_mpi.policy.tabular import TabularPolicy, average_policy
from holdem_mpi.storage.atomic import write_atomically
from holdem_mpi.text import shown
from holdem_mpi.training.export import export_policy, policy_manifest
from holdem_mpi.training.run import Run
from holdem_mpi.training.trainer import table_digest


class MCCFRSolver:
    """Monte Carlo CFR on a game, with the same tables bit by bit as ``python -m holdem_mpi.train`` makes.

    Collective: under mpirun every rank makes one with the same arguments, and calls its methods as the others do. In a
    notebook or a plain script it is one process, and MPI is not started. Every setting that is left out is the one of
    the shipped config or YAML file that the game came from (``load_game``), else the command's default.

    game: what to train; or what ``load_game`` makes a game of, such as a shipped one's name.
    sampler: external, outcome, public, full or cfr-br.
    algorithm: cfr, linear, dcfr or cfr+.
    lanes: of a batch, whatever the number of ranks; default: one for each rank.
    seed: of all random streams, 0 to 2**64 - 1.
    batch_size: iterations of a lane between two merges, or ``"auto"``.
    buckets: the card abstraction: numbers by street (``[169, 50, 50, 50]`` or ``"169,50,50,50"``), or the folder of a
        built one. Toy games have none.
    recipe: a card abstraction by a recipe's name instead.
    settings: any other key of a YAML config, dotted: ``{"solver.precision": "float32"}``.
    logdir: a run's folder to keep checkpoints, metrics and the policy in, as the command does; default: memory alone.
    resume: go on with the run that ``logdir`` holds, from its last checkpoint.
    comm: other ranks than all of the program's.

    UserError, one line, on settings that cannot be. A hold'em game's card abstraction is found in the cache, or built.
    """

    def __init__(
        self,
        game: Game | GameSource,
        *,
        sampler: str | None = None,
        algorithm: str | None = None,
        lanes: int | None = None,
        seed: int | None = None,
        batch_size: int | str | None = None,
        buckets: str | Sequence[int | str] | None = None,
        recipe: str | None = None,
        settings: Mapping[str, Any] | None = None,
        logdir: str | Path | None = None,
        resume: bool = False,
        comm: Communicator | None = None,
    ) -> None:
        if resume and logdir is None:
            raise UserError("resume: expected logdir, the folder of the run to go on with")
        given = {
            "solver.sampler": ("sampler", sampler),
            "solver.algorithm": ("algorithm", algorithm),
            "lanes": ("lanes", lanes),
            "solver.seed": ("seed", seed),
            "batch_size": ("batch_size", batch_size),
            "abstraction.buckets": ("buckets", _buckets(buckets)),
            "abstraction.recipe": ("recipe", recipe),
        }
        overrides: dict[str, Any] = {key: each for key, each in given.items() if each[1] is not None}
        overrides |= {key: (f"settings {key}", value) for key, value in keys_argument("settings", settings).items()}
        overrides |= {"logdir": None if logdir is None else str(logdir), "time_budget": None}
        self.comm = library_world() if comm is None else comm
        self._run = Run(_config_of(game_argument(game), overrides), self.comm, resume)
        self.game = Game(self._run.config.game, self._run.problem.layout.tree, run_config=self._run.config)

    @property
    def config(self) -> RunConfig:
        """The whole config, with all that was left out written out."""
        return self._run.config

    @property
    def rank(self) -> int:
        """This process among all that train: 0 where there is one. Print on rank 0 alone."""
        return self.comm.rank

    @property
    def iterations(self) -> int:
        """Iterations done, over all lanes."""
        return self._run.trainer.progress.iterations

    @property
    def table(self) -> np.ndarray:
        """float[entries], regrets and strategy sums, row by row as ``game.layout`` numbers them; read-only."""
        table = self._run.trainer.table.view()
        table.flags.writeable = False
        return table

    @property
    def digest(self) -> str:
        """SHA-256 of the table and the iterations behind it, as the command prints it. Takes reading the whole table;
        every rank may ask for itself.
        """
        return "none (racing)" if self.config.mode == "racing" else self._digest()

    def _digest(self) -> str:
        return table_digest(self._run.trainer.table, self._run.trainer.progress)

    def run(self, iterations: int, *, time_budget: float | None = None) -> None:
        """Train for at least ``iterations`` more over all lanes, in whole batches, or for ``time_budget`` seconds.

        Calls add up: after ``run(800)`` twice the tables are those of one ``run(1600)``, where batches end there.
        Lines of progress go to standard error. With a logdir each call ends with a checkpoint and the policy's files.
        UserError, before anything is trained, on a number of iterations or seconds that is none.

        Ctrl-C (on any rank) ends the batch that is under way on all ranks and then raises KeyboardInterrupt on all of
        them; the solver stands at a whole batch, and can be asked, saved and run on. Collective.
        """
        more, seconds = whole_argument("iterations", iterations, 1), seconds_argument("time_budget", time_budget)
        self._run.aim_at(self.iterations + more, seconds)
        self._run.train()
        if self._run.trainer.stopped_by == "signal":
            raise KeyboardInterrupt(f"stopped after {self.iterations} iterations, at a whole batch")

    def average_policy(self) -> Policy:
        """The average policy so far, a copy: training on does not change it. Every rank may ask for itself."""
        problem, table = self._run.problem, self._run.trainer.table
        probability, visited = average_policy(problem.layout, table)
        digest = self._digest()
        return Policy(
            self.game,
            TabularPolicy(problem.layout, probability.astype(table.dtype), visited),
            problem.tables,
            f"{self.game.name}:{digest[:12]}",
            policy_manifest(problem, digest, self.iterations),
        )

    def save(self, folder: str | Path) -> None:
        """Write the average policy to ``folder``, which ``load_policy`` and the commands' ``--policy`` open then.

        Leaves ``policy/``, ``avg_policy.json`` and ``config.yaml`` there, each replaced at once where it was. UserError
        on the folder of another run that keeps checkpoints; SaveError where the disk refuses. Collective.
        """
        path = Path(folder)

        def save() -> None:
            if (path / "checkpoints").exists():
                raise UserError(f"{path}: holds a run with checkpoints; expected another folder")
            try:
                path.mkdir(parents=True, exist_ok=True)
                write_atomically(path / "config.yaml", config_to_yaml(self.config).encode())
                table, digest = self._run.trainer.table, self._digest()
                export_policy(self._run.problem, table, path / "policy", digest, self.iterations)
            except OSError as error:
                raise SaveError(f"{path}: {error.strerror or error}; the policy was not written") from None

        self.comm.on_root(save)

    def close(self) -> None:
        """Give the lock of the logdir back; the solver is not run any more. Without a logdir this does nothing."""
        self._run.close()

    def __enter__(self) -> "MCCFRSolver":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None):
        self.close()

    def __repr__(self) -> str:
        solver = self.config.solver
        return f"MCCFRSolver({self.game!r}, {solver.sampler}, {solver.algorithm}, {self.iterations} iterations)"


def _buckets(given: str | Sequence[int | str] | None) -> str | list[int | str] | None:
    if given is None or (isinstance(given, Sequence) and not isinstance(given, str)):
        return given if given is None else list(given)
    if not isinstance(given, str):
        raise UserError(f"buckets {shown(given)}: expected numbers by street, such as [169, 50, 50, 50]")
    try:
        return buckets_of_text(given)
    except ValueError:
        raise UserError(
            f"buckets {given!r}: expected numbers by street, or the folder of a built abstraction"
        ) from None


def _config_of(game: Game, overrides: dict[str, Any]) -> RunConfig:
    """The config of the game's run with ``overrides`` laid over it; that of the game alone where it came without."""
    run = {} if game.run_config is None else game.run_config.model_dump(mode="json")
    return model_of(RunConfig, {**run, "game": game.config.model_dump(mode="json")}, game.name, overrides)
