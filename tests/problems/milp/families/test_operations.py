"""The families of operations research whose generators are coplug's own, against optima found in other ways."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest

from coplug.errors import UsageError
from coplug.families import make_family
from coplug.problems.milp.families.generalised_assignment import GeneralisedAssignment
from coplug.problems.milp.families.lot_sizing import LotSizing
from coplug.problems.milp.families.network_design import NetworkDesign
from coplug.problems.milp.families.p_median import PMedian
from tests.problems.milp.families.test_families import fingerprint
from tests.problems.milp.milp_helpers import optimum_by_highs

# The stream is frozen: a change here needs a higher ``version`` in the family.
GOLDEN = {
    "generalised_assignment": "d3a93608860feb7f",
    "lot_sizing": "6a13575d0df7cc3b",
    "network_design": "d593ce6ef3389726",
    "p_median": "5ac92b4c67894bc3",
}


def draw(family, seed=0):
    return family.generate(np.random.RandomState(seed))


def rows_of(instance, prefix):
    chosen = [k for k, name in enumerate(instance.row_names) if name.startswith(prefix)]
    return instance.matrix[chosen].toarray(), instance.row_lhs[chosen], instance.row_rhs[chosen]


@pytest.mark.parametrize("name", GOLDEN)
def test_stream_of_a_seed_is_frozen(name):
    instance = make_family(name, "easy").generate(np.random.RandomState(0))
    assert (fingerprint(instance), instance.generator_version) == (GOLDEN[name], 1)


@pytest.mark.parametrize("kind", ["C", "D", "E"])
def test_generalised_assignment_has_the_optimum_of_all_assignments(kind):
    n_agents, n_jobs = 2, 8
    instance = draw(GeneralisedAssignment(n_agents=n_agents, n_jobs=n_jobs, kind=kind), 4)
    costs = instance.objective.reshape(n_agents, n_jobs)
    work, _, capacities = rows_of(instance, "capacity")
    work = np.array([work[i].reshape(n_agents, n_jobs)[i] for i in range(n_agents)])
    best = np.inf
    for agents in itertools.product(range(n_agents), repeat=n_jobs):
        load = np.bincount(agents, work[agents, range(n_jobs)], n_agents)
        if (load <= capacities).all():
            best = min(best, costs[agents, range(n_jobs)].sum())
    assert (np.floor(0.8 * work.sum(axis=1) / n_agents) == capacities).all()
    if np.isfinite(best):
        assert optimum_by_highs(instance) == pytest.approx(best)
    low, high = {"C": (5, 25), "D": (1, 100), "E": (1, 1000)}[kind]
    assert low <= work.min() <= work.max() <= high


def test_lot_sizing_of_one_item_has_the_optimum_of_wagner_and_whitin():
    instance = draw(LotSizing(n_items=1, n_periods=8, utilisation=0.1, setup_factor=3.0), 2)
    _, demands, _ = rows_of(instance, "balance")
    setup, holding = instance.objective[1], instance.objective[2]
    assert rows_of(instance, "capacity")[2][0] > demands.sum()  # no limit
    best = [0.0]
    for end in range(1, 9):
        choices = []
        for start in range(end):  # what is made in period start serves periods start..end-1
            stock = sum((t - start) * demands[t] for t in range(start, end))
            needed = demands[start:end].sum() > 0
            choices.append(best[start] + (setup if needed else 0.0) + holding * stock)
        best.append(min(choices))
    assert optimum_by_highs(instance) == pytest.approx(best[-1])


@pytest.mark.parametrize("seed", range(3))
def test_lot_sizing_is_feasible(seed):
    assert np.isfinite(optimum_by_highs(draw(LotSizing(n_items=3, n_periods=5, utilisation=1.0), seed)))


def test_p_median_has_the_optimum_of_all_choices():
    n, p = 9, 3
    instance = draw(PMedian(n_sites=n, p=p, load=0.0), 5)
    costs = instance.objective[n:].reshape(n, n)
    best = min(costs[:, chosen].min(axis=1).sum() for chosen in itertools.combinations(range(n), p))
    assert optimum_by_highs(instance) == pytest.approx(best)


def test_p_median_within_capacities_costs_more_and_near_sites_leave_columns_out():
    free, bound = draw(PMedian(n_sites=12, p=3, load=0.0), 1), draw(PMedian(n_sites=12, p=3, load=0.8), 1)
    assert optimum_by_highs(bound) >= optimum_by_highs(free)
    near = draw(PMedian(n_sites=12, p=3, load=0.0, n_near=4), 1)
    assert near.n_columns == 12 + 12 * 4


def test_network_design_of_one_commodity_is_a_shortest_path():
    family = NetworkDesign(n_nodes=7, n_arcs=20, n_commodities=1, tightness=0.4)
    instance = draw(family, 3)
    fixed, costs = instance.objective[:20], instance.objective[20:]
    flow, sent, _ = rows_of(instance, "flow")
    flow = flow[:, 20:]
    capacity = -rows_of(instance, "capacity")[0][:, :20].diagonal()
    graph = nx.DiGraph()
    for a in range(20):
        tail, head = int(flow[:, a].argmax()), int(flow[:, a].argmin())
        if capacity[a] >= sent.max():
            graph.add_edge(tail, head, weight=fixed[a] + costs[a] * sent.max())
    best = nx.shortest_path_length(graph, int(sent.argmax()), int(sent.argmin()), "weight")
    assert optimum_by_highs(instance) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(3))
def test_network_design_is_feasible(seed):
    assert np.isfinite(optimum_by_highs(draw(NetworkDesign(n_nodes=5, n_arcs=9, n_commodities=3), seed)))


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        (GeneralisedAssignment, {"n_agents": 1}),
        (GeneralisedAssignment, {"kind": "Z"}),
        (LotSizing, {"n_periods": 1}),
        (LotSizing, {"utilisation": 0.0}),
        (LotSizing, {"setup_factor": 0.0}),
        (PMedian, {"p": 0}),
        (PMedian, {"load": 1.0}),
        (NetworkDesign, {"n_arcs": 3}),
        (NetworkDesign, {"tightness": 0.0}),
    ],
)
def test_what_cannot_be_drawn_is_refused(family, parameters):
    with pytest.raises(UsageError):
        family(**parameters)
