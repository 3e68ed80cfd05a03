"""Strong branching and pseudocosts among a policy's first candidates."""

from __future__ import annotations

import numpy as np
import pyscipopt
import pytest

import coplug
from coplug.scip import shortlist
from coplug.scip.compiled import CompiledReader
from coplug.scip.portable import PortableReader
from coplug.scip.problem import read_model
from coplug.scip.settings import apply_parameters
from coplug.scip.shortlist import Shortlist
from tests.conftest import INSTANCES
from tests.scip.nodes import MANY_NODES, QUIET_ROOT

SETCOVER = INSTANCES / "setcover-tiny-0001.lp"
EVERYTHING = 10_000


class Ranked:
    """Likes the candidates in a fixed random order."""

    candidate_kind = "lp"

    def __init__(self, size, after=0, seed=0, iterations=None):
        self.name = f"ranked-{size}"
        self.shortlist_iterations = iterations
        self.shortlist, self.shortlist_after, self.seed = size, after, seed

    def scores(self, state, candidates):
        return np.random.default_rng(self.seed).random(EVERYTHING)[candidates]


class Branches(pyscipopt.Branchrule):
    """Branches by a shortlist, and notes results and, at the first branching, what was chosen."""

    def __init__(self, reader, size, scores):
        self.make_reader, self.size, self.scores = reader, size, scores
        self.list, self.results, self.iterations, self.listed = None, [], [], []
        self.expected = self.chosen = self.bounds = None

    def branchexeclp(self, allowaddcons):
        self.list = self.list or Shortlist(self.model, self.size)
        reader = self.make_reader(self.model)
        count = len(reader.candidates("lp"))
        gains, names = reader.strong_branching(), [v.name for v in self.model.getLPBranchCands()[0]]
        before = self.model.getNStrongbranchLPIterations()
        scores = self.scores(count)
        self.listed.append(len(self.list._listed(reader, scores)))
        self.results.append(self.list.branch(reader, scores))
        self.iterations.append(self.model.getNStrongbranchLPIterations() - before)
        if self.results[-1] == pyscipopt.SCIP_RESULT.BRANCHED and self.chosen is None:
            children = self.model.getChildren()
            self.expected = dict(zip(names, gains, strict=True))
            self.chosen = children[0].getParentBranchings()[0][0].name
            self.bounds = [child.getLowerbound() - self.model.getLPObjVal() for child in children]
        return {"result": self.results[-1]}


def branched(reader, size, scores=np.zeros):
    model = read_model(SETCOVER)
    apply_parameters(model, QUIET_ROOT | {"limits/nodes": 30})
    model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
    rule = Branches(reader, size, scores)
    model.includeBranchrule(rule, "branches", "by a shortlist", 1_000_000, -1, 1.0)
    model.optimize()
    model.free()
    return rule


@pytest.mark.parametrize("reader", [CompiledReader, PortableReader])
def test_of_all_candidates_the_best_by_strong_branching_is_taken_and_its_children_keep_their_bounds(reader):
    rule = branched(reader, EVERYTHING)
    assert rule.expected[rule.chosen] == pytest.approx(max(rule.expected.values()))
    down, up = rule.bounds
    assert down * up == pytest.approx(rule.expected[rule.chosen])
    assert min(down, up) > 0.0


def test_of_two_candidates_the_better_is_taken():
    def first_two(n):
        return np.where(np.arange(n) < 2, 0.0, -1.0)

    rule = branched(CompiledReader, 2, first_two)
    two = list(rule.expected)[:2]
    assert rule.chosen == max(two, key=lambda name: rule.expected[name])


def test_candidates_that_the_policy_rules_out_are_not_looked_at():
    def last_only(n):
        return np.where(np.arange(n) == n - 1, 0.0, -np.inf)

    rule = branched(CompiledReader, 5, last_only)
    assert rule.chosen == list(rule.expected)[-1]
    assert sum(rule.iterations) == 0  # what stands alone need not be tried


def test_nothing_is_tried_twice():
    rule = branched(CompiledReader, EVERYTHING)
    assert rule.iterations[0] > 0
    assert 0 in rule.iterations[1:]


def test_what_was_tried_stays_on_the_list():
    turns = iter(range(1000))

    def first_or_last(n):
        wanted = np.arange(n) < 2 if next(turns) % 2 == 0 else np.arange(n) >= n - 2
        return np.where(wanted, 0.0, -1.0)

    rule = branched(CompiledReader, 2, first_or_last)
    assert rule.listed[0] == 2
    assert max(rule.listed) == 4


def test_trials_end_where_they_have_taken_too_much(monkeypatch):
    monkeypatch.setattr(shortlist, "ITERATIONS_OFFSET", -1e9)
    assert sum(branched(CompiledReader, EVERYTHING).iterations) == 0


def test_a_child_that_cannot_be_fixes_the_variable():
    """x can only be 1 below the bound of the incumbent: no node is branched on it."""
    model = pyscipopt.Model()
    model.hideOutput()
    x, y, z = (model.addVar(name, vtype="B", obj=obj) for name, obj in (("x", 1), ("y", 1), ("z", 1)))
    for a, b in ((x, y), (y, z), (x, z)):
        model.addCons(a + b >= 1)
    apply_parameters(model, QUIET_ROOT)
    model.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
    solution = model.createSol()
    for variable in (x, y, z):
        model.setSolVal(solution, variable, 1.0 if variable is not z else 0.0)
    model.addSol(solution)
    rule = Branches(CompiledReader, EVERYTHING, np.zeros)
    model.includeBranchrule(rule, "branches", "by a shortlist", 1_000_000, -1, 1.0)
    model.optimize()
    assert (model.getStatus(), model.getObjVal(), model.getNTotalNodes()) == ("optimal", 2.0, 1)
    assert set(rule.results) <= {pyscipopt.SCIP_RESULT.REDUCEDDOM, pyscipopt.SCIP_RESULT.CUTOFF}
    model.free()


@pytest.mark.parametrize("size", [1, 3, EVERYTHING])
@pytest.mark.parametrize(
    "name", ["setcover-tiny-0001", "auctions-tiny-0001", "independent_set-tiny-0001", "facilities-tiny-0001"]
)
def test_the_optimum_stays_what_it_is(name, size):
    path = INSTANCES / f"{name}.lp"
    found = []
    for policy in (None, Ranked(size, seed=size)):
        model = read_model(path)
        apply_parameters(model, MANY_NODES)
        if policy is not None:
            rule = coplug.attach(model, policy, strict=True)
        model.optimize()
        found.append((model.getStatus(), pytest.approx(model.getObjVal())))
        model.free()
    assert found[0] == found[1]
    assert rule.statistics.fallbacks == 0


def test_trials_of_a_policy_are_as_long_as_it_says():
    def iterations(most):
        model = read_model(SETCOVER)
        apply_parameters(model, QUIET_ROOT | {"limits/nodes": 1})
        coplug.attach(model, Ranked(4, iterations=most))
        model.optimize()
        spent = model.getNStrongbranchLPIterations()
        model.free()
        return spent

    assert 0 < iterations(1) <= 2 * 4  # a trial is two LPs
    assert iterations(None) > iterations(1)
    assert iterations(10**12) >= iterations(None)  # more than SCIP can count


def test_the_policy_decides_alone_before():
    def iterations(after):
        model = read_model(SETCOVER)
        apply_parameters(model, QUIET_ROOT | {"limits/nodes": 20})
        rule = coplug.attach(model, Ranked(4, after))
        model.optimize()
        spent, decisions = model.getNStrongbranchLPIterations(), rule.statistics.decisions
        model.free()
        return spent, decisions

    assert iterations(1000)[0] == 0
    assert iterations(None)[0] == iterations(0)[0] > 0
    assert min(decisions for _, decisions in map(iterations, (0, 1000))) > 0
