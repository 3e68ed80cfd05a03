"""The families of operations research whose generators are coplug's own, against optima found in other ways."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest
from scipy.optimize import Bounds, LinearConstraint, milp

from coplug.errors import UsageError
from coplug.families import make_family
from coplug.problems.milp.families.bin_packing import BinPacking, first_fit
from coplug.problems.milp.families.generalised_assignment import GeneralisedAssignment
from coplug.problems.milp.families.job_shop import JobShop
from coplug.problems.milp.families.lot_sizing import LotSizing
from coplug.problems.milp.families.max_cut import MaxCut
from coplug.problems.milp.families.network_design import NetworkDesign
from coplug.problems.milp.families.p_median import PMedian
from coplug.problems.milp.families.quadratic_assignment import QuadraticAssignment
from coplug.problems.milp.families.unit_commitment import UnitCommitment
from tests.problems.milp.families.test_families import fingerprint
from tests.problems.milp.milp_helpers import optimum_by_highs

# The stream is frozen: a change here needs a higher ``version`` in the family.
GOLDEN = {
    "bin_packing": "4ab85d2bee9e2d6c",
    "generalised_assignment": "d3a93608860feb7f",
    "job_shop": "ce621073696a0750",
    "lot_sizing": "6a13575d0df7cc3b",
    "max_cut": "b88d094252d813da",
    "network_design": "d593ce6ef3389726",
    "p_median": "5ac92b4c67894bc3",
    "quadratic_assignment": "bd38e23947d2c9d1",
    "unit_commitment": "943558e33e8345f7",
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


@pytest.mark.parametrize("seed", range(3))
def test_bin_packing_has_the_optimum_of_all_partitions(seed):
    instance = draw(BinPacking(n_items=7), seed)
    bins, _, _ = rows_of(instance, "bin_")
    n_bins = len(bins)
    sizes = bins[0, n_bins::n_bins]
    assert (np.diff(sizes) <= 0).all()
    assert first_fit(sizes.astype(int), 1000) == n_bins

    def least(rest, room):
        if not rest:
            return len(room)
        size, *others = rest
        choices = [least(others, [*room, 1000.0 - size])]
        for k, left in enumerate(room):
            if left >= size:
                choices.append(least(others, [*room[:k], left - size, *room[k + 1 :]]))
        return min(choices)

    assert optimum_by_highs(instance) == pytest.approx(least(sizes.tolist(), []))


def test_job_shop_has_the_optimum_of_all_sequences():
    n_jobs, n_machines = 3, 2
    instance = draw(JobShop(n_jobs=n_jobs, n_machines=n_machines), 6)
    then, durations, _ = rows_of(instance, "then")
    starts = then[:, 1 : 1 + n_jobs * n_machines].reshape(n_jobs, n_jobs, n_machines)
    first = np.array([starts[j, j].argmin() for j in range(n_jobs)])
    _, ends, _ = rows_of(instance, "last")
    p = np.empty((n_jobs, n_machines))
    p[range(n_jobs), first], p[range(n_jobs), 1 - first] = durations, ends
    best = np.inf
    for order in itertools.product(itertools.permutations(range(n_jobs)), repeat=n_machines):
        graph = nx.DiGraph()
        for j in range(n_jobs):
            graph.add_edge((j, first[j]), (j, 1 - first[j]), weight=p[j, first[j]])
            graph.add_edge((j, 1 - first[j]), "end", weight=p[j, 1 - first[j]])
        for k, jobs in enumerate(order):
            for i, j in itertools.pairwise(jobs):
                graph.add_edge((i, k), (j, k), weight=p[i, k])
        if nx.is_directed_acyclic_graph(graph):
            best = min(best, nx.dag_longest_path_length(graph))
    assert optimum_by_highs(instance) == pytest.approx(best)


def test_max_cut_has_the_optimum_of_all_cuts():
    n = 8
    instance = draw(MaxCut(n_nodes=n, density=0.6), 1)
    edges = [tuple(int(i) - 1 for i in name.split("_")[1:]) for name in instance.variable_names[n:]]
    weights = instance.objective[n:]
    assert (weights < 0).any()
    assert (weights > 0).any()
    best = max(
        sum(weight for (i, j), weight in zip(edges, weights, strict=True) if parts[i] != parts[j])
        for parts in itertools.product((0, 1), repeat=n)
    )
    assert optimum_by_highs(instance) == pytest.approx(best)


@pytest.mark.parametrize("seed", range(2))
def test_quadratic_assignment_has_the_optimum_of_all_permutations(seed):
    n = 6
    instance = draw(QuadraticAssignment(n_rows=2, n_columns=3), seed)
    costs = -rows_of(instance, "cost")[0][:, : n * n].reshape(n, n, n, n)  # facility, place, facility, place
    places = np.array(list(itertools.product(range(2), range(3))))
    distances = np.abs(places[:, None] - places[None]).sum(axis=2)
    flows = np.array([[0 if i == k else costs[i, 0, k, 1] for k in range(n)] for i in range(n)])
    assert (flows == flows.T).all()
    best = min((flows * distances[np.ix_(p, p)]).sum() for p in itertools.permutations(range(n)))
    assert optimum_by_highs(instance) == pytest.approx(best)


def test_unit_commitment_keeps_demand_and_least_times():
    instance = draw(UnitCommitment(n_units=4, n_hours=10), 2)
    result = milp(
        instance.objective,
        constraints=LinearConstraint(instance.matrix, instance.row_lhs, instance.row_rhs),
        bounds=Bounds(instance.lower, instance.upper),
        integrality=instance.integral,
    )
    values = dict(zip(instance.variable_names, result.x, strict=True))
    runs = np.array([[round(values[f"u_{g}_{t}"]) for t in range(1, 11)] for g in range(1, 5)])
    over = np.array([[values[f"p_{g}_{t}"] for t in range(1, 11)] for g in range(1, 5)])
    demand, needed, _ = rows_of(instance, "demand")
    least = np.array([demand[0, instance.variable_names.index(f"u_{g}_1")] for g in range(1, 5)])
    assert least @ runs + over.sum(axis=0) == pytest.approx(needed)
    for g in range(1, 5):
        ups, _, _ = rows_of(instance, f"up_{g}_10")
        least_up = int((ups > 0).sum())
        starts = [t for t in range(1, 10) if runs[g - 1, t] > runs[g - 1, t - 1]]
        assert all(runs[g - 1, t : t + least_up].all() for t in starts)


def test_unit_commitment_of_two_hours_has_the_optimum_of_all_commitments():
    instance = draw(UnitCommitment(n_units=3, n_hours=2, reserve=0.0), 0)
    binary = np.flatnonzero(instance.integral)
    best = np.inf
    for choice in itertools.product((0.0, 1.0), repeat=6):  # what runs; starts and stops follow
        lower, upper = instance.lower.copy(), instance.upper.copy()
        for g in range(3):
            first, second = choice[2 * g : 2 * g + 2]
            fixed = [first, 0.0, 0.0, second, max(0.0, second - first), max(0.0, first - second)]
            lower[binary[6 * g : 6 * g + 6]] = upper[binary[6 * g : 6 * g + 6]] = fixed
        rows = LinearConstraint(instance.matrix, instance.row_lhs, instance.row_rhs)
        result = milp(instance.objective, constraints=rows, bounds=Bounds(lower, upper))
        best = min(best, result.fun if result.success else np.inf)
    assert np.isfinite(best)
    assert optimum_by_highs(instance) == pytest.approx(best)


@pytest.mark.parametrize(
    ("family", "parameters"),
    [
        (BinPacking, {"n_items": 0}),
        (BinPacking, {"largest": 1001}),
        (JobShop, {"n_jobs": 0}),
        (MaxCut, {"n_nodes": 1}),
        (MaxCut, {"density": 0.0}),
        (QuadraticAssignment, {"n_rows": 1, "n_columns": 1}),
        (QuadraticAssignment, {"density": 1.5}),
        (UnitCommitment, {"n_units": 1}),
        (UnitCommitment, {"reserve": 0.2}),
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
