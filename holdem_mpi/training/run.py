"""A training run from a config to its summary: start or resume, train, export."""

import datetime
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from holdem_mpi.config.fingerprint import fingerprint, semantic_dict, semantic_differences
from holdem_mpi.config.load import differences_from_source, load_config
from holdem_mpi.config.run_config import RunConfig
from holdem_mpi.errors import DataError, SaveError, UserError
from holdem_mpi.parallel.communicator import Communicator
from holdem_mpi.parallel.compilers import compiling_beside
from holdem_mpi.parallel.notices import Notice
from holdem_mpi.parallel.stop_flag import StopFlag
from holdem_mpi.policy.tabular import table_entries
from holdem_mpi.storage.checkpoint import PENDING_ENTRIES, fits_pending, load_latest, read_manifests
from holdem_mpi.text import duration
from holdem_mpi.training.export import export_policy
from holdem_mpi.training.memory import check_memory
from holdem_mpi.training.problem import Problem
from holdem_mpi.training.stand_in import training_jobs
from holdem_mpi.training.start import build_problem, compile_first, trainer_for
from holdem_mpi.training.tensorboard_log import LoggedFolder
from holdem_mpi.training.trainer import Progress, Trainer, table_digest


def default_logdir(config: RunConfig) -> str:
    """``runs/GAME-DATE-TIME``, the first that does not exist yet."""
    stamp = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    path = Path("runs") / f"{config.game.name}-{stamp}"
    number = 1
    while path.exists():
        number += 1
        path = Path("runs") / f"{config.game.name}-{stamp}-{number}"
    return str(path)


def check_same_source(logdir: str, source: Path | str, overrides: dict[str, Any]) -> None:
    """UserError where ``--config`` or ``--game``, given beside ``--resume``, is not what the run has."""
    option = "--config" if isinstance(source, Path) else "--game"
    differences = differences_from_source(_stored_config(logdir), source, overrides)
    if differences:
        text = f"{option} {source} is not that run's ({'; '.join(differences)}); expected the run's own, or none"
        raise UserError(f"--resume {logdir}: {text}")


def _stored_config(logdir: str) -> RunConfig:
    path = Path(logdir) / "config.yaml"
    if not path.exists():
        raise UserError(f"--resume: {path} not found, expected the folder of a run")
    return load_config(path)


def resumed_config(logdir: str, overrides: dict[str, Any]) -> RunConfig:
    """The config that a run was started with, with operational options laid over it.

    UserError, naming each field with its old and its new value, where an option would change the result, and where
    ``--iters`` asks for less than is done.
    """
    old, new = _stored_config(logdir), load_config(Path(logdir) / "config.yaml", overrides)
    differences = semantic_differences(semantic_dict(old), semantic_dict(new))
    if differences:
        raise UserError(
            f"--resume {logdir}: the run was started otherwise ({'; '.join(differences)}); regrets and sums belong to "
            "these settings, so others need a new run, in another folder"
        )
    done = _iterations_done(Path(logdir))
    if (
        new.iters != old.iters and new.iters < done
    ):  # a run that rounded up to whole batches may be asked the same again
        raise UserError(f"--iters {new.iters}: the run in {logdir} has done {done} iterations; expected at least those")
    return new


def _iterations_done(folder: Path) -> int:
    """Iterations behind a run's newest checkpoint whose manifest can be read; 0 without one."""
    manifests, _ = read_manifests(folder / "checkpoints")
    return max((manifest["progress"]["iterations"] for manifest in manifests[-1:]), default=0)


class Run:
    """One run on one communicator: made, then ``train``, then ``close``. Without a logdir it lives in memory alone."""

    def __init__(self, config: RunConfig, comm: Communicator, resume: bool) -> None:
        """Lock the folder, build the game, load the checkpoint. Collective; UserError on every rank alike."""
        self.comm = comm
        self.config = config = config.completed(comm.size)
        self.folder: LoggedFolder | None = None
        self._new = False
        try:
            with compiling_beside(comm, lambda: training_jobs(config)):
                self._build(config, resume)
            self.trainer = self._trainer(resume)
            comm.on_root(self._update_config)
        except UserError:
            if self._new:
                self.folder.forget()
            self.close()
            raise

    def _build(self, config: RunConfig, resume: bool) -> None:
        """All that a training needs. Collective."""
        counted = check_memory(config, self.comm)
        if config.logdir is not None:
            self.comm.on_root(lambda: self._open_folder(config, resume))
        self.problem: Problem = build_problem(config, self.comm)
        if not counted:
            check_memory(config, self.comm, self.problem.layout)
        compile_first(self.problem, self.comm)

    def _open_folder(self, config: RunConfig, resume: bool) -> None:
        """Rank 0's side of the start. The config is written first, so that whatever is killed from here on resumes."""
        self.folder = LoggedFolder(config.logdir, resume, config.tensorboard)
        self._new = not self.folder.had_run
        if self._new:
            self._saved(lambda: self.folder.write_config(config))

    def _update_config(self) -> None:
        """Rank 0's side of a resume: config.yaml says with which operational options the run goes on."""
        if self.folder and not self._new and load_config(self.folder.config) != self.config:
            self._saved(lambda: self.folder.write_config(self.config))

    def close(self) -> None:
        """Release the folder's lock."""
        if self.folder:
            self.folder.close()

    def _trainer(self, resume: bool) -> Trainer:
        loaded: dict[str, np.ndarray] = {}
        found = self.comm.on_root(lambda: self._load(loaded) if resume else None)
        if found is None:
            if resume:
                self._say("no checkpoint was saved yet: starting at iteration 0")
                self.comm.on_root(lambda: self._saved(lambda: self.folder.truncate_metrics(0)))
            return trainer_for(self.problem, self.comm, self.folder, Progress())
        for warning in found["warnings"]:
            self._say(f"warning: {warning}")
        trainer = trainer_for(self.problem, self.comm, self.folder, Progress(**found["progress"]))
        trainer.share(loaded.pop("table", None))
        trainer.share_kept(loaded)
        self.comm.on_root(lambda: self._saved(lambda: self.folder.truncate_metrics(trainer.progress.batch)))
        self._say(f"resumed at {trainer.progress.iterations} iterations, batch {trainer.progress.batch}")
        if self.config.time_budget is not None:
            budget, spent = duration(self.config.time_budget), duration(trainer.progress.seconds)
            self._say(f"the time budget of {budget} begins anew, beside the {spent} that the run has taken")
        if self.config.iters is not None and trainer.progress.iterations >= self.config.iters:
            self._say("all iterations of the run are done: --iters N, of more than these, trains on")
        return trainer

    def _saved(self, save: Callable[[], None]) -> None:
        """Call ``save``, with SaveError in place of OSError."""
        try:
            save()
        except OSError as error:
            raise SaveError(
                f"{self.folder.path}: {error.strerror or error}; expected free space to write there"
            ) from None

    def _load(self, loaded: dict[str, np.ndarray]) -> dict[str, Any] | None:
        """Rank 0's side of a resume: the newest sound generation, compared with this config."""
        newest = load_latest(self.folder.checkpoints)
        if newest is None:
            return None
        arrays, manifest, warnings = newest
        differences = semantic_differences(manifest["semantic"], semantic_dict(self.config))
        if differences or manifest["fingerprint"] != fingerprint(self.config):
            raise UserError(f"{self.folder.path}: its checkpoint is of another config ({'; '.join(differences)})")
        progress = dict(manifest["progress"])
        # Earlier versions of this sampler's lanes counted in other units, and did not say in which.
        known = None if self.config.solver.facts.races else self.problem.units
        if progress.pop("units", known) != self.problem.units:
            raise DataError(
                f"{self.folder.path}: its checkpoint was trained by an earlier version, in other units; expected a new "
                "run in another folder (what this one has learnt can still be evaluated)"
            )
        for name, own in (
            ("bucket_digest", self.problem.bucket_digest),
            ("layout", self.problem.layout.fingerprint()),
        ):
            if progress.pop(name) != own:
                raise DataError(f"{self.folder.path}: its checkpoint was trained with another {name.replace('_', ' ')}")
        table = arrays["table"]
        entries = table_entries(self.config, self.problem.layout)
        if table.shape != (entries,) or table.dtype != np.dtype(self.config.solver.precision):
            raise DataError(f"{self.folder.path}: its checkpoint's table has {table.size} entries, not {entries}")
        if (PENDING_ENTRIES in arrays) != self.config.late_merge or not fits_pending(arrays):
            raise DataError(
                f"{self.folder.path}: its checkpoint's last batch is not what late_merge says; expected sums"
            )
        loaded.update(arrays)
        return {"progress": progress, "warnings": warnings}

    def _say(self, line: str) -> None:
        if self.comm.rank == 0:
            print(line, file=sys.stderr, flush=True)

    def aim_at(self, iters: int, time_budget: float | None = None) -> None:
        """Let ``train`` go on until ``iters`` iterations in all, or so many seconds from its call. Collective."""
        self.config = self.config.model_copy(update={"iters": iters, "time_budget": time_budget})
        self.trainer.problem = self.problem = replace(self.problem, config=self.config)
        if self.config.logdir is not None:
            self.comm.on_root(lambda: self._saved(lambda: self.folder.write_config(self.config)))

    def train(self) -> tuple[int, dict[str, Any] | None]:
        """Train; with a folder export the policy and write the summary. (exit code, that summary on rank 0)."""
        with StopFlag():  # a signal that comes while the result is written must not lose it
            return self._train()

    def _train(self) -> tuple[int, dict[str, Any] | None]:
        trainer, begin = self.trainer, time.perf_counter()
        first = Progress(**vars(trainer.progress))
        code = trainer.run()
        if self.config.logdir is None:
            return code, None
        if self.comm.rank != 0:
            self.comm.on_root(lambda: None)
            return code, None
        digest = table_digest(trainer.table, trainer.progress)
        racing = self.config.mode == "racing"
        summary = self._summary(first, time.perf_counter() - begin) | {"digest": "none (racing)" if racing else digest}

        def save() -> None:
            try:
                with Notice("writing the policy"):
                    export_policy(self.problem, trainer.table, self.folder.policy, digest, trainer.progress.iterations)
                self.folder.write_summary(summary)
            except OSError as error:
                raise SaveError(f"{self.folder.path}: {error.strerror or error}; the policy was not written") from None

        self.comm.on_root(save)
        return code, summary

    def _summary(self, first: Progress, seconds: float) -> dict[str, Any]:
        trainer, config = self.trainer, self.config
        progress = trainer.progress
        own = max(progress.seconds - first.seconds, 1e-9)
        return {
            "game": config.game.name,
            "iterations": progress.iterations,
            "batches": progress.batch,
            "ranks": self.comm.size,
            "mode": config.mode,
            "lanes": config.lanes,
            "batch_size": config.batch_size,
            "sampler": config.solver.sampler,
            "algorithm": config.solver.algorithm,
            "seed": config.solver.seed,
            "seconds": progress.seconds,
            "cpu_seconds": progress.cpu_seconds,
            "wall_seconds_of_this_process": seconds,
            "iterations_per_second": (progress.iterations - first.iterations) / own,
            "visits_per_second": (progress.visits - first.visits) / own,
            "merge_share": trainer.merge_seconds / own,
            "checkpoint_share": trainer.checkpointer.seconds / own,
            "infosets": self.problem.layout.num_rows,
            "infosets_visited": trainer.visited(),
            "stopped_by": trainer.stopped_by,
            "mpi": self.comm.mpi_version,
            "bucket_digest": self.problem.bucket_digest,
            "fingerprint": fingerprint(config),
        }
