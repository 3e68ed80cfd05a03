"""A branching policy for some instances under some settings: samples, networks of several widths, and the choice."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType

from coplug.durations import shown_duration
from coplug.errors import CoplugError, SamplesError
from coplug.extras import install_command
from coplug.fitting.plan import ENDS
from coplug.inference.weights import load_weights, save_weights
from coplug.parallel import Workers
from coplug.scip.settings import ParameterValue
from coplug.tuning.ledger import Allowance

WIDTHS = {"width-32": (32, 0.65), "width-16": (16, 0.35)}
"""Of the networks by their names, and the share of the time for training that each gets."""

EXPERT_PROBABILITY = 0.4
MAX_CANDIDATES = 16
SOFT_TARGETS = 0.1
"""What the policies of the zoo found to matter: few candidates at many nodes, and targets over all good ones."""
ENOUGH_SAMPLES = 20_000
LEAST_SAMPLES = 100
VALIDATION_PART = 0.15
"""Of the time for samples, for those by which epochs are compared."""
EPISODE_SHARE = 0.2
"""Of the time for samples, for one episode at most."""

LEAST_TRAINING_S = 20.0
"""Importing torch, and a first epoch of each network, take some seconds: with less, training would take the time of
the decision."""

SHORTLIST, SHORTLIST_AFTER = 8, 50


def why_untrained(budget_s: float) -> str:
    """Return a line on why nothing is trained, whatever there is to learn; empty if something can be."""
    return missing_torch() or _too_little_to_train(budget_s)


def missing_torch() -> str:
    """Return a line on why nothing can be trained; empty if something can."""
    if find_spec("torch") is not None:
        return ""
    return f"a policy is learned with torch: {install_command('train')}; settings alone without it"


def _too_little_to_train(budget_s: float) -> str:
    part = ENDS["training"] - ENDS["samples"]
    if part * budget_s >= LEAST_TRAINING_S:
        return ""
    least = shown_duration(LEAST_TRAINING_S / part)
    return f"a policy is learned with a budget of {least} and more; settings alone with less"


class _EnoughError(Exception):
    """The time for samples is over."""


def collect_samples(
    folder: Path,
    train: Sequence[str],
    validation: Sequence[str],
    settings: Mapping[str, ParameterValue],
    allowance: Allowance,
    workers: Workers,
    seed: int,
    actor: str = "",
) -> tuple[int, int]:
    """Record strong branching under the settings; goes on where samples are there already.

    With an ``actor``, the folder of a policy, this one branches wherever strong branching is not asked, and the
    samples come from the nodes that it meets.

    Returns
    -------
    n_train, n_valid : int

    Raises
    ------
    SamplesError
        If there are too few to learn from.
    """
    from coplug.training.collect import CollectionSettings, collect, samples_so_far

    totals = []
    valid_end_s = allowance.begun_s + VALIDATION_PART * allowance.budget_s
    for name, paths, until_s in (
        ("valid", validation, valid_end_s),
        ("train", train, allowance.begun_s + allowance.budget_s),
    ):
        collection = CollectionSettings(
            instances=tuple(paths),
            seed=2 * seed + (name == "valid"),
            probability=EXPERT_PROBABILITY,
            candidates="lp",
            max_candidates=MAX_CANDIDATES,
            episode_time_limit_s=max(2.0, EPISODE_SHARE * (until_s - allowance.begun_s)),
            protocol="permuted",
            actor=actor,
            scip_parameters=dict(settings),
        )
        if allowance.spent_s < until_s:
            with suppress(_EnoughError):
                collect(
                    collection,
                    folder / name,
                    ENOUGH_SAMPLES,
                    jobs=workers,
                    on_episode=_until(allowance, until_s, workers),
                )
        totals.append(samples_so_far(folder / name))
    n_valid, n_train = totals
    if n_train < LEAST_SAMPLES or n_valid < LEAST_SAMPLES // 10:
        raise SamplesError(
            f"{n_train} samples are too few to learn from: too little is branched in this time"
        )
    return n_train, n_valid


def _until(allowance: Allowance, until_s: float, workers: Workers) -> Callable[[object, int], None]:
    def on_episode(episode: object, total: int) -> None:
        if workers != Workers():
            allowance.add(float(getattr(episode, "time_s", 0.0)))
        if allowance.spent_s >= until_s:
            raise _EnoughError

    return on_episode


def train_networks(
    folder: Path,
    samples: Sequence[Path],
    valid: Sequence[Path],
    allowance: Allowance,
    seed: int,
    widths: Mapping[str, tuple[int, float]] = MappingProxyType(WIDTHS),
) -> dict[str, Path]:
    """Train a network of each width, or go on; returns their policies by name.

    Raises
    ------
    CoplugError
        If training cannot be run.
    """
    from coplug.training.train import train

    trained: dict[str, Path] = {}
    budget_s, shares = allowance.left_s, sum(share for _, share in widths.values())
    for name, (width, share) in widths.items():
        out = folder / name
        outcome = train(
            "branching-gcnn",
            {
                "model.width": width,
                "seed": seed,
                "samples.train": ",".join(map(str, samples)),
                "samples.valid": ",".join(map(str, valid)),
                "soft_targets": SOFT_TARGETS,
                "epoch_steps": 100,
                "patience": 6,
                "early_stop": 15,
                "keep_last": 1,
                "keep_best": 1,
                "max_time_s": max(1.0, share / shares * budget_s),
                "cpu_clock": True,
                "device": "cpu",
            },
            out=out,
            resume=(out / "recipe.toml").exists(),
        )
        if outcome.signal:
            raise KeyboardInterrupt(outcome.signal)
        if outcome.policy is not None:
            trained[name] = outcome.policy
    if not trained:
        raise CoplugError("no epoch of training was finished in this time")
    return trained


def candidates(
    folder: Path, trained: Mapping[str, Path], settings: Mapping[str, ParameterValue]
) -> dict[str, Path]:
    """Write each network under the settings, alone and with a shortlist; returns their folders by name."""
    found: dict[str, Path] = {}
    for name, policy in trained.items():
        tensors, config = load_weights(policy)
        for suffix, more in (
            ("", {}),
            ("-shortlist", {"shortlist": SHORTLIST, "shortlist_after": SHORTLIST_AFTER}),
        ):
            directory = folder / f"{name}{suffix}"
            traits = {"candidates": "lp", "scip_parameters": dict(settings), **more}
            save_weights(directory, tensors, config | traits)
            found[directory.name] = directory
    return found
