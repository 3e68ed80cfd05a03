"""A run directory: what was trained, how, with which versions, and how it went.

It holds ``recipe.toml`` (every key resolved; ``coplug train`` reads it back), ``sessions.jsonl`` (versions
and start of each session), ``metrics.jsonl`` (one line an epoch), ``metrics.csv`` (the same as a table),
``checkpoint.safetensors``, ``policies/`` (kept policies), ``policy/`` (the best of them) and, if TensorBoard is
installed, ``tensorboard/``.
"""

from __future__ import annotations

import json
import os
import platform
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Self

import msgspec
import torch

from coplug.documents import Natural
from coplug.errors import OutputError, RecipeError, UsageError, WeightsError
from coplug.files import write_atomically
from coplug.run_metrics import METRICS_FILE, RECIPE_FILE, position, read_metrics
from coplug.training.card import CARD_FILE, card
from coplug.training.checkpoint import REMEDY, load_checkpoint, save_checkpoint
from coplug.training.metrics_table import MetricsTable
from coplug.training.recipe import Recipe, to_toml
from coplug.training.recipe_files import read_toml
from coplug.training.reporter import Metrics

CHECKPOINT_FILE = "checkpoint.safetensors"
TABLE_FILE = "metrics.csv"

_PACKAGES = ("coplug", "torch", "numpy", "pyscipopt")


@dataclass(frozen=True)
class _Saved:
    """A checkpoint: the epoch of the run, how long its metrics were, and the loop's state."""

    epoch: Natural
    metrics_bytes: Natural
    state: dict[str, Any]


def _read_checkpoint(path: Path) -> _Saved:
    try:
        return msgspec.convert(load_checkpoint(path), _Saved)
    except msgspec.ValidationError as error:
        raise WeightsError(f"cannot read checkpoint {path}: {error}; {REMEDY}") from error


class RunDirectory:
    """An open run directory; close it, or use it in a ``with`` statement.

    Parameters
    ----------
    directory : Path
    recipe : Recipe
    resume : bool
        Continue a run that is there. A run that was killed before its first checkpoint starts again.
    writes : bool
        False in all but one of several processes that train together: they read, and write nothing.

    Raises
    ------
    UsageError
        If there is a run and ``resume`` is false, or none and it is true.
    RecipeError
        If the run was made with another recipe, see :meth:`coplug.training.recipe.Recipe.conflicts`.
    WeightsError
        If its checkpoint is damaged.
    OutputError
        If the directory cannot be written.
    """

    def __init__(
        self,
        directory: Path,
        recipe: Recipe,
        *,
        resume: bool,
        writes: bool = True,
    ) -> None:
        self.directory = Path(directory)
        self.recipe = recipe
        self.writes = writes
        self.checkpoint_path = self.directory / CHECKPOINT_FILE
        self.metrics_path = self.directory / METRICS_FILE
        if resume:
            check_same_recipe(self.directory, recipe)
        has_state = resume and self.checkpoint_path.exists()
        self._saved = _read_checkpoint(self.checkpoint_path) if has_state else None
        self._board: Any = None
        self._table: MetricsTable | None = None
        if writes:
            self._open(recipe, resume)

    def _open(self, recipe: Recipe, resume: bool) -> None:
        claim(self.directory, recipe, resume=resume)
        _append(self.directory / "sessions.jsonl", _session())
        self._truncate_metrics(self._saved.metrics_bytes if self._saved else 0)
        rows = read_metrics(self.directory) if self.metrics_path.is_file() else []
        self._table = MetricsTable(self.directory / TABLE_FILE, rows)
        self._board = _tensorboard(self.directory / "tensorboard", position(rows[-1]) + 1 if rows else 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Finish writing."""
        if self._board is not None:
            self._board.close()

    def restore(self) -> dict[str, Any] | None:
        """Return the state of the last checkpoint, or None in a fresh run."""
        return self._saved.state if self._saved else None

    def checkpoint(self, epoch: int, state: dict[str, Any]) -> None:
        """Save ``state``, of a run that is in ``epoch``, for :meth:`restore`."""
        if not self.writes:
            return
        size = self.metrics_path.stat().st_size if self.metrics_path.exists() else 0
        save_checkpoint(self.checkpoint_path, vars(_Saved(epoch, size, state)))

    def log(self, metrics: Metrics) -> None:
        """Append the metrics of an epoch, which name it as ``epoch``."""
        if not self.writes:
            return
        _append(self.metrics_path, dict(metrics))
        if self._table is not None:
            self._table.add(metrics)
        if self._board is not None:
            at = position(metrics)
            for name, value in metrics.items():
                self._board.add_scalar(name, value, at)
            self._board.flush()

    def policy_path(self, epoch: int) -> Path:
        """Return where the policy of an epoch is kept."""
        return self.directory / "policies" / f"epoch-{epoch:04d}"

    def prune_policies(self, keep: set[int]) -> None:
        """Delete kept policies of other epochs."""
        if not self.writes:
            return
        wanted = {self.policy_path(epoch) for epoch in keep}
        for path in (self.directory / "policies").glob("epoch-*"):
            if path not in wanted:
                shutil.rmtree(path, ignore_errors=True)

    def publish(self, metrics: Metrics) -> Path:
        """Copy the policy of the epoch with these metrics to ``policy/``, with its card, and return that path."""
        target = self.directory / "policy"
        if not self.writes:
            return target
        temporary = self.directory / ".policy.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(self.policy_path(int(metrics["epoch"])), temporary)
        if not (temporary / CARD_FILE).exists():
            text = card(self.recipe, metrics, _versions())
            write_atomically(temporary / CARD_FILE, text.encode())
        shutil.rmtree(target, ignore_errors=True)
        temporary.rename(target)
        return target

    def _truncate_metrics(self, size: int) -> None:
        """Drop what a killed session wrote after its last checkpoint; those epochs are run again."""
        if self.metrics_path.exists() and self.metrics_path.stat().st_size > size:
            os.truncate(self.metrics_path, size)


def check_same_recipe(directory: Path, recipe: Recipe) -> None:
    """See that a directory holds a run that this recipe goes on with.

    Raises
    ------
    UsageError
        If it holds none.
    RecipeError
        If that was made with another recipe.
    """
    path = directory / RECIPE_FILE
    if not path.exists():
        raise UsageError(f"{directory} holds no run to resume; start one without --resume")
    conflicts = recipe.conflicts(read_toml(path))
    if conflicts:
        raise RecipeError(
            f"{directory} was made with another recipe, with other values of {', '.join(conflicts)}; "
            f"resume with the recipe {path}, or choose another --out"
        )


def claim(directory: Path, recipe: Recipe, *, resume: bool) -> None:
    """Write the recipe into a run directory, which must be new unless it is resumed.

    Raises
    ------
    UsageError
        If there is a run.
    OutputError
        If the recipe cannot be written.
    """
    path = directory / RECIPE_FILE
    if not resume and path.exists():
        raise UsageError(f"{directory} holds a run; continue it with --resume or choose another --out")
    write_atomically(path, to_toml(recipe).encode())


def _session() -> dict[str, Any]:
    """Return what is needed to explain a difference between two runs of one recipe."""
    return {
        "started": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "versions": _versions(),
        "threads": torch.get_num_threads(),
    }


def _versions() -> dict[str, str | None]:
    return {name: _version(name) for name in _PACKAGES}


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _append(path: Path, record: Mapping[str, Any]) -> None:
    try:
        with path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(record) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _tensorboard(directory: Path, first: int) -> Any:
    """Return a writer that hides what a killed session wrote last, or None without TensorBoard."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(directory), purge_step=first)
