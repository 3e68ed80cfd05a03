"""Models that are built in memory are those of the instances' files."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import scipy.sparse

from coplug.errors import SolverError
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.problems.milp.families.facilities import FacilityLocation
from coplug.problems.milp.families.independent_set import IndependentSet
from coplug.problems.milp.families.multiple_knapsack import MultipleKnapsack
from coplug.problems.milp.families.setcover import SetCover
from coplug.problems.milp.files import render
from coplug.problems.milp.instance import MilpInstance
from coplug.scip import build
from coplug.scip.build import build_model
from coplug.scip.library import Library
from coplug.scip.problem import read_model

SMALL = (
    SetCover(30, 60, 0.1),
    CombinatorialAuction(20, 60),
    FacilityLocation(8, 6),
    IndependentSet(n_nodes=40),
    MultipleKnapsack(),
)
WAYS = ("compiled", "portable")


@pytest.fixture(params=WAYS)
def way(request, monkeypatch):
    if request.param == "portable":
        monkeypatch.setattr(build, "load_library", lambda: Library(None, "for the test"))
    return request.param


def ranged():
    """All kinds of variables, sides and bounds."""
    inf = np.inf
    return MilpInstance(
        name="ranged",
        family="test",
        sense="max",
        objective=[1.5, -2, 3, 0],
        matrix=scipy.sparse.csr_array([[1.0, 2, 0, -1], [0, 1, 1, 0], [3, 0, 0, 1], [0, 0, 0, 0]]),
        row_lhs=[-inf, 1, -4, -1],
        row_rhs=[8, 1, 9, inf],
        lower=[0, -inf, -3, 0],
        upper=[1, 2.5, 7, inf],
        integral=[True, False, True, False],
        variable_names=("b", "free.1", "x_2", "y"),
        row_names=("up", "equal", "both", "empty"),
    )


def described(model):
    """Return all that a model says of its variables and constraints, in order."""
    variables = [
        (v.name, v.vtype(), v.getLbOriginal(), v.getUbOriginal(), v.getObj()) for v in model.getVars()
    ]
    constraints = [
        (c.name, model.getLhs(c), model.getRhs(c), model.getValsLinear(c)) for c in model.getConss()
    ]
    return model.getObjectiveSense(), variables, constraints


def solved(model):
    model.setParam("limits/nodes", 20)
    model.optimize()
    return model.getNTotalNodes(), model.getNLPIterations(), model.getDualbound(), model.getPrimalbound()


def from_file(instance, folder):
    path = folder / "instance.lp"
    path.write_bytes(render(instance, "lp"))
    return read_model(path)


def test_every_part_arrives_as_it_is(way):
    model = build_model(ranged())
    sense, variables, constraints = described(model)
    infinity = model.infinity()
    assert (model.getProbName(), sense) == ("ranged", "maximize")
    assert sorted(variables) == [
        ("b", "BINARY", 0.0, 1.0, 1.5),
        ("free.1", "CONTINUOUS", -infinity, 2.5, -2.0),
        ("x_2", "INTEGER", -3.0, 7.0, 3.0),
        ("y", "CONTINUOUS", 0.0, infinity, 0.0),
    ]
    assert constraints == [
        ("up", -infinity, 8.0, {"b": 1.0, "free.1": 2.0, "y": -1.0}),
        ("equal", 1.0, 1.0, {"free.1": 1.0, "x_2": 1.0}),
        ("both", -4.0, 9.0, {"b": 3.0, "y": 1.0}),
        ("empty", -1.0, infinity, {}),
    ]
    model.free()


@pytest.mark.parametrize("family", SMALL, ids=lambda family: type(family).__name__)
def test_a_drawn_instance_is_built_and_solved_as_from_its_file(family, way, tmp_path):
    instance = family.generate(np.random.RandomState(5))
    built, read = build_model(instance), from_file(instance, tmp_path)
    assert described(built) == described(read)
    assert solved(built) == solved(read)
    built.free()
    read.free()


def test_nothing_is_written(way, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", "/nowhere")
    monkeypatch.chdir(tmp_path)
    build_model(ranged()).free()
    assert list(tmp_path.iterdir()) == []


def test_what_scip_refuses_is_one_line(monkeypatch):
    monkeypatch.setattr(build, "_build", lambda *parts: False)
    with pytest.raises(
        SolverError, match="could not build the model of ranged: a variable or a row was refused"
    ) as caught:
        build_model(ranged())
    assert "\n" not in str(caught.value)


def test_a_problem_without_rows_is_built(way):
    instance = dataclasses.replace(ranged(), matrix=np.zeros((0, 4)), row_lhs=[], row_rhs=[], row_names=[])
    model = build_model(instance)
    assert (model.getNVars(), model.getNConss()) == (4, 0)
    model.free()
