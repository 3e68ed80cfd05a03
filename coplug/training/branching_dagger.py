"""KIDA: branching policies learned by DAgger in rounds, and the mean of the best of them.

Source: Cao et al., ML4CO-KIDA: Knowledge Inheritance in Dataset Aggregation (NeurIPS 2021 competition).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import torch

from coplug.contracts.policy import CandidateKind
from coplug.errors import ParameterError, RecipeError
from coplug.inference.weights import load_weights, save_weights
from coplug.measurement import NODE_SHIFT, TIME_SHIFT_S, Conditions, run_once, shifted_geometric_mean
from coplug.parallel import Workers, run_unordered
from coplug.run_metrics import RECIPE_FILE
from coplug.scip.allowed_parameters import check_allowed
from coplug.scip.expert import Ties
from coplug.scip.problem import find_instances
from coplug.scip.settings import DUAL_TASK, PROTOCOLS
from coplug.training.branching import BranchingRecipe, ModelSettings, SampleSettings, train_branching
from coplug.training.collect import CollectionSettings, collect
from coplug.training.dagger import Inheritance, average_parameters, run_dagger
from coplug.training.optimizer import OptimizerSettings
from coplug.training.outcome import Outcome
from coplug.training.recipe import Arguments, Recipe
from coplug.training.reporter import Reporter
from coplug.training.run_directory import check_same_recipe, claim
from coplug.training.samples import SampleUnion

SHIFTS = {"nodes": NODE_SHIFT, "time_s": TIME_SHIFT_S}
"""Of the geometric means by which policies are judged on the selection instances; less is better."""

BOUND_INTEGRAL = "bound_integral"
"""The other measure: the mean integral of the dual bound, as in the ML4CO competition; more is better."""


@dataclass(frozen=True, kw_only=True)
class InstanceSettings:
    """Files or directories of instances to collect training and validation samples from, and to judge policies on."""

    train: str
    valid: str
    select: str


@dataclass(frozen=True, kw_only=True)
class CollectSettings:
    """What is collected in a round.

    Attributes
    ----------
    train : int
        Samples to learn from.
    valid : int
        Samples to validate on.
    probability : float
        Of asking strong branching at a node; the last round's policy branches at the others.
    exploration : str
        SCIP's rule at the others in the first round.
    episode_time_limit_s : float
        Seconds after which collecting from an instance stops.
    candidates : "pseudo" or "lp"
        Which ones strong branching scores.
    max_candidates : int
        How many of them at most, drawn at each node; 0 for all.
    trial_iterations : int
        Simplex iterations of each of strong branching's trials at most; 0 for no limit.
    expert : str
        Policy that is recorded and followed instead of strong branching, if not empty.
    ties : "record", "skip" or "weight"
        What becomes of nodes whose candidates all have the same score, see
        :class:`coplug.scip.expert.ExpertBranching`.
    jobs : int
        Processes that collect.
    """

    train: int = field(default=1000, metadata={"minimum": 1})
    valid: int = field(default=400, metadata={"minimum": 1})
    probability: float = 0.05
    exploration: str = "pscost"
    episode_time_limit_s: float = field(default=900.0, metadata={"minimum": 0.0})
    candidates: str = "pseudo"
    max_candidates: int = field(default=0, metadata={"minimum": 0})
    trial_iterations: int = field(default=0, metadata={"minimum": 0})
    expert: str = ""
    ties: str = "record"
    jobs: int = field(default=1, metadata={"minimum": 1})


@dataclass(frozen=True, kw_only=True)
class SelectSettings:
    """How policies are judged.

    Attributes
    ----------
    by : str
        ``nodes`` or ``time_s``: shifted geometric mean over the selection instances and seeds; or
        ``bound_integral``, its mean, which needs the protocol ``ml4co``.
    seeds : int
        SCIP seeds of each instance.
    time_limit_s : float
        For each solve.
    """

    by: str = "nodes"
    seeds: int = field(default=1, metadata={"minimum": 1})
    time_limit_s: float = field(default=300.0, metadata={"minimum": 0.0})

    def __post_init__(self) -> None:
        if self.by not in (*SHIFTS, BOUND_INTEGRAL):
            raise RecipeError(
                f"select.by is {self.by!r}, expected one of {', '.join((*SHIFTS, BOUND_INTEGRAL))}"
            )


@dataclass(frozen=True, kw_only=True)
class LearnSettings:
    """Training of a round, from scratch; see :class:`coplug.training.branching.BranchingRecipe`."""

    batch_size: int = field(default=32, metadata={"minimum": 1})
    epoch_steps: int = field(default=100, metadata={"minimum": 1})
    max_epochs: int = field(default=10, metadata={"minimum": 1})
    patience: int = field(default=10, metadata={"minimum": 1})
    early_stop: int = field(default=20, metadata={"minimum": 1})
    soft_targets: float = field(default=0.0, metadata={"minimum": 0.0})


@dataclass(frozen=True, kw_only=True)
class BranchingDaggerRecipe(Recipe):
    """What KIDA needs to know.

    Attributes
    ----------
    instances : InstanceSettings
        Where they are.
    rounds : int
        In each, data are added and a policy is learned from all of them, from the same initial weights.
    average_best : int
        The parameters of up to so many of the best rounds are averaged.
    protocol : str
        SCIP's settings in all solves, see :data:`coplug.scip.settings.PROTOCOLS`.
    scip_parameters : table
        What is set on top of them; the policies bring it along.
    collect : CollectSettings
        What is collected in a round.
    learn : LearnSettings
        Training of a round.
    select : SelectSettings
        How policies are judged.
    model : ModelSettings
        The network.
    optimizer : OptimizerSettings
        Of each round's training.
    """

    instances: InstanceSettings
    rounds: int = field(default=5, metadata={"minimum": 1})
    average_best: int = field(default=3, metadata={"minimum": 1})
    protocol: str = "gasse"
    scip_parameters: Arguments = field(default_factory=dict)
    collect: CollectSettings = field(default=CollectSettings())
    learn: LearnSettings = field(default=LearnSettings())
    select: SelectSettings = field(default=SelectSettings())
    model: ModelSettings = field(default=ModelSettings())
    optimizer: OptimizerSettings = field(default=OptimizerSettings())

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise RecipeError(f"protocol is {self.protocol!r}, expected one of {', '.join(PROTOCOLS)}")
        try:
            check_allowed(self.scip_parameters)
        except ParameterError as error:
            raise RecipeError(f"scip_parameters {error}") from error
        if (self.select.by == BOUND_INTEGRAL) != (self.protocol == DUAL_TASK):
            raise RecipeError(f"select.by = {BOUND_INTEGRAL!r} and protocol = {DUAL_TASK!r} need each other")


class BranchingDagger:
    """A :class:`coplug.training.dagger.DaggerTask` for branching.

    Parameters
    ----------
    recipe : BranchingDaggerRecipe
    directory : Path
        Gets ``round-NN/{train,valid,run}``.
    reporter : Reporter
    """

    def __init__(self, recipe: BranchingDaggerRecipe, directory: Path, reporter: Reporter) -> None:
        self.recipe = recipe
        self.directory = directory
        self.reporter = reporter
        self._instances = {
            part: find_instances([Path(getattr(recipe.instances, part))])
            for part in ("train", "valid", "select")
        }

    def collect(self, number: int, actor: Path | None) -> None:
        """See :meth:`coplug.training.dagger.DaggerTask.collect`."""
        settings = self.recipe.collect
        for offset, (part, n_samples) in enumerate((("train", settings.train), ("valid", settings.valid))):
            self.reporter.message(f"round {number + 1}: collecting {n_samples} {part} samples")
            collection = CollectionSettings(
                instances=self._instances[part],
                seed=self.recipe.seed + 2 * number + offset,
                probability=settings.probability,
                exploration=settings.exploration,
                episode_time_limit_s=settings.episode_time_limit_s,
                actor=str(actor) if actor else "",
                candidates=cast(CandidateKind, settings.candidates),
                max_candidates=settings.max_candidates,
                trial_iterations=settings.trial_iterations,
                expert=settings.expert,
                ties=cast(Ties, settings.ties),
                protocol=self.recipe.protocol,
                scip_parameters=self.recipe.scip_parameters,
            )
            collect(collection, self._round(number) / part, n_samples, jobs=Workers(settings.jobs))

    def learn(self, number: int) -> Path:
        """See :meth:`coplug.training.dagger.DaggerTask.learn`."""
        rounds = [self._round(k) for k in range(number + 1)]
        out = self._round(number) / "run"
        recipe = BranchingRecipe(
            kind="branching-imitation",
            seed=self.recipe.seed,
            device=self.recipe.device,
            samples=SampleSettings(train=f"rounds 1 to {number + 1}", valid=f"rounds 1 to {number + 1}"),
            model=self.recipe.model,
            optimizer=self.recipe.optimizer,
            **dataclasses.asdict(self.recipe.learn),
        )
        learned, valid = (SampleUnion([r / part for r in rounds]) for part in ("train", "valid"))
        resume = (out / RECIPE_FILE).exists()
        outcome = train_branching(recipe, learned, valid, out, resume=resume, reporter=self.reporter)
        if outcome.signal or outcome.policy is None:
            raise KeyboardInterrupt
        tensors, config = load_weights(outcome.policy)
        save_weights(outcome.policy, tensors, config | {"scip_parameters": self.recipe.scip_parameters})
        return outcome.policy

    def score(self, policy: Path) -> float:
        """Return what policies are judged by, negative where less is better."""
        select = self.recipe.select
        conditions = Conditions(self.recipe.protocol, select.time_limit_s)
        calls = [
            (conditions, path, seed, str(policy))
            for path in self._instances["select"]
            for seed in range(select.seeds)
        ]
        runs = run_unordered(run_once, calls, Workers(self.recipe.collect.jobs))
        values = [float(getattr(run, select.by)) for run in runs]
        score = _mean(values, select.by)
        self.reporter.message(f"{policy}: {select.by} {_measured(score, select.by):.4g}")
        return score

    def average(self, policies: Sequence[Path], directory: Path) -> Path:
        """See :meth:`coplug.training.dagger.DaggerTask.average`."""
        weights = [load_weights(policy) for policy in policies]
        states = [
            {name: torch.from_numpy(array) for name, array in tensors.items()} for tensors, _ in weights
        ]
        mean = {name: tensor.numpy() for name, tensor in average_parameters(states).items()}
        config = dict(weights[0][1])
        config["training"] = {"mean_of": [str(policy) for policy in policies]}
        save_weights(directory, mean, config)
        return directory

    def _round(self, number: int) -> Path:
        return self.directory / f"round-{number + 1:02d}"


class BranchingDaggerTrainer:
    """The trainer of ``kind = "branching-dagger"``."""

    recipe_type = BranchingDaggerRecipe

    def train(self, recipe: BranchingDaggerRecipe, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Do the rounds, average, and leave the best policy in ``out/policy`` and a table in ``out/rounds.json``.

        A round that was cut short continues with ``resume``.

        Raises
        ------
        InstanceError, SamplesError, RecipeError, UsageError, OutputError
            If instances are missing, or as :mod:`coplug.training.run_directory` and :mod:`coplug.training.collect`.
        """
        task = BranchingDagger(recipe, out, reporter)
        if resume:
            check_same_recipe(out, recipe)
        claim(out, recipe, resume=resume)
        try:
            found = run_dagger(task, out, recipe.rounds, recipe.average_best)
        except KeyboardInterrupt:
            return Outcome("interrupted", 0, {}, None, signal=2)
        metrics = summary(found, recipe.select.by)
        for line in table(found, recipe.select.by):
            reporter.message(line)
        tensors, config = load_weights(found.policy)
        settings = {"recipe": dataclasses.asdict(recipe), "metrics": metrics}
        config["training"] = settings | {"learned": config["training"]}
        save_weights(out / "policy", tensors, config)
        return Outcome("finished", recipe.rounds, metrics, out / "policy", metric=f"valid_{recipe.select.by}")


def _mean(values: Sequence[float], by: str) -> float:
    if by == BOUND_INTEGRAL:
        return float(np.mean(values))
    return -shifted_geometric_mean(values, SHIFTS[by])


def _measured(score: float, by: str) -> float:
    """Return what a score measures, without the sign that makes more better."""
    return score if by == BOUND_INTEGRAL else -score


def summary(found: Inheritance, by: str) -> dict[str, float]:
    """Return the best single round, and the best of all, as metrics; ``epoch`` is the round."""
    single = max(found.rounds, key=lambda r: r.score)
    return {
        "epoch": float(single.number),
        f"valid_{by}": _measured(found.score, by),
        f"best_round_{by}": _measured(single.score, by),
        **{f"mean_of_{n}_{by}": _measured(score, by) for n, score in found.averaged.items()},
    }


def table(found: Inheritance, by: str) -> list[str]:
    """Return what every round and every mean reached, as a table."""
    rows = [(f"round {r.number + 1}", r.score) for r in found.rounds]
    rows += [(f"mean of the best {n}", score) for n, score in found.averaged.items()]
    return [
        f"| policy | {by} |",
        "|---|---|",
        *(f"| {name} | {_measured(score, by):.4g} |" for name, score in rows),
    ]


trainer = BranchingDaggerTrainer()
