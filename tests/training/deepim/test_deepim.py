"""The diffusion network beside exact probabilities, prices of budgets, and seeds beside those of rules of thumb."""

import itertools

import numpy as np
import pytest
import torch

from coplug.errors import UsageError
from coplug.families import make_family
from coplug.graphs.graph import from_edges
from coplug.problems.influence import choosers
from coplug.problems.influence.diffusion import Diffusion
from coplug.problems.influence.frequencies import frequencies
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.methods import Effort, choose
from coplug.problems.influence.network import make_network
from coplug.problems.influence.spread import estimate
from coplug.problems.influence.task import Task
from coplug.training.deepim.budget import within_budget
from coplug.training.deepim.pairs import make_pairs
from coplug.training.deepim.wiring import diffusion_network

FIXED = Diffusion("lt", threshold=0.5)
TREE = [(0, 1), (1, 2), (1, 3), (3, 4)]


def column(*members, n=5):
    return torch.tensor([[float(v in members)] for v in range(n)])


def live_arc_probabilities(network, seeds):
    """Enumerate which arcs are live under independent cascade."""
    out = network.out
    tails = np.repeat(np.arange(network.n_nodes), np.diff(out.ptr)).tolist()
    total = np.zeros(network.n_nodes)
    for live in itertools.product((False, True), repeat=network.n_arcs):
        reached, chance = set(seeds), 1.0
        for on, p in zip(live, out.high.tolist(), strict=True):
            chance *= p if on else 1 - p
        for _ in range(network.n_nodes):
            reached |= {
                v for u, v, on in zip(tails, out.ends.tolist(), live, strict=True) if on and u in reached
            }
        total[sorted(reached)] += chance
    return total


def test_messages_are_exact_on_a_tree():
    network = make_network(from_edges(5, TREE), Diffusion("ic", "0.3"))
    for seeds in ([0], [2, 4], [1, 3]):
        reached = diffusion_network(network)(column(*seeds))[:, 0]
        np.testing.assert_allclose(
            reached.detach().numpy(), live_arc_probabilities(network, seeds), atol=2e-5
        )


@pytest.mark.parametrize("diffusion", [Diffusion("lt"), Diffusion("sis", beta=0.05, recovery=0.1, rounds=8)])
def test_messages_are_near_what_is_simulated(diffusion):
    network = make_network(from_edges(5, TREE), diffusion)
    for seeds in ([0], [2, 4]):
        simulated = frequencies(network, np.array(seeds, np.int32), 0, 99, 20_000)
        reached = diffusion_network(network)(column(*seeds))[:, 0].detach().numpy()
        np.testing.assert_allclose(reached, simulated, atol=0.03)


def test_fixed_thresholds_are_exact_once_they_are_sharp():
    network = make_network(from_edges(5, TREE), Diffusion("lt", threshold=0.4))
    model = diffusion_network(network)
    model.softness = 1e-3
    for seeds in ([0], [2, 4], [1]):
        expected = frequencies(network, np.array(seeds, np.int32), 0, 99, 1)
        np.testing.assert_allclose(model(column(*seeds))[:, 0].detach().numpy(), expected, atol=1e-4)


@pytest.mark.parametrize("diffusion", [Diffusion("ic"), Diffusion("lt"), FIXED, Diffusion("sis")])
def test_more_seeds_never_reach_less_whatever_is_learned(diffusion):
    graph = make_family("holme_kim", "tiny").generate(np.random.RandomState(1))
    model = diffusion_network(make_network(graph, diffusion))
    torch.manual_seed(0)
    with torch.no_grad():
        model.factors.copy_(torch.randn(3))
        model.log_power.copy_(torch.tensor(0.7))
        some = 0.5 * torch.rand(graph.n_nodes, 4)
        more = some + 0.5 * torch.rand(graph.n_nodes, 4)
        assert (model(more) >= model(some) - 1e-6).all()


def test_expected_costs_are_the_budget_and_gradients_share_it():
    torch.manual_seed(0)
    scores = (3 * torch.randn(20, 2)).requires_grad_()
    costs = 0.5 + torch.rand(20, 1)
    chances = within_budget(scores, costs, 4.0)
    assert torch.allclose((costs * chances).sum(dim=0), torch.full((2,), 4.0), atol=1e-3)
    (costs * chances).sum().backward()
    assert scores.grad.abs().max() < 1e-5  # what is spent does not depend on the scores
    worth = torch.rand(20, 1)
    with torch.no_grad():
        step = torch.zeros(20, 2)
        step[3, 0] = 1e-2
        moved = (within_budget(scores + step, costs, 4.0) - within_budget(scores - step, costs, 4.0)) / 2e-2
    scores.grad = None
    (worth * within_budget(scores, costs, 4.0)).sum().backward()
    assert scores.grad[3, 0].item() == pytest.approx((worth * moved).sum().item(), abs=2e-3)


def task_on(diffusion, budget, costs=None, given=()):
    graph = make_family("barabasi_albert", None, {"min_nodes": 60, "max_nodes": 60, "affinity": 2})
    network = make_network(graph.generate(np.random.RandomState(3)), diffusion)
    free = np.setdiff1d(np.arange(60), given).astype(np.int32)
    return Task(network, budget, costs, np.array(given, np.int32), free)


@pytest.mark.parametrize("diffusion", [Diffusion("ic"), FIXED], ids=["ic", "fixed"])
def test_seeds_spread_farther_than_rules_of_thumb(diffusion):
    task = task_on(diffusion, 8.0)
    spread = {
        method: estimate(task.network, choose(task, method, Effort(), Limits()).seeds, 1, worlds=4000).spread
        for method in ("deepim", "degree-discount", "random")
    }
    assert spread["deepim"] >= spread["degree-discount"] > spread["random"]


def test_seeds_are_no_worse_than_the_best_set_that_was_learned_from():
    task = task_on(FIXED, 6.0)
    known = make_pairs(task, 0, Limits()).reached.sum(axis=1)
    found = choose(task, "deepim", Effort(), Limits()).seeds
    assert estimate(task.network, found).spread >= known.max() > known.min()


def test_costs_and_given_seeds_are_kept_to_and_a_seed_repeats_the_outcome():
    costs = 1.0 + np.arange(60) % 5
    task = task_on(Diffusion("ic"), 20.0, costs, (0, 1))
    found = [choose(task, "deepim-student", Effort(seed=4), Limits()).seeds.tolist() for _ in range(2)]
    assert found[0] == found[1]
    assert not {0, 1} & set(found[0])
    assert 15 <= costs[found[0]].sum() <= 20


def test_a_budget_for_all_needs_no_learning():
    task = task_on(Diffusion("ic"), 60.0)
    assert choose(task, "deepim", Effort(), Limits()).seeds.tolist() == list(range(60))


def test_networks_without_arcs_have_seeds_too():
    network = make_network(from_edges(4, []), Diffusion("ic"))
    nodes = np.arange(4, dtype=np.int32)
    task = Task(network, 2.0, None, nodes[:0], nodes)
    assert len(set(choose(task, "deepim", Effort(), Limits()).seeds.tolist())) == 2


def test_without_torch_it_is_one_line(monkeypatch):
    monkeypatch.setattr(choosers, "find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"method deepim needs torch: pip install .*train"):
        choose(task_on(Diffusion("ic"), 3.0), "deepim", Effort(), Limits())
