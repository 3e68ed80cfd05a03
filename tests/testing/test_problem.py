"""Problems that keep their contract, and others that break it, each in its own way."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from coplug.contracts.problem import PROBLEMS, Options, Problem
from coplug.errors import InstanceError, PolicyError
from coplug.options import option
from coplug.report import Progress, Report
from coplug.testing import ProblemCheckError, check_problem
from tests.conftest import INSTANCES

KNAPSACK = '{"profits": [[3, 1, 2], [1, 4, 2]], "weights": [[2, 3, 1]], "capacities": [4]}'
NETWORK = '{"positions": [[0, 0], [1, 0], [1, 1], [0, 1], [2, 1]], "radius": 1.1}'
GRAPH = "0 1\n1 2\n2 3\n3 4\n4 0\n5 0\n5 2\n"


@pytest.mark.parametrize("name", PROBLEMS.names())
def test_every_problem_keeps_its_contract(name, tmp_path):
    graph = tmp_path / "graph.edgelist"
    graph.write_text(GRAPH)
    knapsack = tmp_path / "knapsack.json"
    knapsack.write_text(KNAPSACK)
    network = tmp_path / "network.json"
    network.write_text(NETWORK)
    channel, cells = tmp_path / "channel.npz", tmp_path / "cells.npz"
    np.savez(channel, H=np.array([[1.0, 0.5j], [0.2, 1.0 + 0.0j]]), noise=0.1, power=1.0)
    np.savez(cells, beta=np.array([[1.0, 0.2], [0.3, 0.9], [0.5, 0.4]]), noise=0.5, power=1.0)
    given = {
        "contextual-lp": ({"instance": INSTANCES / "facilities-tiny-0001.lp"}, {"time_limit": 5}),
        "precoding": ({"instance": channel}, {"time_limit": 5}),
        "power": ({"instance": cells}, {"time_limit": 5}),
        "routing": ({"instance": network}, {"time_limit": 5}),
        "knapsack": ({"instance": knapsack}, {"time_limit": 5}),
        "milp": ({"instance": INSTANCES / "setcover-tiny-0001.lp"}, {"node_limit": 5}),
        "extremal": ({}, {"nodes": 14, "out": tmp_path, "time_limit": 5}),
        "influence": ({"instance": graph}, {"budget": 2, "time_limit": 5}),
    }
    instance, options = given.get(name, ({"instance": graph}, {"time_limit": 5}))
    check_problem(name, **instance, **options)


@dataclass(frozen=True, kw_only=True)
class CountOptions(Options):
    """What counting can be asked.

    Attributes
    ----------
    step : int
        By how much.
    """

    step: int = option(1, minimum=1)


class Counting(Problem[int, CountOptions]):
    """The largest number in a file, found by counting up to it."""

    name = "counting"
    description = "the largest number in a file"
    sense = "max"
    suffixes = (".numbers",)
    options_type = CountOptions

    def read(self, path, options):
        try:
            return max(map(int, Path(path).read_text().split()))
        except OSError as error:
            raise InstanceError(f"{path} cannot be read") from error

    def policies(self):
        return {"none": "counting"}

    def load_policy(self, name):
        if name != "none":
            raise PolicyError(f"no policy {name}")

    def solve(self, instance, options, progress, stop):
        found = 0
        while found + options.step <= instance and not stop():
            found += options.step
            if progress is not None:
                progress(Progress(time_s=float(found), objective=found, bound=instance))
        return Report(
            problem=self.name, instance="numbers", status="optimal" if found == instance else "timelimit",
            sense="max", objective=found, bound=instance, gap=None, time_s=1.0, seed=options.seed, solution=str(found),
        )  # fmt: skip


@pytest.fixture
def numbers(tmp_path):
    path = tmp_path / "some.numbers"
    path.write_text("3 7 5")
    return path


def test_a_problem_that_keeps_its_contract_passes(numbers):
    check_problem(Counting(), numbers)


def changed(**changes):
    """Return a solve whose report is changed afterwards."""

    def solve(self, instance, options, progress, stop):
        return replace(Counting.solve(self, instance, options, progress, stop), **changes)

    return {"solve": solve}


def going_back(self, instance, options, progress, stop):
    for time_s in (2.0, 1.0):
        if progress is not None:
            progress(Progress(time_s=time_s))
    return Counting.solve(self, instance, options, None, stop)


def failing(self, path, options):
    return int(Path(path).read_text())


@dataclass(frozen=True, kw_only=True)
class Undocumented(Options):
    """No attributes."""

    step: int = 1
    loud: bool = option(default=False, flags=("--quiet",))


@pytest.mark.parametrize(
    ("parts", "violation"),
    [
        ({"description": "two\nlines"}, "description is 'two\\nlines'"),
        ({"sense": "up"}, "sense is none of"),
        ({"suffixes": ("numbers",)}, "expected a tuple of .abc"),
        ({"options_type": dict}, "expected a dataclass that derives from Options"),
        ({"options_type": Undocumented}, "option --step has no help"),
        ({"options_type": Undocumented}, "flag --quiet is taken"),
        ({"policies": lambda self: {}}, "policies() is no mapping with 'none'"),
        ({"load_policy": lambda self, name: None}, "loading an unknown policy raises nothing"),
        ({"read": failing}, "reading a file that is not there raises FileNotFoundError"),
        ({"takes": lambda self, found: True}, "takes() is true of any object"),
        (changed(problem="milp"), "the report is one of milp"),
        (changed(seed=0), "another seed"),
        (changed(sense="min"), "sense is max, but the report's is min"),
        (changed(objective=9), "objective 9 passes the bound 7"),
        (changed(bound=float("inf")), "the document as JSON raises ValueError"),
        (changed(extra={"gap": 1}), "extra has keys of every problem: gap"),
        (changed(remarks=("a\nb",)), "a line of the summary has several lines"),
        ({"solve": going_back}, "the seconds of its progress go back"),
        ({"solve": lambda *_: None}, "a solve returns NoneType"),
        ({"solve": lambda self, *_: 1 / 0}, "a solve raises ZeroDivisionError"),
    ],
)
def test_what_breaks_the_contract_is_named(parts, violation, numbers):
    broken = type("Broken", (Counting,), {"__doc__": "Numbers.", **parts})
    with pytest.raises(ProblemCheckError) as caught:
        check_problem(broken(), numbers)
    assert violation in str(caught.value)


def test_a_solve_that_never_asks_whether_to_stop_is_named(numbers):
    def deaf(self, instance, options, progress, stop):
        return replace(Counting.solve(self, instance, options, progress, lambda: False), status="timelimit")

    with pytest.raises(ProblemCheckError, match="never asks whether to stop"):
        check_problem(type("Deaf", (Counting,), {"__doc__": "Numbers.", "solve": deaf})(), numbers)
