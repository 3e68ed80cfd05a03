"""The margin losses in torch, and PyEPO's models."""

import numpy as np
import pytest
import scipy.optimize
import torch

from coplug.problems.contextual_lp.decisions import observe
from coplug.problems.contextual_lp.families.networks import ContextualPath, grid_program
from coplug.problems.contextual_lp.margin import margin_program
from coplug.problems.contextual_lp.margin_qp import minimise
from coplug.training.contextual_lp.losses import MarginLoss

PATHS = ContextualPath(n_samples=8, height=3, width=3).generate(np.random.RandomState(0))


def test_the_loss_is_that_of_the_convex_program():
    features = np.hstack([np.ones((8, 1)), PATHS.contexts])
    problem = margin_program(
        PATHS.program, observe(PATHS.program, PATHS.decisions), features, loss="cilp", strength=0.01
    )
    found = minimise(problem)
    loss = MarginLoss(PATHS.program)
    value = float(loss(torch.from_numpy(features @ found.theta.T), torch.from_numpy(PATHS.decisions)))
    assert value + 0.005 * (found.theta**2).sum() == pytest.approx(
        problem.value(found.theta, found.duals), abs=1e-4
    )


@pytest.mark.parametrize("squared", [True, False])
def test_gradients_are_those_of_differences(squared):
    loss, decisions = MarginLoss(PATHS.program, squared=squared), torch.from_numpy(PATHS.decisions)
    costs = torch.from_numpy(np.random.default_rng(1).uniform(0, 3, PATHS.costs.shape)).requires_grad_()
    loss(costs, decisions).backward()
    if not squared:
        assert torch.isfinite(costs.grad).all()
        return
    for place in ((0, 0), (3, 5), (7, 11)):
        step = torch.zeros_like(costs)
        step[place] = 1e-5
        slope = (loss(costs + step, decisions) - loss(costs - step, decisions)) / 2e-5
        assert float(costs.grad[place]) == pytest.approx(float(slope), abs=1e-5)


@pytest.mark.parametrize("solver", ["highs", "scip", "scipy"])
def test_pyepo_solves_with_our_models(solver):
    pyepo = pytest.importorskip("pyepo")
    from coplug.training.contextual_lp.pyepo_bridge import LinearModel

    if solver == "highs":
        pytest.importorskip("highspy")
    x, c = pyepo.data.shortestpath.genData(6, 5, (3, 3), deg=2, noise_width=0.5, seed=1)
    data = pyepo.data.dataset.optDataset(LinearModel(PATHS.program, solver), x, c)
    rows, sides = PATHS.program.matrix.toarray(), PATHS.program.row_rhs
    best = [scipy.optimize.linprog(costs, A_eq=rows, b_eq=sides).fun for costs in c]
    np.testing.assert_allclose(data.objs[:, 0], best, rtol=1e-5)


@pytest.mark.parametrize("own", [True, False])
def test_pyepo_trains_and_judges_with_our_models_and_loss(own):
    pyepo = pytest.importorskip("pyepo")
    from torch.utils.data import DataLoader

    from coplug.training.contextual_lp.pyepo_bridge import LinearModel

    x, c = pyepo.data.shortestpath.genData(120, 5, (3, 3), deg=2, noise_width=0, seed=1)
    program = grid_program(3, 3)
    model = LinearModel(program, "scipy")
    data = pyepo.data.dataset.optDataset(model, x, c)
    torch.manual_seed(0)
    network = torch.nn.Linear(5, program.n_columns)
    margin, spo = MarginLoss(program), pyepo.func.SPOPlus(model, processes=1)
    optimizer = torch.optim.Adam(network.parameters(), lr=0.05)
    before = pyepo.metric.regret(network, model, DataLoader(data, batch_size=60))
    for _ in range(15 if own else 5):
        for z, costs, decisions, values in DataLoader(data, batch_size=40, shuffle=True):
            predicted = network(z)
            value = margin(predicted, decisions) if own else spo(predicted, costs, decisions, values)
            optimizer.zero_grad()
            value.backward()
            optimizer.step()
    assert pyepo.metric.regret(network, model, DataLoader(data, batch_size=60)) < 0.2 * before
