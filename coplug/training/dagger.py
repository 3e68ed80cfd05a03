"""DAgger in rounds, and knowledge inheritance: the mean of the parameters of the best rounds.

It knows no problem; see :class:`DaggerTask`. Sources: Ross, Gordon and Bagnell, AISTATS 2011, algorithm 3.1; Cao et
al., ML4CO-KIDA: Knowledge Inheritance in Dataset Aggregation (NeurIPS 2021 competition), algorithm 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec
import torch
from torch import Tensor

from coplug.documents import read_document
from coplug.errors import OutputError, UsageError
from coplug.files import write_atomically

JOURNAL = "rounds.json"


class DaggerTask(Protocol):
    """What happens in a round. A round that was interrupted is done again, so its parts must be able to resume."""

    def collect(self, number: int, actor: Path | None) -> None:
        """Gather the data of round ``number`` while ``actor`` acts: the last round's policy, or the expert."""

    def learn(self, number: int) -> Path:
        """Learn from the data of all rounds so far, from the shared initial weights; returns the policy."""

    def score(self, policy: Path) -> float:
        """Return how good a policy is; more is better."""

    def average(self, policies: Sequence[Path], directory: Path) -> Path:
        """Write the policy whose parameters are the mean of those of ``policies``."""


@dataclass(frozen=True, slots=True)
class Round:
    """One finished round.

    Attributes
    ----------
    number : int
        From 0.
    policy : str
        Path of its weights directory.
    score : float
        Of the policy on the selection instances.
    """

    number: int
    policy: str
    score: float


@dataclass(frozen=True, slots=True)
class Inheritance:
    """What averaging gave.

    Attributes
    ----------
    rounds : tuple of Round
        All of them.
    averaged : dict of int to float
        Score of the mean of the best ``n`` rounds, for each ``n`` from 2 up to the number asked for.
    policy : Path
        The best of all: a single round or a mean.
    score : float
        Its score.
    """

    rounds: tuple[Round, ...]
    averaged: dict[int, float]
    policy: Path
    score: float


def run_dagger(task: DaggerTask, directory: Path, n_rounds: int, average_best: int) -> Inheritance:
    """Do the rounds that are not done yet, then average.

    Parameters
    ----------
    task : DaggerTask
    directory : Path
        Keeps :data:`JOURNAL`, one entry a finished round, and the averaged policies in ``inherited-N``.
    n_rounds : int
        At least 1.
    average_best : int
        Up to how many of the best rounds are averaged.

    Raises
    ------
    UsageError
        If a number is out of range.
    """
    if n_rounds < 1 or average_best < 1:
        raise UsageError(
            f"DAgger needs at least one round and one to average, not {n_rounds} and {average_best}"
        )
    rounds = read_rounds(directory)[:n_rounds]
    for number in range(len(rounds), n_rounds):
        task.collect(number, Path(rounds[-1].policy) if rounds else None)
        policy = task.learn(number)
        rounds.append(Round(number, str(policy), task.score(policy)))
        text = msgspec.json.format(msgspec.json.encode(rounds), indent=1)
        write_atomically(directory / JOURNAL, text)
    return _inherit(task, directory, rounds, min(average_best, n_rounds))


def read_rounds(directory: Path) -> list[Round]:
    """Return the finished rounds of a directory, none if it holds no journal.

    Raises
    ------
    OutputError
        If the journal is damaged.
    """
    path, remedy = directory / JOURNAL, "choose another --out"
    if not path.exists():
        return []
    rounds = read_document(path, list[Round], remedy, OutputError)
    if [r.number for r in rounds] != list(range(len(rounds))):
        raise OutputError(f"{path} is damaged (its rounds are not numbered from 0 on); {remedy}")
    return rounds


def _inherit(task: DaggerTask, directory: Path, rounds: Sequence[Round], average_best: int) -> Inheritance:
    ranked = sorted(rounds, key=lambda r: r.score, reverse=True)
    best, score = Path(ranked[0].policy), ranked[0].score
    averaged = {}
    for n in range(2, average_best + 1):
        policies = [Path(r.policy) for r in ranked[:n]]
        policy = task.average(policies, directory / f"inherited-{n}")
        averaged[n] = task.score(policy)
        if averaged[n] > score:
            best, score = policy, averaged[n]
    return Inheritance(tuple(rounds), averaged, best, score)


def average_parameters(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the arithmetic mean of the parameters of models of one architecture.

    Means are taken in double precision; tensors of integers must agree.

    Raises
    ------
    UsageError
        If there is no model, or names, shapes or integers differ.
    """
    if not states:
        raise UsageError("there are no parameters to average")
    first = states[0]
    for other in states[1:]:
        if first.keys() != other.keys() or any(first[name].shape != other[name].shape for name in first):
            raise UsageError("only parameters of the same names and shapes can be averaged")
    return {name: _mean([state[name] for state in states], name) for name in first}


def _mean(tensors: Sequence[Tensor], name: str) -> Tensor:
    first = tensors[0]
    if first.is_floating_point():
        return torch.stack([t.double() for t in tensors]).mean(0).to(first.dtype)
    if any(not torch.equal(first, other) for other in tensors[1:]):
        raise UsageError(f"{name} holds integers that differ, which have no mean")
    return first.clone()
