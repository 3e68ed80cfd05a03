"""The load balancing of the ML4CO competition, written so that its relaxation is tight."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray


def tight_parts(
    capacities: NDArray[np.float64], loads: NDArray[np.float64], allowed: NDArray[np.bool_]
) -> dict[str, Any]:
    """Return the arrays and names of the tight formulation, by the names of ``MilpInstance``.

    The objective, the binaries and the optimum are those of the competition's formulation. A worker's reserved
    capacities share one row, ``sum_s reserved_s_t <= c_t used_t``, instead of ``reserved_s_t <= max(c_t, l_s) used_t``
    each; and what the worst failure takes from a workload is a variable ``w_s``, with ``reserved_s_t <= w_s`` and
    ``sum_t reserved_s_t - w_s >= l_s`` instead of a row for each failure.

    Parameters
    ----------
    capacities : float64, shape (n_workers,)
    loads : float64, shape (n_workloads,)
    allowed : bool, shape (n_workloads, n_workers)
    """
    workload, worker = np.nonzero(allowed)
    n_pairs, (n_workloads, n_workers) = len(workload), allowed.shape
    pairs, ones = np.arange(n_pairs), np.ones(n_pairs)
    on_worker = scipy.sparse.csr_array((ones, (worker, pairs)), shape=(n_workers, n_pairs))
    of_workload = scipy.sparse.csr_array((ones, (workload, pairs)), shape=(n_workloads, n_pairs))
    blocks = [
        [on_worker, None, -scipy.sparse.diags_array(capacities)],
        [-scipy.sparse.eye_array(n_pairs), of_workload.T, None],
        [of_workload, -scipy.sparse.eye_array(n_workloads), None],
    ]
    n_columns = n_pairs + n_workloads + n_workers
    named = list(zip(workload.tolist(), worker.tolist(), strict=True))
    return {
        "objective": np.repeat([0.0, 1.0], [n_pairs + n_workloads, n_workers]),
        "matrix": scipy.sparse.block_array(blocks, format="csr"),
        "row_lhs": np.concatenate([np.full(n_workers, -np.inf), np.zeros(n_pairs), loads]),
        "row_rhs": np.concatenate([np.zeros(n_workers), np.full(n_pairs + n_workloads, np.inf)]),
        "lower": np.zeros(n_columns),
        "upper": np.concatenate([capacities[worker], np.full(n_workloads, np.inf), np.ones(n_workers)]),
        "integral": np.repeat([False, True], [n_pairs + n_workloads, n_workers]),
        "variable_names": (
            *(f"reserved_capacity_{s}_{t}" for s, t in named),
            *(f"worst_failure_{s}" for s in range(n_workloads)),
            *(f"worker_used_{t}" for t in range(n_workers)),
        ),
        "row_names": (
            *(f"worker_capacity_ct_{t}" for t in range(n_workers)),
            *(f"worst_failure_ct_{s}_{t}" for s, t in named),
            *(f"workload_ct_{s}" for s in range(n_workloads)),
        ),
    }
