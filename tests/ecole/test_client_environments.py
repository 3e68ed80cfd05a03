"""Environments and dynamics in the style of code that was written for Ecole."""

from __future__ import annotations

import queue
import threading

import numpy as np
import pytest

import coplug.ecole as ecole
from tests.ecole.models import NO_ROOT_WORK, USUAL, auctions, branchy_model


class DepthFirstDynamics(ecole.dynamics.BranchingDynamics):
    def reset_dynamics(self, model, primal_bound, training, *args, **kwargs):
        view = model.as_pyscipopt()
        priority = 666666 if training else 0
        view.setParam("nodeselection/dfs/stdpriority", priority)
        view.setParam("nodeselection/dfs/memsavepriority", priority)
        if primal_bound is not None:
            view.setObjlimit(primal_bound)
        return super().reset_dynamics(model, *args, **kwargs)


class DepthFirstBranching(ecole.environment.Environment):
    __Dynamics__ = DepthFirstDynamics


def test_tree_mdp_agents_in_threads_record_subtrees(tmp_path):
    """As rl2branch does: FocusNode, depth-first search, agents in threads, returns by subtree."""
    path = str(tmp_path / "instance.lp")
    next(auctions()).write_problem(path)
    jobs, results = queue.Queue(), queue.Queue()

    def agent():
        env = DepthFirstBranching(
            observation_function=(ecole.observation.FocusNode(), ecole.observation.NodeBipartite()),
            reward_function=ecole.reward.NNodes().cumsum(),
            information_function={"lpiters": ecole.reward.LpIterations().cumsum()},
            scip_params=USUAL | NO_ROOT_WORK,
            pseudo_candidates=False,
        )
        while (seed := jobs.get()) is not None:
            env.seed(seed)
            tree = {}
            observation, action_set, n_nodes, done, info = env.reset(
                instance=path, primal_bound=None, training=True
            )
            while not done:
                focus, bipartite = observation
                assert len(bipartite.variable_features) == focus.n_vars
                tree[focus.number] = focus
                observation, action_set, n_nodes, done, info = env.step(action_set[0])
            results.put((seed, tree, n_nodes, info))

    threads = [threading.Thread(target=agent) for _ in range(2)]
    for thread in threads:
        thread.start()
    for seed in (1, 1, None, None):
        jobs.put(seed)
    for thread in threads:
        thread.join()
    (seed, tree, n_nodes, info), other = results.get_nowait(), results.get_nowait()
    assert (seed, n_nodes, info, sorted(tree)) == (1, other[2], other[3], sorted(other[1]))
    sizes = dict.fromkeys(tree, 0)
    for node in sorted(tree.values(), key=lambda node: -node.depth):
        sizes[node.number] += 2
        if node.parent_number >= 0:
            sizes[node.parent_number] += sizes[node.number]
    assert sizes[0] == 2 * len(tree)
    assert len(tree) < n_nodes


class ObjectiveLimitEnvironment(ecole.environment.Environment):
    """Overrides reset, with the parts that Ecole's own has."""

    def reset(self, instance, objective_limit=None, *dynamics_args, **dynamics_kwargs):
        self.can_transition = True
        try:
            if isinstance(instance, ecole.core.scip.Model):
                self.model = instance.copy_orig()
            else:
                self.model = ecole.core.scip.Model.from_file(instance)
            self.model.set_params(self.scip_params)
            if objective_limit is not None:
                self.model.as_pyscipopt().setObjlimit(objective_limit)
            self.dynamics.set_dynamics_random_state(self.model, self.rng)
            self.reward_function.before_reset(self.model)
            self.observation_function.before_reset(self.model)
            self.information_function.before_reset(self.model)
            done, action_set = self.dynamics.reset_dynamics(self.model, *dynamics_args, **dynamics_kwargs)
            self.can_transition = not done
            reward_offset = self.reward_function.extract(self.model, done)
            observation = self.observation_function.extract(self.model, done) if not done else None
            information = self.information_function.extract(self.model, done)
        except Exception:
            self.can_transition = False
            raise
        return observation, action_set, reward_offset, done, information


class TimeLimitDualIntegral(ecole.reward.DualIntegral):
    def __init__(self):
        self.parameters = {"offset": 0.0, "initial_dual_bound": None}
        super().__init__(wall=True, bound_function=lambda model: self.bounds(model))

    def bounds(self, model):
        assert isinstance(model, ecole.scip.Model)
        return self.parameters["offset"], self.parameters["initial_dual_bound"]


class DualTaskEnvironment(ObjectiveLimitEnvironment):
    __Dynamics__ = ecole.dynamics.BranchingDynamics
    __DefaultRewardFunction__ = TimeLimitDualIntegral


def test_competition_environments_override_reset():
    """As the ML4CO competition's starter code and its entries do."""
    env = DualTaskEnvironment(
        observation_function=None,
        scip_params={"estimation/restarts/restartpolicy": "n"} | NO_ROOT_WORK,
        pseudo_candidates=True,
    )
    env.seed(0)
    instance = next(auctions())
    env.reward_function.parameters["initial_dual_bound"] = 1e6
    _, action_set, reward, done, _ = env.reset(instance, objective_limit=-1e6)
    total = reward
    while not done:
        _, action_set, reward, done, _ = env.step(action_set[-1])
        total += reward
    assert np.isfinite(total)
    with pytest.raises(ecole.MarkovError):
        env.step(action_set)


class ControlledDynamics:
    """Dynamics of one's own, by control inversion, whose actions are PySCIPOpt's variables."""

    def set_dynamics_random_state(self, model, rng):
        model.set_param("randomization/randomseedshift", rng() % 1000)

    def action_set(self, model):
        return model.as_pyscipopt().getLPBranchCands()[0]

    def reset_dynamics(self, model):
        call = model.solve_iter(ecole.scip.callback.BranchruleConstructor())
        return call is None, self.action_set(model)

    def step_dynamics(self, model, action):
        model.as_pyscipopt().branchVar(action)
        call = model.solve_iter_continue(ecole.scip.callback.Result.Branched)
        return call is None, self.action_set(model)


class ControlledBranching(ecole.environment.Environment):
    __Dynamics__ = ControlledDynamics


def test_dynamics_by_control_inversion():
    """As the documentation of Ecole's development version does."""
    env = ControlledBranching(observation_function=None, reward_function=ecole.reward.NNodes())
    env.seed(0)
    observation, action_set, total, done, _ = env.reset(branchy_model())
    while not done:
        assert observation is None
        observation, action_set, reward, done, _ = env.step(action_set[-1])
        total += reward
    assert action_set == []
    assert total == env.model.as_pyscipopt().getNTotalNodes() > 1
