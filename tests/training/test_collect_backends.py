from __future__ import annotations

import time

import pytest
from safetensors import safe_open

from coplug.comparison import Plan, run_plan
from coplug.errors import InstanceError, PolicyError
from coplug.parallel import Workers, WorkersError, run_unordered
from coplug.training.collect import CollectionSettings, collect
from coplug.training.journal import JOURNAL_NAME
from tests.clusters import CLUSTERS, exit_at_once, note, raise_it
from tests.conftest import INSTANCES
from tests.test_parallel import ERRORS

pytestmark = pytest.mark.slow  # a minute, most of it to start the clusters

TINY = tuple(str(INSTANCES / name) for name in ("setcover-tiny-0001.lp", "auctions-tiny-0001.lp"))


@pytest.fixture(scope="module", params=CLUSTERS)
def cluster(request):
    with CLUSTERS[request.param]() as address:
        yield Workers(2, request.param, address)


def shards(directory):
    """Return all that the shards hold; safetensors writes the keys of its metadata in no fixed order."""
    held = {}
    for path in sorted(directory.glob("*.safetensors")):
        with safe_open(path, framework="numpy") as file:
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            arrays = {name: (a.dtype, a.shape, a.tobytes()) for name, a in tensors.items()}
            held[path.name] = (file.metadata(), arrays)
    return held


def test_a_cluster_of_two_workers_gives_the_samples_of_one_process(cluster, tmp_path, monkeypatch):
    monkeypatch.chdir(INSTANCES)
    settings = CollectionSettings(("setcover-tiny-0001.lp", "auctions-tiny-0001.lp"), seed=3, probability=0.7)
    here, there = tmp_path / "here", tmp_path / "there"
    total = collect(settings, here, 20)
    assert collect(settings, there, 20, jobs=cluster) == total >= 20
    assert shards(here) == shards(there) != {}


def test_a_cluster_gives_the_runs_of_one_process(cluster, tmp_path):
    plan = Plan(TINY[:1], ("none", "setcover-gcnn"), (0, 1), "gasse")
    here = run_plan(plan, tmp_path / "here.csv")
    there = run_plan(plan, tmp_path / "there.csv", jobs=cluster)
    outcome = lambda run: (run.instance, run.seed, run.policy, run.status, run.objective, run.nodes)  # noqa: E731
    assert sorted(map(outcome, here)) == sorted(map(outcome, there))


@pytest.mark.parametrize("error", [*ERRORS, ZeroDivisionError], ids=lambda error: error.__name__)
def test_what_a_worker_raises_arrives_as_itself(cluster, error):
    with pytest.raises(error, match="one line") as raised:
        list(run_unordered(raise_it, [(error, "one line")], cluster))
    assert type(raised.value) is error
    assert str(raised.value) == "one line"


def test_a_missing_instance_is_one_line_from_a_cluster_too(cluster, tmp_path):
    settings = CollectionSettings((str(tmp_path / "gone.lp"),))
    with pytest.raises(InstanceError, match=r"gone\.lp does not exist"):
        collect(settings, tmp_path / "out", 1, jobs=cluster)
    assert (tmp_path / "out" / JOURNAL_NAME).read_text() == ""


def test_a_policy_that_a_worker_lacks_is_named(cluster, tmp_path, monkeypatch):
    plan = Plan(TINY[:1], ("none",), (0,))
    object.__setattr__(plan, "policies", ("only-here",))
    with pytest.raises(PolicyError, match="only-here"):
        run_plan(plan, tmp_path / "runs.csv", jobs=cluster)


def test_at_most_jobs_calls_are_under_way_and_the_others_are_read_as_they_end(cluster, tmp_path):
    read = []

    def calls():
        for k in range(6):
            read.append(k)
            yield tmp_path, k, 0.4

    results = run_unordered(note, calls(), cluster)
    taken = []
    for result in results:
        taken.append(result)
        assert len(read) <= len(taken) + cluster.jobs - 1 or len(taken) == 6
    assert sorted(taken) == list(range(6))


def test_leaving_early_drops_what_is_under_way(cluster, tmp_path):
    results = run_unordered(note, ((tmp_path, k, 5.0) for k in range(100)), cluster)
    next(results)
    start = time.monotonic()
    results.close()
    assert time.monotonic() - start < 4.0
    assert len(list(tmp_path.glob("*.begun"))) <= 2


def test_lost_workers_are_one_line(cluster):
    with pytest.raises(WorkersError, match=r"lost a call") as raised:
        list(run_unordered(exit_at_once, [()], cluster))
    assert "\n" not in str(raised.value)
