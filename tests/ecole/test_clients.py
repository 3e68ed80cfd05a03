"""Small programs in the style of code that was written for Ecole, one for each kind of client.

Those with environments or dynamics of their own are in ``test_client_environments.py``.
"""

from __future__ import annotations

import gzip
import pickle

import networkx as nx
import numpy as np
import pyscipopt
import pytest

import coplug.ecole as ecole
from tests.ecole.models import NO_ROOT_WORK, USUAL, auctions, branchy_model


class ExploreThenStrongBranch:
    """Strong branching now and then, pseudocosts else; says which."""

    def __init__(self, expert_probability):
        self.expert_probability = expert_probability
        self.pseudocosts_function = ecole.observation.Pseudocosts()
        self.strong_branching_function = ecole.observation.StrongBranchingScores()
        self.rng = np.random.default_rng(0)

    def before_reset(self, model):
        self.pseudocosts_function.before_reset(model)
        self.strong_branching_function.before_reset(model)

    def extract(self, model, done):
        if self.rng.random() < self.expert_probability:
            return self.strong_branching_function.extract(model, done), True
        return self.pseudocosts_function.extract(model, done), False


def test_imitation_collects_pickled_samples(tmp_path):
    """As learn2branch on Ecole and Ecole's own notebook do."""
    env = ecole.environment.Branching(
        observation_function=(ExploreThenStrongBranch(0.5), ecole.observation.NodeBipartite()),
        scip_params=USUAL,
    )
    env.seed(0)
    n_samples = 0
    for _, instance in zip(range(3), auctions(), strict=False):
        observation, action_set, _, done, _ = env.reset(instance)
        while not done:
            (scores, scores_are_expert), node_observation = observation
            action = action_set[scores[action_set].argmax()]
            if scores_are_expert:
                data = [node_observation, action, action_set, scores]
                with gzip.open(tmp_path / f"sample_{n_samples}.pkl", "wb") as file:
                    pickle.dump(data, file)
                n_samples += 1
            observation, action_set, _, done, _ = env.step(action)
    assert n_samples > 0
    with gzip.open(tmp_path / "sample_0.pkl", "rb") as file:
        sample, action, action_set, scores = pickle.load(file)
    edge_indices = sample.edge_features.indices.astype(np.int32)
    assert edge_indices.max(1)[0] < len(sample.row_features)
    assert edge_indices.max(1)[1] < len(sample.variable_features)
    assert np.nanmax(scores) == scores[action]
    assert action in action_set


class SubtreeReturns:
    """Follows the tree through PySCIPOpt, at the end as well, and gives the size of each visited node's subtree."""

    def before_reset(self, model):
        self.tree, self.visited = nx.DiGraph(), []

    def extract(self, model, done):
        view = model.as_pyscipopt()
        current = view.getCurrentNode()
        leaves, children, siblings = view.getOpenNodes()
        for node in [current] * (current is not None) + leaves + children + siblings:
            self.tree.add_node(node.getNumber())
            if node.getParent() is not None:
                self.tree.add_edge(node.getParent().getNumber(), node.getNumber())
        if not done:
            self.visited.append(current.getNumber())
            return None
        assert current is None
        assert (leaves, children, siblings) == ([], [], [])
        assert view.getLPColsData() == []
        return [-len(nx.descendants(self.tree, node)) - 1 for node in self.visited]


def test_rewards_that_walk_the_tree_at_the_end():
    """As treedqn and retro branching do."""
    env = ecole.environment.Branching(
        reward_function=SubtreeReturns(),
        information_function={"num_nodes": ecole.reward.NNodes().cumsum()},
        scip_params=USUAL | NO_ROOT_WORK,
    )
    env.seed(1)
    _, action_set, reward, done, info = env.reset(next(auctions()).copy_orig())
    while not done:
        assert reward is None
        _, action_set, reward, done, info = env.step(action_set[0])
    assert len(reward) > 1
    assert reward[0] == min(reward)
    assert -reward[0] <= info["num_nodes"] + 1


def test_instance_kits_use_names_of_ecole_0_7(tmp_path):
    """As ML4CO-Kit and older sample collectors do."""
    kind = ecole.instance.IndependentSetGenerator
    with pytest.warns(DeprecationWarning, match="Ecole 0.7"):
        generator = kind(
            n_nodes=30,
            graph_type=kind.GraphType.erdos_renyi,
            edge_probability=0.2,
            random_engine=ecole.RandomEngine(value=5),
        )
    path = tmp_path / "mis_er_0001.lp"
    next(generator).write_problem(str(path))
    env = ecole.environment.Branching(scip_params=NO_ROOT_WORK, pseudo_candidates=True)
    with pytest.warns(DeprecationWarning, match="random_engine"):
        env.random_engine.seed(1)
    observation, _, _, done, _ = env.reset(str(path))
    assert not done
    with pytest.warns(DeprecationWarning, match="column_features"):
        columns = observation.column_features
    assert columns is observation.variable_features


def test_a_bandit_configures_with_parameters_of_old():
    """As configuration by SMAC and the configuration task's entries do."""
    env = ecole.environment.Configuring(
        observation_function=ecole.observation.Hutter2011(),
        reward_function=-ecole.reward.NNodes(),
        scip_params={"limits/time": 60},
    )
    space = {
        "branching/scorefunc": "s",
        "lp/colagelimit": 10,
        "nodeselection/childsel": "h",
        "separating/minortho": 0.9,
        "separating/minorthoroot": 0.9,
        "separating/maxcuts": 100,
        "presolving/milp/randomseed": 7,
    }
    observation, action_set, _, done, _ = env.reset(next(auctions()))
    assert observation.features.shape == (33,)
    assert action_set is None
    with pytest.warns(UserWarning, match="any more: it is ignored; its successor is") as noted:
        _, _, reward, done, _ = env.step(space)
    assert done
    assert reward <= 0
    assert [str(note.message).split("'")[1] for note in noted] == [
        "separating/minortho",
        "separating/minorthoroot",
        "presolving/milp/randomseed",
    ]
    assert env.model.get_param("separating/maxcuts") == 100
    with pytest.raises(ecole.scip.ScipError, match="successor is cutselection/hybrid/minortho"):
        env.model.set_param("separating/minortho", 0.5)


class TreeFeatures:
    """Numbers of the search as a whole."""

    def before_reset(self, model):
        self.first_bound = None

    def extract(self, model, done):
        view = model.as_pyscipopt()
        self.first_bound = view.getLowerbound() if self.first_bound is None else self.first_bound
        numbers = (
            view.getNNodesLeft(),
            view.getNNodes(),
            view.getMaxDepth(),
            view.getNSolsFound(),
            view.getGap(),
        )
        return np.array(numbers, dtype=float)


def test_hybrid_policies_see_the_root_once_and_candidates_after_it():
    """As hybrid branching, FiLM and branching on tree features do."""
    env = ecole.environment.Branching(
        observation_function={
            "node": ecole.observation.NodeBipartite(cache=True),
            "candidates": ecole.observation.Khalil2016(),
            "tree": TreeFeatures(),
        },
        scip_params=USUAL | NO_ROOT_WORK,
    )
    env.seed(2)
    observation, action_set, _, done, _ = env.reset(next(auctions()))
    root = observation["node"].variable_features
    weights = np.nan_to_num(root).mean(1)
    names = ecole.observation.Khalil2016Obs.Features
    while not done:
        features = observation["candidates"].features[action_set]
        assert features.shape == (len(action_set), len(names))
        assert observation["tree"].shape == (5,)
        scores = weights[action_set] * features[:, names.obj_coef]
        observation, action_set, _, done, _ = env.step(action_set[scores.argmax()])
    assert env.model.is_solved


class StandardisedBipartite(ecole.observation.NodeBipartite):
    """Adds columns to those of the node."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.init_dual_bound = None

    def before_reset(self, model):
        super().before_reset(model)
        self.init_dual_bound = None

    def extract(self, model, done):
        seen = super().extract(model, done)
        view = model.as_pyscipopt()
        if self.init_dual_bound is None:
            self.init_dual_bound = view.getDualbound()
        if seen is not None:
            rows = np.full((len(seen.variable_features), 1), view.getDualbound() - self.init_dual_bound)
            seen.variable_features = np.hstack([seen.variable_features, rows])
        return seen


def test_replay_buffers_hold_observations_of_a_subclass():
    """As deep Q-learning for branching does."""
    env = ecole.environment.Branching(
        observation_function=StandardisedBipartite(),
        reward_function=-1.5 * ecole.reward.LpIterations() ** 2 + ecole.reward.IsDone(),
        scip_params=NO_ROOT_WORK,
    )
    env.seed(0)
    buffer = np.zeros(50, dtype=ecole.core.observation.NodeBipartiteObs)
    observation, action_set, reward, done, _ = env.reset(branchy_model())
    n = 0
    while not done and n < 50:
        assert type(env.model) == ecole.core.scip.Model  # noqa: E721 # so clients write it
        buffer[n], n = observation, n + 1
        observation, action_set, reward, done, _ = env.step(int(action_set[0]))
    assert buffer[0].variable_features.shape[1] == 20
    assert isinstance(reward, float)


def test_models_go_to_and_from_pyscipopt(tmp_path):
    """As models that are built in PySCIPOpt, or warm-started, do."""
    source = pyscipopt.Model("routes")
    source.hideOutput()
    chosen = [source.addVar(f"x{k}", vtype="B", obj=float(k % 5 + 1)) for k in range(12)]
    for k in range(12):
        source.addCons(chosen[k] + chosen[(k + 1) % 12] + chosen[(k + 3) % 12] >= 1)
    model = ecole.scip.Model.from_pyscipopt(source)
    env = ecole.environment.Branching(scip_params=NO_ROOT_WORK)
    env.seed(0)
    for instance in (model, next(auctions())):
        _, action_set, _, done, _ = env.reset(instance)
        while not done:
            names = [v.name for v in env.model.as_pyscipopt().getVars(transformed=True)]
            assert all(int(action) < len(names) for action in action_set)
            _, action_set, _, done, _ = env.step(action_set[0])
        view = env.model.as_pyscipopt()
        assert view.getStatus() == "optimal"
        solution = view.getBestSol()
        assert view.getSolObjVal(solution) == pytest.approx(env.model.primal_bound)
    with pytest.raises(ecole.scip.ScipError, match="does not own"):
        ecole.scip.Model.from_pyscipopt(env.model.as_pyscipopt())


def test_heuristics_propose_rounded_solutions():
    """As primal search and learned diving do."""
    env = ecole.environment.PrimalSearch(
        trials_per_node=2,
        observation_function=(ecole.observation.NodeBipartite(), ecole.observation.Nothing()),
        reward_function=ecole.reward.PrimalIntegral(),
        scip_params=NO_ROOT_WORK,
    )
    env.seed(4)
    observation, action_set, _, done, _ = env.reset(next(auctions()))
    for _ in range(6):
        if done:
            break
        values = np.nan_to_num(observation[0].variable_features[:, 8])[action_set].round()
        observation, action_set, reward, done, _ = env.step((action_set, values))
        assert np.isfinite(reward)
    assert env.model.primal_bound > 0


def test_data_sets_are_drawn_written_and_read_back(tmp_path):
    """As collections of instances do: static draws by position, files without replacement, the graph of a problem."""
    rng = ecole.RandomGenerator(9)
    for k in range(3):
        model = ecole.instance.SetCoverGenerator.generate_instance(20, 30, 0.2, 100, rng)
        model.write_problem(str(tmp_path / f"instance_{k}.mps"))
    assert rng != ecole.RandomGenerator(9)
    assert ecole.instance.SetCoverGenerator.generate_instance(rng).name == "SetCover-500-1000"
    files = ecole.instance.FileGenerator(str(tmp_path), sampling_mode="remove")
    files.seed(0)
    read = list(files)
    assert len(read) == 3
    for model in read:
        model.disable_presolve()
        model.transform_prob()
        graph = ecole.observation.MilpBipartite(normalize=True).extract(model, False)
        assert graph.variable_features.shape == (30, 9)
        assert graph.edge_features.shape == (20, 30)
