from __future__ import annotations

import pytest

from coplug.comparison import objective_mismatches, summarise, summarise_values
from coplug.measurement import Run


def run(instance, policy, objective, status="timelimit", time_s=2.0, seed=0):
    return Run(instance, seed, policy, status, objective, 100.0, 0, time_s, 0, 0.0, 0)


RUNS = [
    run("a", "none", 10.0),
    run("a", "p", 8.0, time_s=4.0),
    run("b", "none", 5.0, "optimal"),
    run("b", "p", 5.0),
    run("c", "none", 7.0),
]


def test_values_are_measured_by_the_best_of_each_pair():
    none, policy = summarise_values(RUNS, ("none", "p"), "max")
    assert (none.value, none.shortfall, none.best, none.proved, none.runs) == (7.5, 0.0, 2, 1, 2)
    assert policy.value == 6.5
    assert policy.shortfall == pytest.approx(0.5 * 0.2)
    assert (policy.best, policy.time_s) == (1, 3.0)
    none, policy = summarise_values(RUNS, ("none", "p"), "min")
    assert none.shortfall == pytest.approx(0.5 * 0.25)
    assert (none.best, policy.best) == (1, 2)


def test_a_best_value_of_0_is_no_division():
    (_, policy) = summarise_values([run("a", "none", 0.0), run("a", "p", -2.0)], ("none", "p"), "max")
    assert policy.shortfall == 2.0


def test_what_has_no_optimum_is_counted_apart():
    (summary,) = summarise([run("a", "p", 1.0, "infeasible"), run("b", "p", 1.0, "optimal")], ("p",))
    assert (summary.solved, summary.without_optimum, summary.runs) == (1, 1, 2)


def test_proofs_that_contradict_each_other_are_named():
    runs = [
        run("a", "none", 1.0, "optimal"),
        run("a", "p", 1.0, "infeasible"),
        run("b", "p", 1.0, "infeasible"),
    ]
    assert objective_mismatches(runs) == ["a: optimal in one run, infeasible in another"]
