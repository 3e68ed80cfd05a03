from __future__ import annotations

import numpy as np
import pytest

import coplug.ecole as ecole
from coplug.ecole import dynamics
from coplug.ecole.scip import ScipError
from tests.ecole.models import AUCTION, at_root, branchy_model


def values_at_node(model):
    return {v.name: v.getLPSol() for v in model.solver.getVars(transformed=True)}


def test_the_action_set_holds_the_fractional_variables_by_their_position():
    model, action_set = at_root()
    variables = model.solver.getVars(transformed=True)
    fractional = {
        k for k, v in enumerate(variables) if v.vtype() != "CONTINUOUS" and 1e-6 < v.getLPSol() % 1 < 1 - 1e-6
    }
    assert action_set.dtype == np.uint64
    assert set(action_set.tolist()) == fractional


def test_pseudo_candidates_are_the_integer_variables_that_are_not_fixed():
    model, action_set = at_root(pseudo=True)
    free = {
        k
        for k, v in enumerate(model.solver.getVars(transformed=True))
        if v.vtype() != "CONTINUOUS" and v.getUbLocal() - v.getLbLocal() > 0.5
    }
    assert set(action_set.tolist()) == free


def test_a_step_branches_on_the_variable():
    model, action_set = at_root()
    branching = dynamics.BranchingDynamics()
    variable = model.solver.getVars(transformed=True)[int(action_set[3])]
    done, _ = branching.step_dynamics(model, action_set[3])
    assert not done
    parents, bounds, _ = zip(*[model.solver.getCurrentNode().getParentBranchings()], strict=True)
    assert [v.name for v in parents[0]] == [variable.name]
    assert bounds[0][0] in (0.0, 1.0)


@pytest.mark.parametrize(
    ("action", "message"),
    [
        (10**6, "not in the action set"),
        (-1, "not in the action set"),
        (0.5, "not a whole number"),
        ("x1", "not a variable's position"),
        (None, "not a variable's position"),
    ],
)
def test_an_action_outside_the_set_is_refused(action, message):
    model, _ = at_root()
    with pytest.raises(ValueError, match=message):
        dynamics.BranchingDynamics().step_dynamics(model, action)


def test_a_candidate_of_the_other_kind_is_refused():
    model, action_set = at_root(pseudo=True)
    fractional = dynamics.BranchingDynamics()._dynamics._candidates(model).tolist()
    other = next(a for a in action_set.tolist() if a not in fractional)
    with pytest.raises(ValueError, match="not in the action set"):
        dynamics.BranchingDynamics().step_dynamics(model, other)


@pytest.mark.parametrize("default", [ecole.Default, "Default"])
def test_default_leaves_every_node_to_scip(default):
    model, alone = branchy_model(), branchy_model()
    branching = dynamics.BranchingDynamics()
    done, _ = branching.reset_dynamics(model)
    while not done:
        done, action_set = branching.step_dynamics(model, default)
    assert action_set is None
    alone.solve()
    assert model.solver.getNTotalNodes() == alone.solver.getNTotalNodes()


def test_a_step_without_a_reset_says_what_to_do():
    with pytest.raises(ScipError, match="reset first"):
        dynamics.BranchingDynamics().step_dynamics(branchy_model(), 0)
    with pytest.raises(ScipError, match="reset first"):
        dynamics.PrimalSearchDynamics().step_dynamics(branchy_model(), ([], []))


def test_an_instance_solved_in_presolving_is_done_at_reset():
    model = ecole.scip.Model.prob_basic("easy")
    view = model.as_pyscipopt()
    view.setObjective(view.addVar("x", vtype="I", lb=1), "minimize")
    assert dynamics.BranchingDynamics().reset_dynamics(model) == (True, None)
    assert model.is_solved


def test_seeds_come_from_the_generator():
    names = [f"randomization/{n}" for n in ("permutationseed", "randomseedshift", "lpseed")]
    seeds = []
    for _ in range(2):
        model = branchy_model()
        dynamics.ConfiguringDynamics().set_dynamics_random_state(model, ecole.RandomGenerator(5))
        seeds.append([model.get_param(name) for name in names])
        assert model.get_param("randomization/permutevars") is True
    assert seeds[0] == seeds[1]
    assert len(set(seeds[0])) == 3


def test_configuring_sets_parameters_and_solves():
    model = branchy_model()
    configuring = dynamics.ConfiguringDynamics()
    assert configuring.reset_dynamics(model) == (False, None)
    assert configuring.step_dynamics(model, {"limits/nodes": 3}) == (True, None)
    assert model.get_param("limits/nodes") == 3
    assert model.solver.getStatus() == "nodelimit"


class TestPrimalSearch:
    @staticmethod
    def optimum():
        """Return the names of the variables that are 1 in an optimal solution, and its value."""
        model = branchy_model()
        model.solve()
        best = model.solver.getBestSol()
        chosen = {v.name for v in model.solver.getVars() if model.solver.getSolVal(best, v) > 0.5}
        return chosen, model.primal_bound

    @staticmethod
    def start(**keywords):
        model = branchy_model()
        model.set_params({"limits/nodes": 50})
        model.solver.setHeuristics(3)  # off
        search = dynamics.PrimalSearchDynamics(**keywords)
        done, action_set = search.reset_dynamics(model)
        assert not done
        return model, search, action_set

    def test_a_proposal_of_the_optimum_is_found(self):
        chosen, value = self.optimum()
        model, search, action_set = self.start()
        names = [v.name.removeprefix("t_") for v in model.solver.getVars(transformed=True)]
        values = [float(names[k] in chosen) for k in action_set]
        search.step_dynamics(model, (action_set, values))
        assert model.primal_bound == pytest.approx(value)

    def test_a_partial_proposal_is_completed(self):
        model, search, action_set = self.start(trials_per_node=-1)
        before = model.primal_bound
        for k in action_set:
            search.step_dynamics(model, ([k], [1.0]))
            if model.primal_bound > before:
                break
        assert model.primal_bound > before

    @pytest.mark.parametrize("value", [7.0, -1.0, 0.5])
    def test_values_that_a_variable_cannot_take_find_nothing(self, value):
        model, search, action_set = self.start(trials_per_node=-1)
        before = model.primal_bound
        search.step_dynamics(model, (action_set[:1], [value]))
        assert model.primal_bound == before

    def test_trials_at_one_node(self):
        model, search, _ = self.start(trials_per_node=3)
        node = model.solver.getCurrentNode().getNumber()
        numbers = []
        for _ in range(3):
            assert not search.step_dynamics(model, ([], []))[0]
            numbers.append(model.solver.getCurrentNode().getNumber())
        assert numbers[:2] == [node, node]
        assert numbers[2] != node

    def test_any_number_of_trials_ends_when_scip_is_stopped(self):
        model, search, _ = self.start(trials_per_node=-1)
        assert search.step_dynamics(model, ([], []))[0] is False
        model.solver.interruptSolve()
        assert search.step_dynamics(model, ([], []))[0] is True

    def test_no_trials_solve_to_the_end_at_once(self):
        model = branchy_model()
        assert dynamics.PrimalSearchDynamics(trials_per_node=0).reset_dynamics(model) == (True, None)

    @pytest.mark.parametrize(
        ("action", "message"),
        [
            (([0, 1], [0.0]), "as many values"),
            (([[0]], [[0.0]]), "flat arrays"),
            (([10**6], [0.0]), "not in the action set"),
            (([-1], [0.0]), "not in the action set"),
        ],
    )
    def test_bad_proposals(self, action, message):
        model, search, _ = self.start()
        with pytest.raises(ValueError, match=message):
            search.step_dynamics(model, action)

    def test_a_fixed_variable_is_not_in_the_action_set(self):
        model, search, action_set = self.start(trials_per_node=-1)
        fixed = next(k for k in range(model.solver.getNVars(transformed=True) + 1) if k not in action_set)
        with pytest.raises(ValueError, match=f"variable {fixed}, which is not in the action set"):
            search.step_dynamics(model, ([fixed], [0.0]))

    def test_trials_below_minus_one_are_refused(self):
        with pytest.raises(ValueError, match="-1 for any number"):
            dynamics.PrimalSearchDynamics(trials_per_node=-2)


def test_instances_of_files_and_models_give_the_same_episode():
    environments = [ecole.environment.Branching(observation_function=None) for _ in range(2)]
    instances = (AUCTION, ecole.scip.Model.from_file(AUCTION))
    nodes = []
    for environment, instance in zip(environments, instances, strict=True):
        environment.seed(7)
        _, action_set, _, done, _ = environment.reset(instance)
        while not done:
            _, action_set, _, done, _ = environment.step(action_set[0])
        nodes.append(environment.model.solver.getNTotalNodes())
    assert nodes[0] == nodes[1]
