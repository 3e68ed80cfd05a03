from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

import coplug.ecole as ecole
from coplug.ecole import observation
from coplug.scip.make_reader import make_reader
from scripts.bench_ecole import ROOT_ONLY, Plain, differences
from tests.ecole.models import at_root

FUNCTIONS = [
    observation.NodeBipartite(),
    observation.MilpBipartite(),
    observation.MilpBipartite(normalize=True),
    observation.StrongBranchingScores(),
    observation.StrongBranchingScores(pseudo_candidates=True),
    observation.Pseudocosts(),
    observation.Khalil2016(),
    observation.Khalil2016(pseudo_candidates=True),
    observation.Hutter2011(),
    observation.Nothing(),
]


@pytest.mark.parametrize("name", ["tiny.mps", "cauctions_100i_500b.lp", "facilities_25x20.lp"])
def test_the_root_is_what_ecole_read(shared_data, name):
    path = shared_data / "ecole_parity" / name
    reference = np.load(f"{path}.npz")
    model = ecole.scip.Model.from_file(path)
    model.set_params(ROOT_ONLY)
    model.solver.setHeuristics(3)  # off
    _, action_set = Plain().reset_dynamics(model)
    assert max(differences(model, reference)) < 1e-6
    variables = [v.name for v in model.solver.getVars(transformed=True)]
    theirs = {str(reference["var_names"][k]) for k in reference["action_set"]}
    assert {variables[int(k)] for k in action_set} == theirs


def test_rows_of_a_node_bipartite_observation_follow_the_problems_variables():
    model, action_set = at_root()
    obs = observation.NodeBipartite().extract(model, False)
    variables = model.solver.getVars(transformed=True)
    features = obs.VariableFeatures
    values = obs.variable_features[:, features.solution_value]
    np.testing.assert_allclose(values, [v.getLPSol() for v in variables])
    fractional = np.flatnonzero(obs.variable_features[:, features.solution_frac])
    assert set(fractional) == set(action_set.tolist())
    assert obs.edge_features.shape == (len(obs.row_features), len(variables))
    assert obs.edge_features.indices.dtype == np.uint64
    assert obs.edge_features.nnz == len(obs.edge_features.values)


def test_an_observation_owns_its_arrays():
    model, action_set = at_root()
    function = observation.NodeBipartite(cache=True)
    first = function.extract(model, False)
    kept = copy.deepcopy(first)
    ecole.dynamics.BranchingDynamics().step_dynamics(model, action_set[0])
    second = function.extract(model, False)
    np.testing.assert_array_equal(first.variable_features, kept.variable_features)
    assert not np.array_equal(first.variable_features, second.variable_features)


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda f: type(f).__name__)
@pytest.mark.parametrize("stage", ["problem", "solving", "solved"])
def test_observations_are_copied_pickled_or_none_at_every_stage(function, stage):
    model = (
        at_root()[0]
        if stage == "solving"
        else ecole.instance.SetCoverGenerator(20, 40, 0.2, rng=ecole.RandomGenerator(0)).__next__()
    )
    if stage == "solved":
        model.solve()
    function.before_reset(model)
    obs = function.extract(model, stage == "solved")
    solving_only = not isinstance(function, observation.MilpBipartite | observation.Hutter2011)
    exists = stage == ("solving" if solving_only else "problem") and not isinstance(
        function, observation.Nothing
    )
    assert (obs is not None) == exists
    for other in (copy.copy(obs), copy.deepcopy(obs), pickle.loads(pickle.dumps(obs))):
        assert type(other) is type(obs)


@pytest.mark.parametrize(
    ("cls", "enum", "first", "size"),
    [
        (observation.NodeBipartiteObs, "VariableFeatures", "objective", 19),
        (observation.NodeBipartiteObs, "RowFeatures", "bias", 5),
        (observation.MilpBipartiteObs, "VariableFeatures", "objective", 9),
        (observation.MilpBipartiteObs, "ConstraintFeatures", "bias", 1),
        (observation.Khalil2016Obs, "Features", "obj_coef", 72),
        (observation.Hutter2011Obs, "Features", "nb_variables", 33),
    ],
)
def test_enumerations_name_the_columns(cls, enum, first, size):
    features = getattr(cls, enum)
    assert len(features.__members__) == size
    assert features[first] == 0
    assert np.arange(size)[features[first]] == 0
    assert pickle.loads(pickle.dumps(features[first])) is features[first]


def test_scores_are_those_of_the_candidates_and_nan_elsewhere():
    model, action_set = at_root()
    pseudo = observation.StrongBranchingScores(True).extract(model, False)
    scores = observation.StrongBranchingScores(False).extract(model, False)
    costs = observation.Pseudocosts().extract(model, False)
    candidates = np.sort(action_set.astype(int))
    assert list(np.flatnonzero(~np.isnan(scores))) == list(candidates)
    assert list(np.flatnonzero(~np.isnan(costs))) == list(candidates)
    assert np.isnan(pseudo).sum() < np.isnan(scores).sum()
    np.testing.assert_allclose(pseudo[candidates], scores[candidates])
    reader = make_reader(model.solver)
    reader.candidates("lp")
    expected = dict(zip(reader.candidate_variables(), reader.strong_branching(), strict=True))
    np.testing.assert_allclose(scores[candidates], [expected[k] for k in candidates])
