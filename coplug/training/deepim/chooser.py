"""The methods ``deepim`` and ``deepim-student`` of the problem ``influence``.

Source: C. Ling, J. Jiang, J. Wang, M. Thai, R. Xue, J. Song, M. Qiu and L. Zhao, Deep graph representation learning and
optimization for influence maximization, ICML 2023. What differs: messages follow the diffusion that is known instead of
a network that learns it from nothing; a code has, besides what the decoder makes scores of, a number for each node,
0 at first, for sets that no training set is near; and in the end seeds are exchanged as long as the network calls that
better, in the set found so, in the best one learned from, and in one that the network's slopes lead to.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from coplug.models.diffusion_network import DiffusionNetwork, ThresholdNetwork
from coplug.models.seed_autoencoder import SeedAutoencoder, SpreadStudent
from coplug.problems.influence.guarantee import Choice
from coplug.problems.influence.limits import Limits
from coplug.problems.influence.rankings import within_budget as bought
from coplug.problems.influence.task import Task
from coplug.training.deepim.budget import within_budget
from coplug.training.deepim.exchange import by_slopes, exchanged
from coplug.training.deepim.fitting import NOISE, fit_codes, fit_diffusion, fit_student
from coplug.training.deepim.pairs import Pairs, make_pairs, shares
from coplug.training.deepim.wiring import diffusion_network

STEPS = 100
RATE = 0.3
HOT, COLD = 1.0, 0.1
"""Temperatures of the scores, at first and in the end."""

SOFT, SHARP = 0.15, 0.03
"""Of fixed thresholds, alike."""

SCALE = 2.0
"""Standard deviation of the scores of a code."""

STARTS = 3
"""Codes of the best sets that are begun from, and their mean."""

TAUGHT, AT_ONCE = 256, 16
"""Codes that the student is taught."""

STUDENT_STARTS, STUDENT_STEPS, STUDENT_RATE = 64, 100, 0.05


def deepim(task: Task, seed: int, limits: Limits) -> Choice:
    """See :class:`coplug.problems.influence.choosers.Chooser`."""
    with _own_randomness(seed):
        return _Search(task, seed, limits).by_network()


def deepim_student(task: Task, seed: int, limits: Limits) -> Choice:
    """See :class:`coplug.problems.influence.choosers.Chooser`; codes are optimised through the student alone."""
    with _own_randomness(seed):
        return _Search(task, seed, limits).by_student()


@contextmanager
def _own_randomness(seed: int) -> Iterator[None]:
    """Let torch draw from the seed in one thread: its tensors are small, and outcomes then do not vary."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.random.fork_rng(devices=()):
            torch.manual_seed(seed)
            yield
    finally:
        torch.set_num_threads(threads)


class _Search:
    """What has been learned of a task, and the search for a code."""

    def __init__(self, task: Task, seed: int, limits: Limits) -> None:
        self.task, self.seed, self.limits = task, seed, limits
        network = task.network
        self.candidates = torch.from_numpy(task.candidates.astype(np.int64))
        self.costs = torch.from_numpy(task.cost_of_each[task.candidates]).float()[:, None]
        weights = np.ones(network.n_nodes) if network.weights is None else network.weights
        self.weights = torch.from_numpy(weights / network.total).float()
        self.pairs: Pairs = make_pairs(task, seed, limits)
        self.worth = self.pairs.reached @ self.weights.numpy()
        self.network: DiffusionNetwork = diffusion_network(network)
        self.autoencoder = SeedAutoencoder(network.n_nodes)
        if self.is_free:
            fit_diffusion(self.network, self.pairs, limits)
            fit_codes(self.autoencoder, self.pairs, limits)
        for module in (self.network, self.autoencoder):
            module.requires_grad_(False)

    @property
    def is_free(self) -> bool:
        """Whether not all candidates are affordable together: else there is nothing to optimise."""
        return float(self.costs.sum()) > self.task.budget

    def by_network(self) -> Choice:
        """Optimise codes through decoder and diffusion network."""
        if not self.is_free:
            return Choice(self.task.candidates)
        codes = self._starts().requires_grad_()
        own = torch.zeros(len(self.candidates), len(codes), requires_grad=True)
        optimizer = torch.optim.Adam([codes, own], lr=RATE)
        for step in range(STEPS):
            if self.limits.over():
                break
            share = step / STEPS
            if isinstance(self.network, ThresholdNetwork):
                self.network.softness = SOFT * (SHARP / SOFT) ** share
            chances = within_budget(
                (self._scores(codes) + own) / (HOT * (COLD / HOT) ** share), self.costs, self.task.budget
            )
            loss = -self._worth_of(chances).sum()
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
            optimizer.step()
        with torch.no_grad():
            begun = self._scores(self._starts())
            found = self._best(torch.cat([self._scores(codes) + own, begun], dim=1) / COLD)
        return self._improved(found.seeds)

    def _improved(self, seeds: NDArray[np.int32]) -> Choice:
        """Return the best, by what has been learned, of seeds, the best known set, and what slopes lead to.

        Each with exchanges. The slopes of fixed thresholds are those of soft ones: sharp ones have none.
        """
        if isinstance(self.network, ThresholdNetwork):
            self.network.softness = SOFT
        begun = [seeds, self._best_known()]
        if not self.limits.over():
            begun.append(by_slopes(self.task, self._slopes_at, self.limits))
        found = [exchanged(self.task, one, self._slopes_at, self._told, self.limits) for one in begun]
        return Choice(found[int(np.argmax(self._told(found)))], None, self.limits.reason)

    def by_student(self) -> Choice:
        """Optimise codes through a student of the diffusion network."""
        if not self.is_free:
            return Choice(self.task.candidates)
        known = self.autoencoder.encode(torch.from_numpy(self.pairs.sets).float())
        taught = known[torch.randint(len(known), (TAUGHT,))] + NOISE * torch.randn(TAUGHT, known.shape[1])
        with torch.no_grad():
            parts = [
                self._worth_of(within_budget(self._scores(part) / COLD, self.costs, self.task.budget))
                for part in torch.tensor_split(taught, TAUGHT // AT_ONCE)
                if not self.limits.over()
            ]
        student = SpreadStudent(known.shape[1])
        if parts:
            told = torch.cat(parts)
            fit_student(student, taught[: len(told)], told, self.limits)
        order = np.argsort(-self.worth, kind="stable")
        codes = known[torch.from_numpy(np.resize(order, STUDENT_STARTS))]
        codes = (codes + NOISE * torch.randn_like(codes)).detach().requires_grad_()
        optimizer = torch.optim.Adam([codes], lr=STUDENT_RATE)
        for _ in range(STUDENT_STEPS):
            loss = -student(codes).sum()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        with torch.no_grad():
            told_best = student(codes).argsort(descending=True)[: STARTS + 1]
            return self._best(self._scores(codes[told_best]) / COLD)

    def _starts(self) -> Tensor:
        """Return the codes of the best sets that are known, and their mean."""
        order = np.argsort(-self.worth, kind="stable")[:STARTS]
        codes = self.autoencoder.encode(torch.from_numpy(self.pairs.sets[order]).float())
        return torch.cat([codes, codes.mean(dim=0, keepdim=True)])

    def _scores(self, codes: Tensor) -> Tensor:
        """Return the decoder's scores of the candidates, mean 0, shape (n_candidates, n_codes)."""
        scores = self.autoencoder(codes).T[self.candidates]
        spread = scores.std(dim=0) if len(scores) > 1 else scores.new_ones(scores.shape[1])
        scaled: Tensor = SCALE * (scores - scores.mean(dim=0)) / spread.clamp(min=1e-6)
        return scaled

    def _worth_of(self, chances: Tensor) -> Tensor:
        """Return the share of the worth that sets reach, shape (n_sets,)."""
        seeds = chances.new_zeros(self.task.network.n_nodes, chances.shape[1])
        seeds[torch.from_numpy(self.task.given.astype(np.int64))] = 1
        reached: Tensor = self.network(seeds.index_copy(0, self.candidates, chances))
        return self.weights @ reached

    def _best(self, scores: Tensor) -> Choice:
        """Return the set, of those that scores stand for, that spreads farthest by what has been learned."""
        chances = within_budget(scores, self.costs, self.task.budget)
        preferences = torch.logit(chances, 1e-6) + 1e-3 * scores
        found = [self._set(column) for column in preferences.T.numpy()]
        if self.limits.reason:  # codes may not have been learned yet
            found.append(self._best_known())
        return Choice(found[int(np.argmax(self._told(found)))], None, self.limits.reason)

    def _best_known(self) -> NDArray[np.int32]:
        """Return the set that reached most of those that were simulated."""
        members = np.flatnonzero(self.pairs.sets[int(np.argmax(self.worth))]).astype(np.int32)
        return np.setdiff1d(members, self.task.given)

    def _told(self, sets: list[NDArray[np.int32]]) -> NDArray[np.float32]:
        """Return the share of the worth that sets reach, exactly where nothing is random."""
        if isinstance(self.network, ThresholdNetwork):
            reached = np.stack([shares(self.task, seeds, self.seed) for seeds in sets])
            return np.asarray(reached @ self.weights.numpy())
        members = np.stack([np.isin(self.task.candidates, seeds) for seeds in sets], axis=1)
        with torch.no_grad():
            return np.asarray(self._worth_of(torch.from_numpy(members).float()).numpy())

    def _slopes_at(self, seeds: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return how fast the worth grows with the chance of each node to be a seed, shape (n_nodes,)."""
        chances = torch.from_numpy(np.isin(self.task.candidates, seeds)).float()[:, None].requires_grad_()
        self._worth_of(chances).sum().backward()  # type: ignore[no-untyped-call] # torch's annotation is missing
        slopes = np.zeros(self.task.network.n_nodes, np.float32)
        assert chances.grad is not None
        slopes[self.task.candidates] = chances.grad[:, 0].numpy()
        return slopes

    def _set(self, preference: NDArray[np.float32]) -> NDArray[np.int32]:
        return bought(self.task, self.task.candidates[np.argsort(-preference, kind="stable")])
