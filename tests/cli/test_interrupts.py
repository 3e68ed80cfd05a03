"""Ctrl-C, as a terminal sends it: a real SIGINT to the command and to its workers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from coplug.comparison import read_runs
from coplug.training.journal import JOURNAL_NAME
from coplug.training.samples import SampleSet
from coplug.training.shards import shard_name
from tests.clusters import CLUSTERS
from tests.conftest import INSTANCES

TINY = [str(INSTANCES / name) for name in ("setcover-tiny-0001.lp", "auctions-tiny-0001.lp")]
COPLUG = [sys.executable, "-m", "coplug"]
POLICIES = ("none", "setcover-gcnn")
WAYS = [(1, True, 0.3), (2, True, 0.3), (2, False, 0.0)]
"""Jobs, whether workers get the signal too (as from a terminal, not from ``kill``), and seconds before it."""


def start(words):
    return subprocess.Popen(
        [*COPLUG, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )


def interrupt(process, lines, pause, *, whole_group=True):
    """Send SIGINT some time after a number of lines of output; return the exit status and what was printed."""
    for _ in range(lines):
        assert process.stdout.readline()
    time.sleep(pause)
    (os.killpg if whole_group else os.kill)(process.pid, signal.SIGINT)
    start_s = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert time.monotonic() - start_s < 30
    return process.returncode, out, err


def collecting(out, samples, *more):
    options = ["--out", str(out), "--samples", str(samples), "--seed", "3", "--probability", "0.7"]
    return ["collect", "branching", *TINY, *options, *more]


def comparing(out, *more):
    return [
        *("compare", TINY[0], "--out", str(out), "--seeds", "3", "--settings", "gasse"),
        *("--policies", ",".join(POLICIES), *more),
    ]


def assert_interrupted(status, out, err):
    assert status == 130
    assert "Traceback" not in out + err


def check_shards(directory):
    """What the journal says is there, and every shard is whole."""
    episodes = [json.loads(line) for line in (directory / JOURNAL_NAME).read_text().splitlines()]
    samples = SampleSet(directory)
    assert samples.damaged == []
    names = {path.name for path in directory.glob("*.safetensors")}
    assert {shard_name(e["episode"]) for e in episodes if e["samples"]} <= names
    return [samples.sample(i) for i in range(len(samples))]


@pytest.fixture(scope="module")
def whole_collection(tmp_path_factory):
    directory = tmp_path_factory.mktemp("whole") / "samples"
    subprocess.run([*COPLUG, *collecting(directory, 25)], check=True, stdout=subprocess.DEVNULL)
    return check_shards(directory)


def assert_same(a, b):
    assert [(s.episode, s.node, s.chosen) for s in a] == [(s.episode, s.node, s.chosen) for s in b]
    for x, y in zip(a, b, strict=True):
        np.testing.assert_array_equal(x.scores, y.scores)
        np.testing.assert_array_equal(x.column_features, y.column_features)


@pytest.mark.parametrize(("jobs", "whole_group", "pause"), WAYS)
def test_an_interrupted_collection_is_resumed(jobs, pause, whole_group, whole_collection, tmp_path):
    out = tmp_path / "samples"
    process = start(collecting(out, 100_000, "--jobs", str(jobs)))
    status, printed, errors = interrupt(process, 1, pause, whole_group=whole_group)
    assert_interrupted(status, printed, errors)
    n_samples = len(check_shards(out))
    assert f"interrupted; {n_samples} of 100000 samples are kept in {out}, the same command goes on" in errors
    subprocess.run([*COPLUG, *collecting(out, 25)], check=True, stdout=subprocess.DEVNULL)
    assert_same(check_shards(out), whole_collection)


@pytest.fixture(scope="module")
def whole_comparison(tmp_path_factory):
    out = tmp_path_factory.mktemp("whole") / "runs.csv"
    subprocess.run([*COPLUG, *comparing(out)], check=True, stdout=subprocess.DEVNULL)
    return outcomes(out)


def outcomes(path):
    runs = read_runs(path)
    found = {(r.instance, r.seed, r.policy): (r.status, r.objective, r.nodes, r.fallbacks) for r in runs}
    assert len(found) == len(runs)
    return found


@pytest.mark.parametrize(("jobs", "whole_group", "pause"), WAYS)
def test_an_interrupted_comparison_has_no_false_row_and_is_resumed(
    jobs, pause, whole_group, whole_comparison, tmp_path
):
    out = tmp_path / "runs.csv"
    process = start(comparing(out, "--jobs", str(jobs), "--seeds", "500"))
    status, printed, errors = interrupt(process, 1, pause, whole_group=whole_group)
    assert_interrupted(status, printed, errors)
    rows = outcomes(out)
    assert f"interrupted; {len(rows)} of 1000 runs are kept in {out}, the same command goes on" in errors
    assert [line.split()[0] for line in printed.splitlines()[-3:]] == ["policy", *POLICIES]
    assert len(rows) >= 1
    assert {status for status, *_ in rows.values()} == {"optimal"}
    assert all(whole_comparison.get(key, row) == row for key, row in rows.items())
    subprocess.run([*COPLUG, *comparing(out)], check=True, stdout=subprocess.DEVNULL)
    assert outcomes(out).items() >= whole_comparison.items()


@pytest.mark.slow
@pytest.mark.parametrize("backend", CLUSTERS)
def test_an_interrupted_collection_on_a_cluster_is_resumed(backend, whole_collection, tmp_path):
    out = tmp_path / "samples"
    with CLUSTERS[backend]() as address:
        process = start(collecting(out, 100_000, "--jobs", "2", "--backend", backend, "--address", address))
        assert_interrupted(*interrupt(process, 1, 0.3))
        check_shards(out)
        time.sleep(2)  # what Dask's workers had begun ends, and leaves its shards
    subprocess.run([*COPLUG, *collecting(out, 25)], check=True, stdout=subprocess.DEVNULL)
    assert_same(check_shards(out), whole_collection)
