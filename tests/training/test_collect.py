from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from coplug.contracts.node import COLUMN_FEATURES, ROW_FEATURES
from coplug.errors import ParameterError, PolicyError, SamplesError, UsageError
from coplug.training import collect as collect_module
from coplug.training.collect import SETTINGS_NAME, CollectionSettings, collect
from coplug.training.journal import JOURNAL_NAME
from coplug.training.samples import SampleSet
from tests.conftest import INSTANCES


@pytest.fixture(scope="module")
def instances():
    return tuple(str(INSTANCES / name) for name in ("setcover-tiny-0001.lp", "auctions-tiny-0001.lp"))


@pytest.fixture
def settings(instances):
    return CollectionSettings(instances, seed=3, probability=0.7)


def contents(directory):
    samples = SampleSet(directory)
    return [samples.sample(i) for i in range(len(samples))]


def assert_same(a, b):
    assert len(a) == len(b) > 0
    for x, y in zip(a, b, strict=True):
        assert (x.instance, x.seed, x.episode, x.node, x.chosen) == (
            y.instance,
            y.seed,
            y.episode,
            y.node,
            y.chosen,
        )
        np.testing.assert_array_equal(x.column_features, y.column_features)
        np.testing.assert_array_equal(x.scores, y.scores)


def test_samples_hold_what_the_expert_saw_and_chose(settings, tmp_path):
    total = collect(settings, tmp_path, 10)
    samples = contents(tmp_path)
    assert len(samples) == total >= 10
    for sample in samples:
        assert sample.scores.min() >= 0.0
        assert sample.scores[sample.chosen] == sample.scores.max()
        assert sample.column_features.shape[1] == 19
        assert sample.row_ptr[-1] == len(sample.edge_columns) == len(sample.edge_values)
        assert len(sample.candidates) > 1


def test_fractional_candidates_and_a_limited_number_of_them(settings, tmp_path):
    few = replace(settings, candidates="lp", max_candidates=3)
    assert collect(few, tmp_path, 10) >= 10
    fractional = COLUMN_FEATURES.index("solution_frac")
    samples = contents(tmp_path)
    for sample in samples:
        assert (sample.column_features[sample.candidates, fractional] > 0.0).all()
        assert len(set(sample.candidates.tolist())) == len(sample.candidates) <= 3
    assert {len(sample.candidates) for sample in samples} == {3}


def test_trials_cut_short_give_lower_scores(settings, tmp_path):
    first = {}
    for iterations in (0, 1):
        out = tmp_path / str(iterations)
        collect(replace(settings, candidates="lp", trial_iterations=iterations), out, 1)
        first[iterations] = contents(out)[0]
    assert (first[0].candidates == first[1].candidates).all()
    assert (first[1].scores <= first[0].scores * (1 + 1e-9)).all()
    assert first[1].scores.sum() < 0.9 * first[0].scores.sum()


class RanksByColumn:
    """Prefers the columns that come last."""

    name = "ranks-by-column"
    candidate_kind = "lp"

    def scores(self, state, candidates):
        return np.asarray(candidates, dtype=float)


class Passes(RanksByColumn):
    def scores(self, state, candidates):
        return None


def test_a_ranking_is_most_of_the_candidates(settings, tmp_path):
    few = replace(settings, candidates="lp", max_candidates=4, ranking=f"{__name__}:RanksByColumn")
    collect(few, tmp_path, 10)
    fractional = COLUMN_FEATURES.index("solution_frac")
    limited = 0
    for sample in contents(tmp_path):
        found = np.flatnonzero(sample.column_features[:, fractional] > 0.0)
        if len(found) > 4:
            limited += 1
            assert len(set(sample.candidates.tolist())) == 4
            assert set(found[-3:]) <= set(sample.candidates.tolist()) <= set(found)
    assert limited > 0


def test_a_ranking_that_passes_stops_the_collection(settings, tmp_path):
    few = replace(settings, candidates="lp", max_candidates=2, ranking=f"{__name__}:Passes")
    with pytest.raises(PolicyError, match="ranks-by-column passes at a node"):
        collect(few, tmp_path, 1)


@pytest.mark.parametrize("name", ["none", "auto"])
@pytest.mark.parametrize("role", ["ranking", "expert"])
def test_what_scores_nothing_is_neither_ranking_nor_expert(settings, tmp_path, role, name):
    few = replace(settings, candidates="lp", max_candidates=2, **{role: name})
    with pytest.raises(UsageError, match=f"{name} scores nothing"):
        collect(few, tmp_path / "samples", 1)
    assert not (tmp_path / "samples").exists()


def test_a_policy_as_expert_is_recorded_and_followed(settings, tmp_path):
    assert collect(replace(settings, candidates="lp", expert=f"{__name__}:RanksByColumn"), tmp_path, 10) >= 10
    for sample in contents(tmp_path):
        np.testing.assert_array_equal(sample.scores, sample.candidates)
        assert sample.chosen == np.argmax(sample.candidates)


def test_nodes_at_which_all_candidates_tie_can_be_left_out(settings, tmp_path):
    # Of two candidates, both are often as good.
    few = replace(settings, candidates="lp", max_candidates=2, probability=1.0)
    collect(few, tmp_path / "all", 40)
    collect(replace(few, ties="skip"), tmp_path / "telling", 40)
    spread = [np.ptp(sample.scores) for sample in contents(tmp_path / "telling")]
    assert min(spread) > 0.0
    assert min(np.ptp(sample.scores) for sample in contents(tmp_path / "all")) == 0.0


def test_nodes_at_which_all_candidates_tie_can_be_scored_by_the_weights_of_columns_in_active_rows(
    settings, tmp_path
):
    few = replace(settings, candidates="lp", max_candidates=2, probability=1.0, ties="weight")
    collect(few, tmp_path, 40)
    by_weight = 0
    for sample in contents(tmp_path):
        rows = np.repeat(np.arange(len(sample.row_features)), np.diff(sample.row_ptr))
        active = np.abs(sample.row_features[:, ROW_FEATURES.index("dual_solution_value")]) > 1e-9
        matrix = np.zeros((len(sample.row_features), len(sample.column_features)))
        matrix[rows, sample.edge_columns] = sample.edge_values
        weights = np.abs(matrix[active]).sum(axis=0)[sample.candidates]
        if np.allclose(sample.scores, weights, rtol=1e-6):
            assert weights[sample.chosen] == weights.max()
            by_weight += 1
    assert by_weight > 0


class PutsOneLast(RanksByColumn):
    """Has one score for all candidates but the first."""

    def scores(self, state, candidates):
        return np.where(candidates == candidates.min(), 1.0, 2.0)


def test_of_the_candidates_that_tie_for_the_best_the_one_of_largest_weight_is_taken(settings, tmp_path):
    rank = replace(settings, candidates="lp", expert=f"{__name__}:PutsOneLast", ties="weight")
    collect(rank, tmp_path, 20)
    several = [sample for sample in contents(tmp_path) if np.ptp(sample.scores) == 1.0]
    assert several
    for sample in several:
        rows = np.repeat(np.arange(len(sample.row_features)), np.diff(sample.row_ptr))
        active = np.abs(sample.row_features[rows, ROW_FEATURES.index("dual_solution_value")]) > 1e-9
        weights = np.zeros(len(sample.column_features))
        np.add.at(weights, sample.edge_columns[active], np.abs(sample.edge_values[active]))
        tied = sample.candidates[sample.scores == 2.0]
        assert weights[sample.candidates[sample.chosen]] == pytest.approx(weights[tied].max())
        assert sample.scores[sample.chosen] == 2.0


def test_scip_parameters_are_set_after_the_protocol(settings, tmp_path):
    with pytest.raises(ParameterError, match="no/such/parameter"):
        collect(replace(settings, scip_parameters={"no/such/parameter": 1}), tmp_path / "none", 1)
    collect(replace(settings, scip_parameters={"limits/nodes": 1}, probability=1.0), tmp_path / "one", 2)
    episodes = map(json.loads, (tmp_path / "one" / JOURNAL_NAME).read_text().splitlines())
    assert {episode["nodes"] for episode in episodes} == {1}


def test_ties_that_are_not_known(settings):
    with pytest.raises(UsageError, match="record, skip, weight"):
        replace(settings, ties="drop")


def test_a_collection_without_heuristics_sees_no_incumbent(settings, tmp_path):
    collect(replace(settings, protocol="ml4co", probability=1.0), tmp_path, 1)
    incumbent = COLUMN_FEATURES.index("incumbent_value")
    assert np.isnan(contents(tmp_path)[0].column_features[:, incumbent]).all()


def test_two_processes_give_the_samples_of_one(settings, tmp_path):
    one, two = tmp_path / "one", tmp_path / "two"
    collect(settings, one, 20, jobs=1)
    collect(settings, two, 20, jobs=2)
    assert_same(contents(one), contents(two))


def test_a_collection_resumes(settings, tmp_path):
    once, twice = tmp_path / "once", tmp_path / "twice"
    collect(settings, once, 20)
    collect(settings, twice, 5)
    collect(settings, twice, 20)
    assert_same(contents(once), contents(twice))


def test_a_lost_shard_and_a_cut_journal_line_are_collected_again(settings, tmp_path):
    a, b = tmp_path / "a", tmp_path / "b"
    for directory in (a, b):
        collect(settings, directory, 20)
    next(iter(sorted(b.glob("episode-*")))).unlink()
    journal = b / JOURNAL_NAME
    journal.write_text(journal.read_text()[:-20])
    collect(settings, b, 20)
    assert_same(contents(a), contents(b))


def test_damaged_shards_and_journal_lines_are_collected_again(settings, tmp_path, caplog):
    a, b = tmp_path / "a", tmp_path / "b"
    for directory in (a, b):
        collect(settings, directory, 20)
    cut, *_, other = sorted(b.glob("episode-*"))
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    (b / f".{other.name}.x.safetensors").write_bytes(other.read_bytes())
    journal = b / JOURNAL_NAME
    lines = journal.read_bytes().splitlines(keepends=True)
    noise = [b"\xff\xfe\n", b"[" * 10**5 + b"\n", b'{"episode": -1}\n', b"null\n"]
    journal.write_bytes(b"".join([*noise, *lines[:-1], lines[-1].replace(b'"samples":', b'"samples":9')]))
    collect(settings, b, 20)
    assert_same(contents(a), contents(b))
    assert [e["episode"] for e in map(json.loads, journal.read_text().splitlines())] == [
        e["episode"] for e in map(json.loads, (a / JOURNAL_NAME).read_text().splitlines())
    ]
    assert [cut.name in message for message in caplog.messages] == [True]


def test_a_collection_goes_on_that_was_begun_when_a_ranking_was_called_a_shortlist(settings, tmp_path):
    few = replace(settings, candidates="lp", max_candidates=4, ranking=f"{__name__}:RanksByColumn")
    collect(few, tmp_path, 1)
    path = tmp_path / SETTINGS_NAME
    path.write_text(path.read_text().replace('"ranking"', '"shortlist"'))
    collect(few, tmp_path, 2)
    with pytest.raises(SamplesError, match="other values of ranking"):
        collect(replace(few, ranking=""), tmp_path, 2)


def test_settings_that_are_damaged_are_one_line(settings, tmp_path):
    collect(settings, tmp_path, 1)
    (tmp_path / SETTINGS_NAME).write_text("{")
    with pytest.raises(SamplesError, match=rf"{SETTINGS_NAME} is damaged .*; choose another --out"):
        collect(settings, tmp_path, 1)


def test_other_settings_are_refused(settings, instances, tmp_path):
    collect(settings, tmp_path, 1)
    with pytest.raises(SamplesError, match="other values of probability"):
        collect(CollectionSettings(instances, seed=3, probability=0.5), tmp_path, 1)


@pytest.mark.parametrize(
    "bad",
    [
        {"probability": 0.0},
        {"probability": 1.5},
        {"episode_time_limit_s": 0.0},
        {"candidates": "all"},
        {"max_candidates": 1},
        {"trial_iterations": -1},
        {"candidates": "lp", "ranking": "setcover-gcnn"},
        {"max_candidates": 4, "ranking": "setcover-gcnn"},
        {"protocol": "nosuch"},
    ],
)
def test_bad_settings_are_refused(instances, bad):
    with pytest.raises(UsageError):
        CollectionSettings(instances, **bad)


def test_instances_that_never_branch_end_the_collection(monkeypatch, tmp_path):
    monkeypatch.setattr(collect_module, "PATIENCE", 3)
    settings = CollectionSettings((str(INSTANCES / "setcover-tiny-0002.lp"),))
    with pytest.raises(SamplesError, match="without branching"):
        collect(settings, tmp_path, 1)


def test_no_instances_are_refused():
    with pytest.raises(UsageError, match="no instance"):
        CollectionSettings(())


def test_a_broken_instance_stops_with_its_name_and_keeps_what_was_done(settings, tmp_path):
    broken = tmp_path / "broken.lp"
    broken.write_text("minimize\n nonsense @@")
    out = tmp_path / "out"
    with pytest.raises(Exception, match=r"broken\.lp"):
        collect(CollectionSettings((*settings.instances, str(broken)), seed=1, probability=0.7), out, 500)


def test_a_killed_collection_loses_at_most_its_episodes(settings, tmp_path):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    collect(settings, whole, 25)
    command = [
        *(sys.executable, "-m", "coplug", "collect", "branching", *settings.instances, "--out", str(killed)),
        *("--samples", "25", "--seed", "3", "--probability", "0.7"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True)
    while not (killed / JOURNAL_NAME).exists() or not (killed / JOURNAL_NAME).read_text():
        assert process.poll() in (None, 0)
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    lines = (killed / JOURNAL_NAME).read_text().splitlines()
    finished = sum(json.loads(line)["samples"] for line in lines if line.endswith("}"))
    assert finished >= 0
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert_same(contents(whole), contents(killed))


def test_the_command_names_a_missing_instance(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "coplug", "collect", "branching", "nowhere", "--out", str(tmp_path / "x")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "coplug: instance nowhere does not exist\n"
    assert not Path(tmp_path / "x").exists()
