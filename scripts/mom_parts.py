"""What ``scripts/reproduce_mom.py`` measures: the samples of each part's cells, and the methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.problems.contextual_lp.batches import solve_all
from coplug.problems.contextual_lp.data import Observations, observations
from coplug.problems.contextual_lp.families.drawn import draw_costs
from coplug.problems.contextual_lp.families.knapsacks import ContextualKnapsack
from coplug.problems.contextual_lp.families.networks import grid_program
from coplug.problems.contextual_lp.program import LinearProgram, make_program
from coplug.problems.contextual_lp.settings import Settings

Float = NDArray[np.float64]
Row = dict[str, Any]

N_TEST = 1000
STRENGTH = 0.01
"""Of the paper's experiments."""


@dataclass(frozen=True)
class Setting:
    """What is measured in a part: cells with what makes their samples, and methods."""

    cells: tuple[Row, ...]
    draw: Callable[[Row, int], tuple[LinearProgram, Observations, Observations]]
    methods: Mapping[str, Callable[[Row], Settings]]


def fixed(method: str, **more: Any) -> Callable[[Row], Settings]:
    """Return settings that do not depend on the cell."""
    return lambda cell: Settings(method=method, **more)


def epochs_of(cell: Row) -> int:
    """Return as many epochs as PyEPO's examples take for few and for many samples."""
    return 100 if cell["samples"] <= 200 else 20


def stepwise(method: str) -> Callable[[Row], Settings]:
    """Return settings of a method that learns step by step."""
    return lambda cell: Settings(method=method, epochs=epochs_of(cell))


def bagged(method: str) -> Callable[[Row], Settings]:
    """Return settings under which held-out decisions also choose whether predictors of resampled data are averaged."""
    return fixed(method, bags=0)


def chosen(cell: Row) -> Settings:
    """Return CILP with everything chosen by held-out decisions: strength, degree, and whether bags are averaged."""
    return Settings(method="cilp", predictor="auto", bags=0)


def with_test(
    program: LinearProgram, contexts: Float, costs: Float, n: int
) -> tuple[LinearProgram, Observations, Observations]:
    """Return a program, ``n`` samples to learn from, and the rest to judge by."""
    decisions = solve_all(program, costs).checked("samples")
    data, rows = observations(program, contexts, decisions, costs), np.arange(len(contexts))
    return program, data.part(rows[:n]), data.part(rows[n:])


def pyepo_paths(cell: Row, seed: int) -> tuple[LinearProgram, Observations, Observations]:
    """Draw shortest paths as PyEPO does, training and test samples in one call."""
    program, n = grid_program(5, 5), cell["samples"]
    rng = np.random.RandomState(42 + seed)
    contexts, costs = draw_costs(n + N_TEST, 5, program.n_columns, cell["degree"], cell["noise"], rng)
    return with_test(program, contexts, costs, n)


def pyepo_items(cell: Row, seed: int) -> tuple[LinearProgram, Observations, Observations]:
    """Draw fractional knapsacks with PyEPO's numbers."""
    n = cell["samples"]
    family = ContextualKnapsack(n_samples=n + N_TEST, degree=cell["degree"], noise=cell["noise"])
    drawn = family.generate(np.random.RandomState(42 + seed))
    return with_test(drawn.program, drawn.contexts, drawn.costs, n)


def paper_paths(cell: Row, seed: int) -> tuple[LinearProgram, Observations, Observations]:
    """Draw the paper's shortest paths: six contexts, the last constant, costs ``((B z) / sqrt(6) + 3)^degree + 1``."""
    rng, program, n = np.random.RandomState(1000 + seed), grid_program(5, 5), cell["samples"]
    mixing = rng.binomial(1, 0.5, (program.n_columns, 6))
    contexts = np.hstack([rng.normal(0, 1, (n + N_TEST, 5)), np.ones((n + N_TEST, 1))])
    costs = (contexts @ mixing.T / np.sqrt(6) + 3) ** cell["degree"] + 1
    program, train, test = with_test(program, contexts, costs, n)
    attack = cell.get("attack", 0.0)
    if attack and train.costs is not None:
        half = rng.permutation(n)[: n // 2]
        scale = np.ones((n, 1))
        scale[half, 0] += attack * rng.random(len(half))
        train = replace(train, costs=train.costs * scale)
    return program, train, test


def paper_items(cell: Row, seed: int) -> tuple[LinearProgram, Observations, Observations]:
    """Draw fractional knapsacks of the paper's form: 10 items of random prices, values ``(B z)^degree`` of 5 contexts.

    Contexts are uniform in -1..1 and values may be negative at odd degrees. The budget is half of all prices, and noise
    multiplies values by uniform numbers of ``1 - noise .. 1 + noise``: the paper does not say either.
    """
    rng, n = np.random.RandomState(2000 + seed), cell["samples"]
    prices = rng.randint(1, 1000, 10).astype(np.float64)
    mixing, contexts = rng.binomial(1, 0.5, (10, 5)), rng.uniform(-1, 1, (n + N_TEST, 5))
    values = (contexts @ mixing.T) ** cell["degree"]
    values = values * rng.uniform(1 - cell["noise"], 1 + cell["noise"], values.shape)
    program = make_program(
        "knapsack", prices[None] / 100, np.array([-np.inf]), np.array([prices.sum() / 200]), 1.0, "max"
    )
    return with_test(program, contexts, values, n)


CELLS: tuple[Row, ...] = tuple(
    {"samples": n, "noise": noise, "degree": degree}
    for n in (100, 1000)
    for noise in (0.0, 0.5)
    for degree in (1, 4, 6)
)

TABLE = {
    "least-squares": fixed("least-squares"),
    "ridge": fixed("ridge"),
    "forest": fixed("forest"),
    "spo+": stepwise("spo+"),
    "fenchel-young": stepwise("fenchel-young"),
    "contrastive": stepwise("contrastive"),
    "mom": fixed("mom"),
    "cilp": fixed("cilp"),
    "mom-bags": bagged("mom"),
    "cilp-bags": bagged("cilp"),
    "cilp-auto": chosen,
}

PAPER = {
    "forest": fixed("forest"),
    "least-squares": fixed("least-squares"),
    "ridge": fixed("ridge", strength=0.1),
    "mom": fixed("mom", strength=STRENGTH),
    "cilp": fixed("cilp", strength=STRENGTH),
    "spo+": stepwise("spo+"),
}

PARTS = {
    "degrees": Setting(
        tuple({"samples": 200, "degree": degree} for degree in (1, 2, 4, 6)), paper_paths, PAPER
    ),
    "attack": Setting(
        tuple(
            {"samples": 200, "degree": degree, "attack": attack}
            for degree in (1, 6)
            for attack in (0.0, 0.1, 1.0, 3.0)
        ),
        paper_paths,
        PAPER
        | {
            "mom-radial": fixed("mom", strength=STRENGTH, predictor="radial"),
            "ridge-radial": fixed("ridge", strength=STRENGTH, predictor="radial"),
        },
    ),
    "knapsack": Setting(
        (
            {"samples": 100, "degree": 1, "noise": 0.5},
            {"samples": 2000, "degree": 1, "noise": 0.5},
            {"samples": 500, "degree": 4, "noise": 0.0},
        ),
        paper_items,
        PAPER
        | {
            "mom-polynomial": fixed("mom", strength=1e-3, predictor="polynomial", degree=3),
            "ridge-radial": fixed("ridge", strength=STRENGTH, predictor="radial", landmarks=200),
        },
    ),
    "cells": Setting(CELLS, pyepo_paths, TABLE),
    "items": Setting(CELLS, pyepo_items, TABLE),
}
