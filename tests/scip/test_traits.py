"""What a policy says of itself: one check for objects and for folders, and no trait that changes an optimum."""

from __future__ import annotations

import itertools
import json
from types import SimpleNamespace

import numpy as np
import pyscipopt
import pytest

import coplug
from coplug.contracts.policy import Selection
from coplug.errors import CoplugError, PolicyError, WeightsError
from coplug.inference.policy import load_kernel_policy, load_traits
from coplug.inference.weights import save_weights
from coplug.plugins import name_of
from coplug.policy import load_policy
from coplug.scip.branching import include_policy
from coplug.scip.settings import apply_parameters
from coplug.scip.traits import PolicyTraits, is_selector, policy_faults
from tests.inference.test_weights import good_config, good_tensors
from tests.scip.nodes import MANY_NODES, QUIET_ROOT

KINDS = "expected one of lp, pseudo"
COUNT = "expected a whole number of at least"


def policy(**attributes):
    said = {
        "name": "p",
        "candidate_kind": "lp",
        "scores": lambda state, candidates: np.zeros(len(candidates)),
    }
    return SimpleNamespace(**said | attributes)


def test_traits_of_an_object_are_those_of_a_folder():
    said = {
        "scip_parameters": {"separating/maxrounds": 0},
        "fingerprint": {"n_rows": (1, 9.5)},
        "shortlist": np.int64(8),
        "shortlist_after": None,
        "shortlist_iterations": 9,
    }
    config = json.loads(json.dumps(said | {"candidates": "lp", "width": 3}, default=int))
    traits = PolicyTraits.of(policy(**said))
    assert traits == PolicyTraits.from_config(config)
    assert traits == PolicyTraits(
        scip_parameters={"separating/maxrounds": 0},
        fingerprint={"n_rows": (1.0, 9.5)},
        shortlist=8,
        shortlist_after=0,
        shortlist_iterations=9,
    )


def test_traits_that_are_not_said():
    assert PolicyTraits.of(policy()) == PolicyTraits.from_config({}) == PolicyTraits()


class Unreadable(dict):
    def items(self):
        raise OSError("the disk\nis gone")


class Unprintable:
    def __repr__(self):
        raise ValueError("no text")


WRONG = [
    ("candidate_kind", "all", f"is 'all'; {KINDS}"),
    ("candidate_kind", None, f"is None; {KINDS}"),
    ("candidate_kind", ["lp"], KINDS),
    ("candidate_kind", np.array(["lp", "pseudo"]), KINDS),
    ("scip_parameters", None, "is None; expected a mapping"),
    ("scip_parameters", 3, "is 3; expected a mapping"),
    ("scip_parameters", [["separating/maxrounds", 0]], "expected a mapping"),
    ("scip_parameters", {"limits/nodes": 3}, "sets 'limits/nodes', which is not a policy's to set"),
    ("scip_parameters", {3: 3}, "sets 3, which is not a policy's to set"),
    (
        "scip_parameters",
        {"separating/maxrounds": None},
        "sets separating/maxrounds to None; expected a finite",
    ),
    ("scip_parameters", {"separating/minefficacy": float("nan")}, "to nan; expected a finite number"),
    ("scip_parameters", {"separating/minefficacy": -float("inf")}, "to -inf; expected a finite number"),
    ("scip_parameters", {"separating/maxrounds": [0]}, r"to \[0\]; expected a finite number"),
    ("scip_parameters", Unreadable(a=1), r"cannot be read \(OSError: the disk is gone\)"),
    ("fingerprint", None, "is None; expected a mapping"),
    ("fingerprint", {"n_rows": 3}, r"maps 'n_rows' to 3; expected a metric and \[low, high\]"),
    ("fingerprint", {"n_rows": "ab"}, "maps 'n_rows' to 'ab'"),
    ("fingerprint", {"n_rows": [1, 2, 3]}, "maps 'n_rows'"),
    ("fingerprint", {"n_rows": [2, 1]}, "maps 'n_rows'"),
    ("fingerprint", {"n_rows": [float("nan"), 1]}, "maps 'n_rows'"),
    ("fingerprint", {"n_rows": [False, True]}, "maps 'n_rows'"),
    ("fingerprint", {3: [1, 2]}, "maps 3"),
    ("shortlist", 0, f"is 0; {COUNT} 1, or None"),
    ("shortlist", -1, COUNT),
    ("shortlist", True, f"is True; {COUNT}"),
    ("shortlist", 2.0, f"is 2.0; {COUNT}"),
    ("shortlist", "8", f"is '8'; {COUNT}"),
    ("shortlist", [8], COUNT),
    ("shortlist_after", -1, f"is -1; {COUNT} 0"),
    ("shortlist_after", float("nan"), COUNT),
    ("shortlist_iterations", 0, f"is 0; {COUNT} 1"),
    ("shortlist_iterations", Unprintable(), "is a Unprintable; expected a whole number"),
]


@pytest.mark.parametrize(("trait", "value", "message"), WRONG)
def test_a_trait_that_is_not_what_it_should_be_is_one_line(tiny, trait, value, message):
    with pytest.raises(PolicyError, match=f"{trait} .*{message}") as refused:
        PolicyTraits.of(policy(**{trait: value}))
    assert len(str(refused.value).splitlines()) == 1
    with pytest.raises(PolicyError, match=f"{trait} .*{message}"):
        coplug.attach(pyscipopt.Model(), policy(**{trait: value}))
    key = "candidates" if trait == "candidate_kind" else trait
    with pytest.raises(PolicyError, match=f"{key} .*{message}") as refused:
        PolicyTraits.from_config({key: value})
    assert len(str(refused.value).splitlines()) == 1


def test_a_shortlist_of_pseudo_candidates_is_refused_for_objects_and_folders(tmp_path):
    with pytest.raises(PolicyError, match="a shortlist needs candidate_kind 'lp'"):
        PolicyTraits.of(policy(candidate_kind="pseudo", shortlist=5))
    save_weights(tmp_path / "w", good_tensors(), good_config() | {"candidates": "pseudo", "shortlist": 5})
    for load in (load_kernel_policy, load_traits):
        with pytest.raises(WeightsError, match="a shortlist needs candidates 'lp'") as refused:
            load(tmp_path / "w")
        assert str(tmp_path / "w") in str(refused.value)


class Raising:
    candidate_kind = "lp"

    def __init__(self, trait, error):
        self._raising, self._error = trait, error

    def __getattribute__(self, name):
        if not name.startswith("_") and name == object.__getattribute__(self, "_raising"):
            raise object.__getattribute__(self, "_error")
        return object.__getattribute__(self, name)

    name = "raising"

    def scores(self, state, candidates):
        return np.zeros(len(candidates))


class SilentError(Exception):
    def __str__(self):
        raise RuntimeError("no text either")


@pytest.mark.parametrize("error", [ValueError("two\nlines"), SilentError(), RecursionError()])
@pytest.mark.parametrize("trait", ["name", "candidate_kind", "scores", "select", "shortlist", "fingerprint"])
def test_attributes_that_raise_are_one_line(trait, error):
    broken = Raising(trait, error)
    if trait == "select":
        assert not is_selector(broken)
        assert policy_faults(broken) == []
        return
    with pytest.raises(PolicyError, match="Raising object is no policy that can be used") as refused:
        coplug.attach(pyscipopt.Model(), broken)
    assert len(str(refused.value).splitlines()) == 1


@pytest.mark.parametrize("name", [None, "", "two\nlines", "\ud800", 3, b"bytes"])
def test_names_that_cannot_be_shown(name):
    for attributes in ({}, {"select": lambda root: None}):
        with pytest.raises(PolicyError, match=r"name is .*; expected a text of one line"):
            coplug.attach(pyscipopt.Model(), policy(name=name, **attributes))
    with pytest.raises(PolicyError, match="expected a text of one line"):
        name_of(policy(name=name))


@pytest.mark.parametrize("thing", [object(), 3, None, [], print, SimpleNamespace(name="x")])
def test_what_is_no_policy_says_all_that_is_missing(thing):
    with pytest.raises(
        PolicyError, match=r"candidate_kind is missing; .* neither a method scores nor select"
    ):
        include_policy(pyscipopt.Model(), thing)


def test_a_selected_policy_with_a_bad_trait_leaves_the_solve_to_scip(tiny):
    from coplug.scip.problem import read_model

    for bad in (
        policy(shortlist=0),
        policy(scip_parameters={"separating/maxrounds": 0, "separating/maxroundsroot": -7}),
    ):
        model = read_model(tiny)
        apply_parameters(model, MANY_NODES)
        before = model.getParam("separating/maxrounds")
        chooses = SimpleNamespace(name="s", select=lambda root, bad=bad: Selection(bad, "why not"))
        rule = include_policy(model, chooses)
        model.optimize()
        assert (model.getStatus(), rule.statistics.calls, rule.statistics.fallbacks) == ("optimal", 0, 1)
        assert rule.applied_parameters == {}
        assert model.getParam("separating/maxrounds") == before
        model.free()


def test_a_parameter_that_scip_does_not_take_names_the_policy():
    for name, value in (("separating/maxrounds", "many"), ("separating/maxrounds", -7)):
        with pytest.raises(
            PolicyError, match=f"policy p brings settings that cannot be set: .*{name}"
        ) as refused:
            coplug.attach(pyscipopt.Model(), policy(scip_parameters={name: value}))
        assert len(str(refused.value).splitlines()) == 1


def test_a_parameter_that_this_scip_does_not_have_is_named_and_left_out(caplog):
    model = pyscipopt.Model()
    coplug.attach(model, policy(scip_parameters={"separating/nosuch": 1, "separating/maxrounds": 3}))
    assert "policy p: this SCIP does not have its settings separating/nosuch" in caplog.text
    assert model.getParam("separating/maxrounds") == 3
    model.free()


def test_a_folder_named_by_a_dot_has_a_name(tmp_path, monkeypatch):
    save_weights(tmp_path / "mine", good_tensors(), good_config())
    monkeypatch.chdir(tmp_path / "mine")
    assert load_policy(".").name == "mine"


def integer_program(seed):
    """Return costs, matrix, right-hand sides and upper bounds of a small program, sometimes an infeasible one."""
    rng = np.random.default_rng(seed)
    n, m = 6, 3
    matrix = rng.integers(2, 14, (m, n))
    upper = rng.integers(1, 5, n)
    sides = (matrix @ upper * rng.uniform(0.3, 0.7, m)).astype(int) + 1000 * (seed % 10 == 0)
    return matrix.sum(axis=0) + rng.integers(-3, 4, n), matrix, sides, upper


def by_enumeration(costs, matrix, sides, upper):
    points = np.array(list(itertools.product(*(range(u + 1) for u in upper))))
    feasible = points[(points @ matrix.T >= sides).all(axis=1)]
    return None if len(feasible) == 0 else int((feasible @ costs).min())


def by_scip(program, attached):
    costs, matrix, sides, upper = program
    model = pyscipopt.Model()
    model.hideOutput()
    apply_parameters(model, QUIET_ROOT)  # its heuristics stay: an incumbent is what refutes children
    variables = [model.addVar(vtype="I", ub=int(u), obj=int(c)) for u, c in zip(upper, costs, strict=True)]
    for row, side in zip(matrix.tolist(), sides.tolist(), strict=True):
        model.addCons(pyscipopt.quicksum(a * x for a, x in zip(row, variables, strict=True)) >= side)
    try:
        rule = coplug.attach(model, attached, strict=True)
        model.optimize()
        assert model.getStatus() in ("optimal", "infeasible")
        value = round(model.getObjVal()) if model.getStatus() == "optimal" else None
        return value, rule.statistics.decisions
    finally:
        model.free()


class Drawn:
    """Ranks the candidates at random, and rules some out."""

    name = "drawn"

    def __init__(self, seed, **traits):
        self.rng = np.random.default_rng(seed)
        vars(self).update(traits)

    def scores(self, state, candidates):
        scores = self.rng.random(len(candidates))
        scores[1:][self.rng.random(len(candidates) - 1) < 0.3] = -np.inf
        return scores


TRAITS = [
    {"candidate_kind": "lp"},
    {"candidate_kind": "pseudo"},
    {"candidate_kind": "lp", "shortlist": 1},
    {"candidate_kind": "lp", "shortlist": 3},
    {"candidate_kind": "lp", "shortlist": 8, "shortlist_iterations": 1},
    {"candidate_kind": "lp", "shortlist": 2, "shortlist_after": 2, "shortlist_iterations": 3},
]


@pytest.mark.parametrize("traits", TRAITS, ids=str)
def test_no_trait_cuts_off_the_optimum(traits):
    decisions = 0
    for seed in range(40):
        program = integer_program(seed)
        found, branched = by_scip(program, Drawn(seed, **traits))
        assert found == by_enumeration(*program), seed
        decisions += branched
    assert decisions > 100


def test_every_refusal_is_an_error_of_coplug():
    for trait, value, _ in WRONG:
        with pytest.raises(CoplugError):
            PolicyTraits.of(policy(**{trait: value}))
