"""Small clusters on this machine, and functions that their workers can import, for the tests of the backends."""

from __future__ import annotations

import contextlib
import os
import time

import pytest

CPUS = 2
STORE_BYTES = 80 << 20


@contextlib.contextmanager
def ray_cluster():
    """Yield the address of a Ray cluster with two workers."""
    pytest.importorskip("ray", reason="ray is not installed: pip install 'coplug[ray]'")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    from ray.cluster_utils import Cluster

    node = {"num_cpus": CPUS, "object_store_memory": STORE_BYTES, "include_dashboard": False}
    cluster = Cluster(initialize_head=True, head_node_args=node)
    try:
        yield cluster.address
    finally:
        cluster.shutdown()


@contextlib.contextmanager
def dask_cluster():
    """Yield the address of a Dask scheduler with two workers of one thread."""
    pytest.importorskip("distributed", reason="distributed is not installed: pip install 'coplug[dask]'")
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=CPUS, threads_per_worker=1, dashboard_address=None, protocol="tcp://", silence_logs=50
    ) as cluster:
        yield cluster.scheduler_address


CLUSTERS = {"ray": ray_cluster, "dask": dask_cluster}


def raise_it(error, message):
    raise error(message)


def exit_at_once():
    os._exit(1)


def note(directory, k, seconds):
    """Leave a trace of having begun and ended; only the first call is quick."""
    (directory / f"{k}.begun").touch()
    time.sleep(seconds if k else 0.0)
    (directory / f"{k}.ended").touch()
    return k
