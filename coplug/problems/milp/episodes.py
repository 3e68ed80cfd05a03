"""Branching episodes side by side, observed as graphs: what policy-gradient learning acts in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.episodes import ACTIONS, Baseline, Observation, Step, least, returns_by
from coplug.contracts.node import COLUMN_FEATURES
from coplug.contracts.policy import CandidateKind
from coplug.errors import InstanceError, UsageError
from coplug.families import make_family
from coplug.graphs import Graphs, collate, one_graph
from coplug.problems.milp.files import PROGRAMS
from coplug.scip.data import RewardFunction
from coplug.scip.dynamics import BranchingDynamics
from coplug.scip.rewards import NNodes
from coplug.scip.session import Session
from coplug.scip.settings import LARGEST_SEED, PROTOCOLS, ParameterValue
from coplug.scip.sources import MAX_REDRAWS, Instance, Source, as_source
from coplug.scip.stage import SETTLED


def fewer_nodes() -> RewardFunction:
    """Return the reward that is minus the number of nodes since the last decision."""
    return -NNodes()


@dataclass
class _Episode:
    model: Session
    reward: RewardFunction
    action_set: NDArray[np.int64] | None
    graph: Graphs | None = None
    n_decisions: int = 0
    decisions: dict[int, int] = field(default_factory=dict)
    """The number of the decision at each branched node since the last restart."""

    def parent(self) -> int:
        """Return the decision at the nearest branched ancestor of the current node, -1 at the root; count this one."""
        node = self.model.solver.getCurrentNode()
        number = node.getNumber()
        if node.getParent() is None:
            self.decisions.clear()  # after a restart SCIP counts nodes from 1 again
        while (node := node.getParent()) is not None and node.getNumber() not in self.decisions:
            pass
        parent = self.decisions[node.getNumber()] if node is not None else -1
        self.decisions[number] = self.n_decisions
        self.n_decisions += 1
        return parent


class BranchingEpisodes:
    """Several branch-and-bound searches whose branching variables are chosen.

    An observation has the node types ``column`` (float32, shape (n, 19)) and ``row`` (float32, shape (n, 5)) of
    :class:`~coplug.contracts.node.NodeState`, with NaN where there is no incumbent; edges ``coefficient`` from row to
    column with the normalised coefficient (float32, shape (n, 1)); and the reference ``actions``: the candidates,
    which are columns. The reward is minus the number of nodes that SCIP processed since the last decision; what
    happens before the first one is nobody's. An episode terminates when the instance is solved and is truncated at a
    limit of SCIP. Instances that need no decision are drawn anew, at most 100 times.

    The instance and SCIP's seeds follow from an episode's seed alone. Source of the observation: Gasse et al. 2019.

    Parameters
    ----------
    instance : path, directory, Family, MilpInstance, model, or iterable of these
        See :func:`coplug.scip.sources.as_source`.
    candidates : "lp" or "pseudo"
    reward : callable
        Makes the reward function of an episode.
    scip_params : mapping, optional
        SCIP parameters of every episode.
    tree : bool
        A decision's consequences are the decisions in its subtree, not all that come later, and the reward of each
        decision is -1: its return is minus the number of branched nodes of its subtree. ``reward`` is not used.
        Source: Scavuzzo et al., Learning to Branch with Tree MDPs (NeurIPS 2022).
    """

    def __init__(
        self,
        instance: Instance,
        candidates: CandidateKind = "lp",
        reward: Callable[[], RewardFunction] = fewer_nodes,
        scip_params: Mapping[str, ParameterValue] | None = None,
        tree: bool = False,
    ) -> None:
        self._source: Source = as_source(instance)
        self._dynamics = BranchingDynamics(candidates)
        self._make_reward = reward
        self._scip_params = dict(scip_params or {})
        self._tree = tree
        Session.empty().set_params(self._scip_params)
        self._episodes: list[_Episode] = []
        self._waiting: list[int] = []

    def __getstate__(self) -> dict[str, Any]:
        # SCIP's problems stay in the process that they were begun in.
        return self.__dict__ | {"_episodes": [], "_waiting": []}

    def reset(self, seeds: Sequence[int]) -> Observation:
        """Start one episode for each seed.

        Raises
        ------
        InstanceError
            If an instance cannot be read, or 100 draws in a row need no decision.
        """
        self._episodes = []  # frees the last ones first
        self._episodes = [self._start(seed) for seed in seeds]
        self._waiting = list(range(len(seeds)))
        return self._observe()

    def step(self, actions: NDArray[np.int64]) -> Step:
        """Branch on a candidate in each waiting episode."""
        n = len(actions)
        rewards, terminated, truncated = np.empty(n), np.zeros(n, np.bool_), np.zeros(n, np.bool_)
        last = []
        for i, (k, action) in enumerate(zip(self._waiting, actions.tolist(), strict=True)):
            episode = self._episodes[k]
            assert episode.action_set is not None
            done, episode.action_set = self._dynamics.step(episode.model, int(episode.action_set[action]))
            rewards[i] = -1.0 if self._tree else episode.reward.extract(episode.model, done)
            if done:
                terminated[i] = episode.model.solver.getStatus() in SETTLED
                truncated[i] = not terminated[i]
                # SCIP has dropped its LP by now, so the last decision stands for what would have followed.
                last += [episode.graph] if truncated[i] and episode.graph is not None else []
        self._waiting = [k for k, over in zip(self._waiting, terminated | truncated, strict=True) if not over]
        return Step(
            rewards,
            terminated,
            truncated,
            collate(last) if last else None,
            self._observe() if self._waiting else None,
        )

    def baselines(self) -> Mapping[str, Baseline]:
        """Return the ``most-fractional`` candidate, and SCIP's own rule, ``scip``, on the same instances and seeds.

        SCIP's rule solves LPs of its own, which may end nodes and tighten bounds; its return is what ``reward`` says
        of the tree that is left. Where decisions make a tree it is left out.
        """
        found: dict[str, Baseline] = {
            "most-fractional": lambda seeds: returns_by(self, _most_fractional, seeds)
        }
        return found if self._tree else found | {"scip": self._returns_of_scip}

    def _returns_of_scip(self, seeds: Sequence[int]) -> NDArray[np.float64]:
        returns = np.zeros(len(seeds))
        for i, seed in enumerate(seeds):
            episode = self._start(seed)
            done = False
            while not done:
                done, _ = self._dynamics.skip(episode.model)
                returns[i] += episode.reward.extract(episode.model, done)
        return returns

    def _start(self, seed: int) -> _Episode:
        rng = np.random.default_rng(seed)
        for _ in range(MAX_REDRAWS):
            model = self._source.draw(rng)
            shift, lp = rng.integers(1, LARGEST_SEED, 2).tolist()
            model.set_params({"randomization/randomseedshift": shift, "randomization/lpseed": lp})
            model.set_params(self._scip_params)
            reward = self._make_reward()
            reward.before_reset(model)
            done, action_set = self._dynamics.reset(model)
            if not done:
                reward.extract(model, done)
                return _Episode(model, reward, action_set)
            if not self._source.redrawable:
                break
        raise InstanceError("the instances are solved without a branching decision; give harder ones")

    def _observe(self) -> Observation:
        graphs = []
        for k in self._waiting:
            graph = self._episodes[k].graph = _observed(self._episodes[k])
            graphs.append(graph)
        parents = [self._episodes[k].parent() for k in self._waiting] if self._tree else None
        return Observation(
            collate(graphs),
            np.array(self._waiting, np.int64),
            np.array(parents, np.int64) if parents is not None else None,
        )


def _most_fractional(graphs: Graphs, rng: np.random.Generator) -> NDArray[np.int64]:
    candidates = graphs.references[ACTIONS].positions
    fractions = graphs.nodes["column"].values[candidates.values, COLUMN_FEATURES.index("solution_frac")]
    return least(np.abs(fractions - 0.5), candidates.ptr)


def _observed(episode: _Episode) -> Graphs:
    """Return the episode's node as a graph."""
    reader = episode.model.reader
    state = reader.read()
    column_of = np.empty(episode.model.solver.getNVars(transformed=True), np.int64)
    column_of[reader.column_variables()] = np.arange(state.n_columns)
    rows = np.repeat(np.arange(state.n_rows), np.diff(state.row_ptr))
    index = np.stack([rows, state.edge_columns])
    assert episode.action_set is not None
    return one_graph(
        {
            "column": state.column_features.astype(np.float32),
            "row": state.row_features.astype(np.float32),
        },
        {"coefficient": ("row", "column", index, state.edge_values.astype(np.float32)[:, None])},
        references={ACTIONS: ("column", column_of[episode.action_set])},
    )


def family_episodes(
    family: str,
    size: str = "tiny",
    candidates: CandidateKind = "lp",
    protocol: str = "gasse",
    node_limit: int = 0,
    tree: bool = False,
) -> BranchingEpisodes:
    """Return :class:`BranchingEpisodes` on fresh instances of a family; for recipes.

    Parameters
    ----------
    family, size : str
        See :func:`coplug.families.make_family`.
    candidates : str
    protocol : str
        ``gasse`` (cuts at the root only, no restarts) or ``default``.
    node_limit : int
        SCIP's ``limits/nodes``; 0 for none.
    tree : bool
        See :class:`BranchingEpisodes`.

    Raises
    ------
    UsageError
        If a name is unknown.
    """
    if protocol not in PROTOCOLS:
        raise UsageError(f"protocol {protocol!r} is unknown; choose one of: {', '.join(PROTOCOLS)}")
    params = {
        name: value
        for name, value in PROTOCOLS[protocol](0).items()
        if not name.startswith(("randomization/", "limits/"))
    }
    if node_limit > 0:
        params["limits/nodes"] = node_limit
    return BranchingEpisodes(
        make_family(family, size, draws=PROGRAMS), candidates, scip_params=params, tree=tree
    )
