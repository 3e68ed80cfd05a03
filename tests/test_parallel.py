from __future__ import annotations

import inspect
import pickle
import socket
import subprocess
import sys
import time

import pytest

import coplug.errors
from coplug.errors import CoplugError, UsageError
from coplug.parallel import BACKENDS, Workers, WorkersError, address, run_unordered
from coplug.parallel.pool import run_in
from tests.conftest import INSTANCES

TINY = str(INSTANCES / "setcover-tiny-0001.lp")
CLASSES = [error for _, error in inspect.getmembers(coplug.errors, inspect.isclass)]
ERRORS = [*(error for error in CLASSES if issubclass(error, CoplugError)), WorkersError]


@pytest.mark.parametrize("error", ERRORS)
def test_errors_survive_pickling(error):
    copy = pickle.loads(pickle.dumps(error("one line")))
    assert (type(copy), str(copy)) == (error, "one line")


@pytest.mark.parametrize(
    ("workers", "message"),
    [
        ({"jobs": 0}, "the number of jobs must be at least 1, not 0"),
        ({"backend": "spark"}, "--backend spark is unknown; choose from local, ray, dask"),
        ({"address": "a:1"}, "--address a:1 is for a cluster; choose --backend ray or dask with it"),
        ({"backend": "ray"}, "--backend ray needs --address HOST:PORT"),
    ],
)
def test_workers_that_cannot_be_meant_are_refused(workers, message):
    with pytest.raises(UsageError, match=message):
        Workers(**workers)


def double(k):
    return 2 * k


@pytest.mark.parametrize("jobs", [1, 2, Workers(), Workers(2)])
def test_every_call_is_answered_once(jobs):
    assert sorted(run_unordered(double, ((k,) for k in range(5)), jobs)) == [0, 2, 4, 6, 8]


def test_too_few_jobs_are_refused():
    with pytest.raises(UsageError, match="at least 1"):
        list(run_unordered(double, [], 0))


def fail(k):
    if k == 1:
        raise UsageError("one line")


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_process_raises_arrives_as_itself(jobs):
    with pytest.raises(UsageError, match="one line"):
        list(run_unordered(fail, [(0,), (1,), (2,)], jobs))


def exit_at_once():
    import os

    os._exit(1)


def test_a_process_that_dies_is_one_line():
    with pytest.raises(WorkersError, match="ended in the middle of its work"):
        list(run_unordered(exit_at_once, [()], 2))


class StubPool:
    """Runs a call when its result is asked for, the latest first."""

    def __init__(self):
        self.most, self.submitted, self.cancelled = 0, [], []

    def submit(self, call):
        self.submitted.append(call)
        return call

    def first_done(self, tasks):
        self.most = max(self.most, len(tasks))
        return tasks[-1]

    def result(self, task):
        return fail(*task) or double(*task)

    def cancel(self, tasks):
        self.cancelled.extend(tasks)


def test_a_pool_never_holds_more_than_jobs():
    pool = StubPool()
    assert sorted(run_in(pool, ((k,) for k in range(2, 9)), 3)) == [4, 6, 8, 10, 12, 14, 16]
    assert pool.most == 3
    assert pool.cancelled == []


def test_calls_are_read_only_when_earlier_results_were_taken():
    pool, taken = StubPool(), []

    def calls():
        k = 2
        while len(taken) < 4:
            yield (k,)
            k += 1

    for result in run_in(pool, calls(), 2):
        taken.append(result)  # noqa: PERF402 # the calls look at it
    assert len(pool.submitted) == len(taken) == 5


def test_an_error_cancels_the_others():
    pool = StubPool()
    with pytest.raises(UsageError):
        list(run_in(pool, [(0,), (3,), (1,), (4,)], 3))
    assert pool.cancelled == [(0,), (3,)]


def test_closing_cancels_the_others():
    pool = StubPool()
    results = run_in(pool, [(2,), (3,), (4,)], 2)
    next(results)
    results.close()
    assert pool.cancelled == [(2,)]


def test_an_interrupt_while_waiting_cancels_all():
    class Interrupted(StubPool):
        def first_done(self, tasks):
            raise KeyboardInterrupt

    pool = Interrupted()
    with pytest.raises(KeyboardInterrupt):
        list(run_in(pool, [(2,), (3,), (4,)], 2))
    assert pool.cancelled == [(2,), (3,)]


CLUSTERS = BACKENDS[1:]
PACKAGES = {"ray": "ray", "dask": "distributed"}


@pytest.mark.parametrize("backend", CLUSTERS)
def test_a_missing_package_names_the_extra(backend, monkeypatch):
    monkeypatch.setitem(sys.modules, PACKAGES[backend], None)
    with pytest.raises(UsageError, match=rf"pip install '.*\[{backend}\]'"):
        list(run_unordered(double, [(1,)], Workers(1, backend, "127.0.0.1:1")))


@pytest.mark.parametrize("backend", CLUSTERS)
@pytest.mark.parametrize("where", ["nonsense", "host:", "host:99999", "http://host:1", "a b:1"])
def test_what_is_no_address_is_refused(backend, where):
    pytest.importorskip(PACKAGES[backend])
    with pytest.raises(UsageError, match="is no address; expected HOST:PORT or"):
        list(run_unordered(double, [(1,)], Workers(1, backend, where)))


@pytest.fixture
def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        yield server.getsockname()[1]


@pytest.mark.parametrize("backend", CLUSTERS)
@pytest.mark.parametrize("command", [["collect", "branching"], ["compare"]], ids=lambda words: words[0])
def test_an_address_where_nothing_answers_is_one_line(backend, command, free_port, tmp_path):
    pytest.importorskip(PACKAGES[backend])
    where = f"127.0.0.1:{free_port}"
    words = [*command, TINY, "--out", str(tmp_path / "out"), "--backend", backend, "--address", where]
    start = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "coplug", *words], capture_output=True, text=True, check=False
    )
    assert time.monotonic() - start < address.ANSWER_S + 15
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        f"coplug: no cluster can be used at {where} (Connection refused); start it, or correct --address\n"
    )


def test_ray_without_a_cluster_is_one_line():
    pytest.importorskip("ray")
    with pytest.raises(
        WorkersError, match=r"no cluster can be used at auto \(Could not find any running Ray"
    ):
        list(run_unordered(double, [(1,)], Workers(1, "ray", "auto")))


def test_a_stranger_who_listens_is_left_after_a_while(monkeypatch):
    pytest.importorskip("distributed")
    monkeypatch.setattr(address, "CONNECT_S", 2.0)
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        where = f"127.0.0.1:{stranger.getsockname()[1]}"
        with pytest.raises(WorkersError, match=r"\(no answer within 2 s\)"):
            list(run_unordered(double, [(1,)], Workers(1, "dask", where)))


@pytest.mark.parametrize("command", [["collect", "branching"], ["compare"]], ids=lambda words: words[0])
def test_an_unknown_backend_lists_the_choices(command, tmp_path):
    words = [*command, TINY, "--out", str(tmp_path / "out"), "--backend", "spark"]
    done = subprocess.run(
        [sys.executable, "-m", "coplug", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert done.stderr == "coplug: --backend spark is unknown; choose from local, ray, dask\n"
    assert list(tmp_path.iterdir()) == []
