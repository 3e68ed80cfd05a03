import math

import numpy as np
import pytest
import torch

from coplug.training.gflownet.losses import (
    EdgeTerms,
    PathTerms,
    detailed_balance,
    flow_matching,
    subtrajectory_balance,
    trajectory_balance,
)
from coplug.training.gflownet.objectives import OBJECTIVES, edges_of, path_of
from tests.training.gflownet.tabular import ENVIRONMENTS, all_trajectories, random_policy, solved_policy

DECAY = 0.8
PATH_LOSSES = {
    "db": lambda path, log_z: detailed_balance(path),
    "tb": trajectory_balance,
    "subtb": lambda path, log_z: subtrajectory_balance(path, DECAY),
}


def random_path(seed=0, lengths=(1, 4, 2, 4)):
    generator = torch.Generator().manual_seed(seed)
    shape = (len(lengths), max(lengths))
    terms = [torch.randn(shape, generator=generator, dtype=torch.float64) for _ in range(3)]
    log_reward = torch.randn(len(lengths), generator=generator, dtype=torch.float64)
    return PathTerms(*terms, log_reward, torch.tensor(lengths))


def one(path, i):
    return PathTerms(*(array[i : i + 1] for array in path[:5]))


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize("loss", OBJECTIVES)
def test_loss_is_zero_exactly_where_the_flow_is(name, loss):
    environment = ENVIRONMENTS[name]()
    batch = all_trajectories(environment)
    objective, solved = OBJECTIVES[loss], solved_policy(environment)
    balance = objective.balance(solved, batch, DECAY)
    assert balance.loss.item() < 1e-20
    np.testing.assert_allclose(balance.log_reward.detach().numpy(), batch.log_reward, atol=1e-9)
    log_z = np.logaddexp.reduce(
        [environment.log_reward(o[None])[0] for o in np.unique(batch.objects, axis=0)]
    )
    assert objective.log_z(solved).item() == pytest.approx(log_z)
    assert objective.balance(random_policy(environment), batch, DECAY).loss.item() > 0.1


@pytest.mark.parametrize("name", ENVIRONMENTS)
@pytest.mark.parametrize(
    ("loss", "tables"),
    [
        ("fm", ["forward_logits"]),
        ("db", ["forward_logits", "backward_logits", "log_flow"]),
        ("tb", ["forward_logits", "backward_logits", "log_z"]),
        ("subtb", ["forward_logits", "backward_logits", "log_flow"]),
    ],
)
def test_loss_is_positive_next_to_the_solution_and_its_gradient_goes_to_what_it_uses(name, loss, tables):
    environment = ENVIRONMENTS[name]()
    batch = all_trajectories(environment)
    for table in tables:
        policy = solved_policy(environment)
        with torch.no_grad():
            values = getattr(policy.network, table)
            values += 0.01 * torch.randn(values.shape, generator=torch.Generator().manual_seed(1))
        value = OBJECTIVES[loss].balance(policy, batch, DECAY).loss
        assert 1e-7 < value.item() < 0.1
        value.backward()
    used = {key for key, p in policy.network.named_parameters() if p.grad is not None and p.grad.any()}
    assert used == set(tables)
    assert all(torch.isfinite(p.grad).all() for p in policy.network.parameters() if p.grad is not None)


@pytest.mark.parametrize("loss", PATH_LOSSES)
def test_gradients_of_losses_on_paths(loss):
    path = random_path()
    inputs = [terms.clone().requires_grad_() for terms in path[:3]]
    log_z = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)

    def value(log_z, *terms):
        return tuple(PATH_LOSSES[loss](PathTerms(*terms, path.log_reward, path.lengths), log_z))

    assert torch.autograd.gradcheck(value, (log_z, *inputs))


def test_gradients_of_flow_matching_with_edges_that_do_not_exist():
    generator = torch.Generator().manual_seed(0)
    log_in, log_out, log_stop = (
        torch.randn(shape, generator=generator, dtype=torch.float64).requires_grad_()
        for shape in ((5, 3), (5, 4), (2,))
    )
    exists = torch.tensor([[1, 0, 0], [1, 1, 1], [0, 1, 0], [0, 1, 1], [1, 0, 1]]).bool()

    def value(log_in, log_out, log_stop):
        masked = log_in.masked_fill(~exists, -torch.inf)
        return flow_matching(EdgeTerms(masked, log_out, log_stop, torch.ones(2))).loss

    assert torch.autograd.gradcheck(value, (log_in, log_out, log_stop))


@pytest.mark.parametrize("loss", PATH_LOSSES)
def test_rewards_are_constants(loss):
    path = random_path()
    log_reward = path.log_reward.clone().requires_grad_()
    log_flow = path.log_flow.clone().requires_grad_()
    path = path._replace(log_reward=log_reward, log_flow=log_flow)
    balance = PATH_LOSSES[loss](path, torch.zeros((), requires_grad=True))
    (balance.loss + balance.log_reward.sum()).backward()
    assert log_reward.grad is None


@pytest.mark.parametrize("loss", PATH_LOSSES)
def test_padding_counts_for_nothing(loss):
    log_z = torch.tensor(0.3, dtype=torch.float64)
    clean = random_path()
    terms = [t.clone() for t in clean[:3]]
    for table in terms:
        table[~clean.mask] = 1e6
        table.requires_grad_()
    padded = PathTerms(*terms, clean.log_reward, clean.lengths)
    balance = PATH_LOSSES[loss](padded, log_z)
    expected = PATH_LOSSES[loss](clean, log_z)
    torch.testing.assert_close(balance.loss, expected.loss)
    torch.testing.assert_close(balance.log_reward, expected.log_reward)
    balance.loss.backward()
    for table in terms[: 2 if loss == "tb" else 3]:
        assert not table.grad[~clean.mask].any()
        assert torch.isfinite(table.grad).all()


def residual(path, i, start, end):
    """The error of actions start..end of trajectory i; None for ``end`` of the object."""
    length = int(path.lengths[i])
    ends_at = path.log_reward[i] if end == length else path.log_flow[i, end]
    total = path.log_flow[i, start] - ends_at
    for t in range(start, end):
        total = total + path.log_forward[i, t] - path.log_backward[i, t]
    return float(total)


def test_losses_are_those_of_single_trajectories_written_out():
    path, log_z = random_path(), torch.tensor(0.3, dtype=torch.float64)
    lengths = path.lengths.tolist()
    steps = [residual(path, i, t, t + 1) ** 2 for i, n in enumerate(lengths) for t in range(n)]
    assert detailed_balance(path).loss.item() == pytest.approx(np.mean(steps))
    whole = [residual(path, i, 0, n) - float(path.log_flow[i, 0]) + 0.3 for i, n in enumerate(lengths)]
    assert trajectory_balance(path, log_z).loss.item() == pytest.approx(np.mean(np.square(whole)))
    sub = []
    for i, n in enumerate(lengths):
        pairs = [(a, b) for a in range(n) for b in range(a + 1, n + 1)]
        weights = [DECAY ** (b - a) for a, b in pairs]
        errors = [residual(path, i, a, b) ** 2 for a, b in pairs]
        sub.append(np.dot(weights, errors) / sum(weights))
    assert subtrajectory_balance(path, DECAY).loss.item() == pytest.approx(np.mean(sub))


def test_flow_matching_is_that_of_single_states_written_out():
    environment = ENVIRONMENTS["words"]()
    policy, batch = random_policy(environment), all_trajectories(environment)
    flow = policy.network.forward_logits.detach().exp().numpy()
    errors = []
    for i, length in enumerate(batch.lengths):
        for state in batch.states[i, 1:length]:
            inflow = outflow = 0.0
            for other in environment.states():
                for action in np.flatnonzero(environment.forward_mask(other[None])[0][:-1]):
                    if (environment.step(other[None], np.array([action])) == state).all():
                        inflow += flow[environment.index(other[None])[0], action]
            mine = environment.index(state[None])[0]
            outflow = flow[mine][environment.forward_mask(state[None])[0]].sum()
            errors.append(math.log(inflow / outflow) ** 2)
        stop = flow[environment.index(batch.objects[i][None])[0], -1]
        errors.append((math.log(stop) - batch.log_reward[i]) ** 2)
    assert flow_matching(edges_of(policy, batch)).loss.item() == pytest.approx(np.mean(errors))


def test_small_lambda_is_detailed_balance_of_each_trajectory():
    path = random_path()
    each = torch.stack([detailed_balance(one(path, i)).loss for i in range(4)])
    torch.testing.assert_close(subtrajectory_balance(path, 1e-12).loss, each.mean())
    alike = random_path(lengths=(3, 3, 3))
    torch.testing.assert_close(subtrajectory_balance(alike, 1e-12).loss, detailed_balance(alike).loss)


def test_large_lambda_is_trajectory_balance_with_the_flow_of_the_source_for_z():
    path = random_path()
    each = torch.stack([trajectory_balance(one(path, i), path.log_flow[i, 0]).loss for i in range(4)])
    torch.testing.assert_close(subtrajectory_balance(path, 1e12).loss, each.mean())


def test_stretches_count_alike_at_lambda_one():
    path = random_path(lengths=(3,))
    errors = [residual(path, 0, a, b) ** 2 for a, b in ((0, 1), (1, 2), (2, 3), (0, 2), (1, 3), (0, 3))]
    assert subtrajectory_balance(path, 1.0).loss.item() == pytest.approx(np.mean(errors))


def test_learned_log_rewards_are_those_that_orders_of_objects_are_learned_from():
    environment = ENVIRONMENTS["grid"]()
    policy, batch = random_policy(environment), all_trajectories(environment)
    network, at = policy.network, environment.index(batch.objects)
    logits, stop = policy.scores(batch.objects).forward_logits, environment.n_actions - 1
    exit_flow = network.log_flow[at] + logits.log_softmax(dim=1)[:, stop]
    learned = {name: o.balance(policy, batch, DECAY).log_reward for name, o in OBJECTIVES.items()}
    torch.testing.assert_close(learned["fm"], network.forward_logits[at, stop])
    torch.testing.assert_close(learned["db"], exit_flow)
    torch.testing.assert_close(learned["subtb"], exit_flow)
    path = path_of(policy, batch)
    torch.testing.assert_close(learned["tb"], network.log_z + path.log_ratio.sum(dim=1))
    (gradient,) = torch.autograd.grad(learned["tb"][0] - learned["tb"][1], network.log_z)
    assert gradient.item() == 0.0
