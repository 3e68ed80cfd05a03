"""Races on a cluster: runs that call back, are lost, or cannot begin; with processes that stand in for its workers."""

import multiprocessing
import socket
import threading
from multiprocessing.connection import Client
from pathlib import Path

import pytest

import coplug
from coplug.errors import SolverError, UsageError
from coplug.parallel import Workers, WorkersError
from coplug.scip.options import SolveOptions
from coplug.scip.race import cluster
from coplug.scip.race import race as race_module
from coplug.scip.race.portfolio import line_up
from coplug.scip.race.race import race, read_race
from coplug.scip.race.run import Task
from tests.clusters import CLUSTERS
from tests.conftest import INSTANCES

TINY = INSTANCES / "setcover-tiny-0001.lp"
LONGER = INSTANCES / "auctions-tiny-0001.lp"
LONGEST = INSTANCES / "setcover-easy-0001.lp.gz"
ADDRESS = "127.0.0.1:1"
WORKER = "stands in for a worker"


def race_of(path, progress=None, stop=bool, backend="dask", address=ADDRESS, count=2, **changes):
    options = SolveOptions(race=count, backend=backend, address=address, **changes)
    return race(read_race(path, options), options, progress, stop)


def in_processes(function, calls, workers):
    """Stand in for a cluster that runs as many calls at once as it is asked to."""
    assert workers.backend == "dask"
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=function, args=call, name=WORKER) for call in calls]
    for process in processes:
        process.start()
    for process, call in zip(processes, calls, strict=True):
        process.join()
        yield call[0], ""


@pytest.fixture
def workers(monkeypatch):
    monkeypatch.setattr(cluster, "run_unordered", in_processes)


def test_race_on_a_cluster_has_the_optimum_of_a_single_solve(workers):
    report = race_of(TINY)
    assert (report.status, report.objective) == ("optimal", coplug.solve(TINY, policy=None).objective)
    assert [run["settings"] for run in report.extra["race"]] == ["as asked", "hardlp"]


def test_lost_worker_is_named_and_the_others_go_on(workers, caplog):
    killed = []

    def kill_one(progress):
        if not killed and progress.bound is not None:
            killed.append(next(one for one in multiprocessing.active_children() if one.name == WORKER))
            killed[0].kill()

    report = race_of(LONGER, kill_one)
    assert (report.status, report.objective) == ("optimal", coplug.solve(LONGER, policy=None).objective)
    assert "its worker on the cluster is gone" in caplog.text


def test_run_whose_call_is_repeated_is_not_begun_again(monkeypatch):
    begun = []

    def repeating(function, calls, workers):
        yield from in_processes(function, [calls[0]], workers)
        begun.append(function(*calls[0]))
        yield from in_processes(function, calls[1:], workers)

    monkeypatch.setattr(cluster, "run_unordered", repeating)
    report = race_of(TINY, node_limit=1)
    assert report.extra["race"][1]["status"] != "failed"
    assert begun == [(1, "")]


def test_stopped_race_ends_the_runs_and_those_that_wait(monkeypatch):
    ended = []

    def one_at_a_time(function, calls, workers):
        for call in calls:
            yield from in_processes(function, [call], workers)
            ended.append(call[0])

    monkeypatch.setattr(cluster, "run_unordered", one_at_a_time)
    seen = []
    report = race_of(LONGEST, seen.append, lambda: bool(seen and seen[-1].objective is not None))
    assert report.status == "userinterrupt"
    assert report.objective is not None


@pytest.mark.parametrize("error", [WorkersError("the cluster lost a call"), ImportError("no module mine")])
def test_what_fails_before_a_run_begins_is_said_once(monkeypatch, caplog, error):
    def failing(function, calls, workers):
        raise error
        yield

    monkeypatch.setattr(cluster, "run_unordered", failing)
    with pytest.raises(SolverError if isinstance(error, ImportError) else WorkersError, match=str(error)):
        race_of(TINY)
    assert not caplog.records


def test_worker_that_cannot_reach_this_machine_is_said(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def elsewhere(function, calls, workers):
        for number, task, (host, _), key in calls:
            yield function(number, task, (host, port), key)

    monkeypatch.setattr(cluster, "run_unordered", elsewhere)
    with pytest.raises(SolverError, match=f"cannot reach this machine at 127.0.0.1:{port}"):
        race_of(TINY)


def test_stranger_is_not_let_in(monkeypatch):
    monkeypatch.setattr(cluster, "run_unordered", lambda *arguments: iter(()))
    options = SolveOptions()
    home = cluster.Cluster(Workers(1, "dask", ADDRESS))
    home.start([(1, Task(TINY, options, line_up(1)[0]))])
    _, reason = cluster.run_afar(1, None, home.address, b"guessed")
    assert "digest" in reason
    assert home.arrivals.empty()
    home.close()


def test_run_that_arrives_when_the_race_is_over_is_hung_up_on(monkeypatch):
    monkeypatch.setattr(cluster.secrets, "token_bytes", lambda size: b"known")
    home = cluster.Cluster(Workers(2, "dask", ADDRESS))
    monkeypatch.setattr(home, "_follow", lambda calls: None)
    home.start([(number, Task(TINY, SolveOptions(), line_up(1)[0])) for number in (1, 2)])
    late = Client(home.address, authkey=b"known")
    late.send(1)
    home.close()
    home.leave(30.0)
    with pytest.raises((EOFError, OSError)):
        late.recv()


def test_policy_that_cannot_be_sent_is_said_before_anything_begins():
    with pytest.raises(UsageError, match="cannot be sent to another process"):
        race_of(TINY, policy=lambda: None)


def test_options_that_do_not_fit_together():
    with pytest.raises(UsageError, match="add --race"):
        SolveOptions(backend="dask", address=ADDRESS)
    with pytest.raises(UsageError, match="needs --address"):
        SolveOptions(race=2, backend="ray")


def test_time_is_over_before_a_worker_is_free(monkeypatch):
    released = threading.Event()

    def busy(function, calls, workers):
        released.wait()
        yield from in_processes(function, calls, workers)

    monkeypatch.setattr(cluster, "run_unordered", busy)
    monkeypatch.setattr(race_module, "PATIENCE_S", 0.1)
    report = race_of(TINY, time_limit_s=0.1)
    released.set()
    assert (report.status, report.objective) == ("timelimit", None)
    assert [run["status"] for run in report.extra["race"]] == ["ended", "ended"]


@pytest.mark.slow  # starts a cluster
@pytest.mark.parametrize("backend", CLUSTERS)
def test_race_on_a_real_cluster(backend):
    with CLUSTERS[backend]() as address:
        report = race_of(LONGER, backend=backend, address=address)
        assert (report.status, report.objective) == ("optimal", coplug.solve(LONGER, policy=None).objective)
        seen = []
        has_some = lambda: bool(seen and seen[-1].objective is not None)  # noqa: E731
        assert race_of(LONGEST, seen.append, has_some, backend, address).status == "userinterrupt"
        missing = Path("/nowhere/start.sol")
        with pytest.raises(coplug.errors.CoplugError, match="nowhere"):
            race_of(TINY, backend=backend, address=address, start=missing)
