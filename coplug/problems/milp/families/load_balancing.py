"""Load balancing: the second family of the ML4CO competition of NeurIPS 2021."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import scipy.optimize
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import any_rng
from coplug.problems.milp.families.item_placement import (
    check_competition_seed,
    competition_state,
    draw_count,
    six_digits,
)
from coplug.problems.milp.families.load_balancing_tight import tight_parts
from coplug.problems.milp.families.parameters import later, recorded
from coplug.problems.milp.files import PROGRAMS
from coplug.problems.milp.instance import MilpInstance

LARGE_CAPACITY, SMALL_CAPACITY = (0.3, 0.5), (0.1, 0.3)
"""Ranges of the workers' capacities."""

LIGHT_LOAD, HEAVY_LOAD = (1.0, 5.0), (5.0, 10.0)
"""Ranges of the workloads' loads."""

MAX_DRAWS = 100
"""Infeasible draws after which the parameters are to blame."""


@dataclass(frozen=True)
class LoadBalancing:
    """Use the fewest workers that carry all workloads, also if any one of them fails: min sum worker_used.

    ``worker_used_t`` is binary; ``reserved_capacity_s_t``, the capacity of worker ``t`` kept for workload
    ``s``, is continuous in [0, c_t] where ``s`` is allowed on ``t``, and 0 elsewhere. With ``c_t`` the
    capacity of a worker and ``l_s`` the load of a workload,

    - ``worker_used_ct_s_t``: ``max(c_t, l_s) worker_used_t - reserved_capacity_s_t >= 0``
    - ``worker_capacity_ct_t``: ``sum_s reserved_capacity_s_t <= c_t``
    - ``workload_ct_s_failure_t``, where ``s`` is allowed on ``t``: ``sum of reserved_capacity_s_u over the
      other allowed workers u >= l_s``

    Capacities are uniform in [0.3, 0.5] for the large workers, which come first, and in [0.1, 0.3] for the
    small ones; loads in [1, 5] for the light workloads, which come first, and in [5, 10] for the heavy ones.
    A light workload is allowed on a large worker with ``suited_probability`` and on a small one with
    ``unsuited_probability``; a heavy workload the other way round.

    About 40 % of the draws at the competition's size are infeasible. The competition left them out, and here
    the next draw from the same stream takes their place. A draw is feasible if and only if its LP relaxation
    is, for all workers may be used, and this is decided by an LP over the allowed pairs alone
    (:func:`carried_share`).

    Source: the generator of the competition's organizers, ``load_balancing/`` in
    ``ds4dm/ml4co-competition-hidden``: the order of the random draws, of variables and of rows, the names,
    and coefficients of six digits, as its MPS files have them. It draws from Python's ``random``, whose
    stream ``numpy.random.RandomState([s])`` shares: note the list. ``s = 18102`` gives the competition's
    ``load_balancing_9900``; the seeds of its other instances are not known. For each kind of worker and
    workload the generator also draws how many there are
    (:func:`coplug.problems.milp.families.item_placement.draw_count`).

    Easy is the competition's size; tiny is coplug's own, for tests and first steps.

    Attributes
    ----------
    n_large_workers : int
        Workers with capacities in [0.3, 0.5], at least 0; at least 2 together with the small ones.
    n_small_workers : int
        Workers with capacities in [0.1, 0.3], at least 0.
    n_light_workloads : int
        Workloads with loads in [1, 5], at least 0; at least 1 together with the heavy ones.
    n_heavy_workloads : int
        Workloads with loads in [5, 10], at least 0.
    suited_probability : float
        That a light workload is allowed on a large worker, or a heavy one on a small worker; in [0, 1].
    unsuited_probability : float
        The same for the other pairs.
    competition_seed : int
        Draw with ``RandomState([competition_seed])`` instead of the generator handed in, once, so every
        instance of a series is the same; -1 does not.
    tight : bool
        Write the same problem with a tight relaxation, see
        :func:`coplug.problems.milp.families.load_balancing_tight.tight_parts`; the competition's is loose on
        purpose. At the competition's size its root bound is above what a minute of branching on the loose one reaches.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    name: ClassVar[str] = "load_balancing"
    draws: ClassVar = PROGRAMS
    version: ClassVar[int] = 1
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {
            "n_large_workers": 60,
            "n_small_workers": 60,
            "n_light_workloads": 5,
            "n_heavy_workloads": 1,
            "suited_probability": 0.6,
            "unsuited_probability": 0.1,
        },
        "easy": {
            "n_large_workers": 500,
            "n_small_workers": 500,
            "n_light_workloads": 50,
            "n_heavy_workloads": 10,
        },
    }

    n_large_workers: int = 500
    n_small_workers: int = 500
    n_light_workloads: int = 50
    n_heavy_workloads: int = 10
    suited_probability: float = 0.1
    unsuited_probability: float = 0.01
    competition_seed: int = later(-1)
    tight: bool = later(False)

    def __post_init__(self) -> None:
        if self.n_large_workers < 0 or self.n_small_workers < 0 or self.n_workers < 2:
            raise UsageError(
                f"load balancing on {self.n_large_workers} large and {self.n_small_workers} small workers "
                "stands no failure; take n_large_workers >= 0 and n_small_workers >= 0, two or more in all"
            )
        if self.n_light_workloads < 0 or self.n_heavy_workloads < 0 or self.n_workloads < 1:
            raise UsageError(
                f"load balancing of {self.n_light_workloads} light and {self.n_heavy_workloads} heavy workloads "
                "is empty; take n_light_workloads >= 0 and n_heavy_workloads >= 0, one or more in all"
            )
        for key in ("suited_probability", "unsuited_probability"):
            if not 0 <= getattr(self, key) <= 1:
                raise UsageError(
                    f"load balancing {key} {getattr(self, key)} is out of range; take it in [0, 1]"
                )
        check_competition_seed(self.competition_seed)

    @property
    def n_workers(self) -> int:
        """Number of workers."""
        return self.n_large_workers + self.n_small_workers

    @property
    def n_workloads(self) -> int:
        """Number of workloads."""
        return self.n_light_workloads + self.n_heavy_workloads

    @any_rng
    def generate(self, rng: np.random.RandomState) -> MilpInstance:
        """Draw one feasible instance.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            Advanced by the draws, and nothing else is random; not used where ``competition_seed`` is set.

        Returns
        -------
        MilpInstance
            Variables ``reserved_capacity_0_0, reserved_capacity_0_1, ..``, ``worker_used_0, ..``.

        Raises
        ------
        UsageError
            If :data:`MAX_DRAWS` draws in a row are infeasible, or the one of ``competition_seed`` is.
        """
        competition = competition_state(self.competition_seed)
        for _ in range(MAX_DRAWS if competition is None else 1):
            capacities, loads, allowed = self._draw(competition or rng)
            if carried_share(capacities, loads, allowed) > 1 - 1e-7:
                return self._build(capacities, loads, allowed)
        if competition is not None:
            raise UsageError(
                f"competition_seed {self.competition_seed} draws an infeasible load balancing; "
                "the competition left it out: take another"
            )
        raise UsageError(
            f"load balancing drew {MAX_DRAWS} infeasible instances in a row; "
            "take more workers, fewer workloads or higher probabilities"
        )

    def _draw(
        self, rng: np.random.RandomState
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Draw the capacities, the loads, and which workload is allowed where; (n_workloads, n_workers)."""
        suited, unsuited = self.suited_probability, self.unsuited_probability
        n_of_kind = [self.n_large_workers, self.n_small_workers]

        capacities = []
        for n_workers, (low, high) in zip(n_of_kind, (LARGE_CAPACITY, SMALL_CAPACITY), strict=True):
            draw_count(rng)
            capacities.append(low + (high - low) * rng.random_sample(n_workers))

        loads, allowed = [], []
        for n_workloads, (low, high), probabilities in (
            (self.n_light_workloads, LIGHT_LOAD, [suited, unsuited]),
            (self.n_heavy_workloads, HEAVY_LOAD, [unsuited, suited]),
        ):
            draw_count(rng)
            # A workload draws its load, then a number for each worker.
            drawn = rng.random_sample((n_workloads, 1 + self.n_workers))
            loads.append(low + (high - low) * drawn[:, 0])
            allowed.append(drawn[:, 1:] < np.repeat(probabilities, n_of_kind))
        return six_digits(np.concatenate(capacities)), six_digits(np.concatenate(loads)), np.vstack(allowed)

    def _build(
        self, capacities: NDArray[np.float64], loads: NDArray[np.float64], allowed: NDArray[np.bool_]
    ) -> MilpInstance:
        parts = tight_parts if self.tight else self._parts
        return MilpInstance(
            name=self.name,
            family=self.name,
            sense="min",
            parameters=recorded(self),
            generator_version=self.version,
            **parts(capacities, loads, allowed),
        )

    def _parts(
        self, capacities: NDArray[np.float64], loads: NDArray[np.float64], allowed: NDArray[np.bool_]
    ) -> dict[str, Any]:
        workloads, workers = range(self.n_workloads), range(self.n_workers)
        n_reserved = allowed.size
        failures = np.argwhere(allowed)
        row_lhs = np.concatenate(
            [np.zeros(n_reserved), np.full(self.n_workers, -np.inf), loads[failures[:, 0]]]
        )
        row_rhs = np.concatenate([np.full(n_reserved, np.inf), capacities, np.full(len(failures), np.inf)])
        return {
            "objective": np.repeat([0.0, 1.0], [n_reserved, self.n_workers]),
            "matrix": _constraint_matrix(capacities, loads, allowed),
            "row_lhs": row_lhs,
            "row_rhs": row_rhs,
            "lower": np.zeros(n_reserved + self.n_workers),
            "upper": np.concatenate([(allowed * capacities).ravel(), np.ones(self.n_workers)]),
            "integral": np.repeat([False, True], [n_reserved, self.n_workers]),
            "variable_names": (
                *(f"reserved_capacity_{s}_{t}" for s in workloads for t in workers),
                *(f"worker_used_{t}" for t in workers),
            ),
            "row_names": (
                *(f"worker_used_ct_{s}_{t}" for s in workloads for t in workers),
                *(f"worker_capacity_ct_{t}" for t in workers),
                *(f"workload_ct_{s}_failure_{t}" for s, t in failures.tolist()),
            ),
        }


def carried_share(
    capacities: NDArray[np.float64], loads: NDArray[np.float64], allowed: NDArray[np.bool_]
) -> float:
    """Return the largest share of every load, up to 1, that all workers together carry if any one fails.

    It is the optimum of ``max h, sum_s x_s_t <= c_t, sum_t x_s_t - m_s >= h l_s, x_s_t <= m_s, x >= 0, h <= 1``
    over the allowed pairs; ``m_s`` is what the worst failure takes. Interior points (HiGHS) solve it.

    Parameters
    ----------
    capacities : float64, shape (n_workers,)
    loads : float64, shape (n_workloads,)
        Above 0.
    allowed : bool, shape (n_workloads, n_workers)

    Returns
    -------
    float
        1 where the workloads can be carried, and less where they cannot.
    """
    if (allowed.sum(axis=1) < 2).any():
        return 0.0
    workload, worker = np.nonzero(allowed)
    n_pairs, (n_workloads, n_workers) = len(workload), allowed.shape
    pairs, ones = np.arange(n_pairs), np.ones(n_pairs)
    on_worker = scipy.sparse.csr_array((ones, (worker, pairs)), shape=(n_workers, n_pairs))
    of_workload = scipy.sparse.csr_array((ones, (workload, pairs)), shape=(n_workloads, n_pairs))
    blocks = [
        [on_worker, None, None],
        [-of_workload, scipy.sparse.eye_array(n_workloads), scipy.sparse.csr_array(loads[:, None])],
        [scipy.sparse.eye_array(n_pairs), -of_workload.T, None],
    ]
    objective = np.zeros(n_pairs + n_workloads + 1)
    objective[-1] = -1.0
    result = scipy.optimize.linprog(
        objective,
        A_ub=scipy.sparse.block_array(blocks, format="csr"),
        b_ub=np.concatenate([capacities, np.zeros(n_workloads + n_pairs)]),
        bounds=np.column_stack(
            [np.zeros(len(objective)), np.append(np.full(len(objective) - 1, np.inf), 1.0)]
        ),
        method="highs-ipm",
    )
    return -float(result.fun) if result.success else 0.0


def _constraint_matrix(
    capacities: NDArray[np.float64], loads: NDArray[np.float64], allowed: NDArray[np.bool_]
) -> Any:
    """Return the rows worker_used, worker_capacity, workload over the columns reserved_capacity, worker_used."""
    n_workloads, n_workers = allowed.shape
    n_pairs, n_reserved = int(allowed.sum()), allowed.size
    each_worker = scipy.sparse.eye_array(n_workers)
    large = np.maximum(capacities, loads[:, None]).ravel()
    worker_of = scipy.sparse.kron(np.ones((n_workloads, 1)), each_worker, format="csr")

    # One row an allowed pair, with the other allowed pairs of its workload.
    rows = np.arange(n_pairs)
    shape = (n_workloads, n_pairs)
    of_workload = scipy.sparse.csr_array((np.ones(n_pairs), (np.nonzero(allowed)[0], rows)), shape=shape)
    reserved = scipy.sparse.csr_array(
        (np.ones(n_pairs), (rows, np.flatnonzero(allowed))), shape=(n_pairs, n_reserved)
    )
    others = of_workload.T @ of_workload - scipy.sparse.eye_array(n_pairs)
    blocks = [
        [-scipy.sparse.eye_array(n_reserved), scipy.sparse.diags_array(large) @ worker_of],
        [worker_of.T, None],
        [others @ reserved, None],
    ]
    return scipy.sparse.block_array(blocks, format="csr")
