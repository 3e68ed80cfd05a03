"""Training, solving and generating from the command line."""

import csv
import json

import numpy as np
import pytest
from programs import box, grid_data
from typer.testing import CliRunner

import coplug
from coplug.cli import app
from coplug.errors import CoplugError, InstanceError, UsageError
from coplug.problems.contextual_lp.data import read_observations
from coplug.problems.contextual_lp.families.drawn import draw_costs
from coplug.problems.contextual_lp.learning import learn
from coplug.problems.contextual_lp.predictors import load_predictor
from coplug.problems.contextual_lp.program import read_program
from coplug.problems.contextual_lp.regret import evaluate
from coplug.problems.contextual_lp.settings import Settings
from coplug.testing import check_problem


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A model, data of it, and a trained run."""
    folder = tmp_path_factory.mktemp("files")
    for words in (["--format", "lp"], ["--format", "csv"], []):
        done = CliRunner().invoke(
            app,
            ["generate", "contextual_path", "--size", "tiny", "--out", str(folder), "--seed", "3", *words],
        )
        assert done.exit_code == 0, done.output
    stem = folder / "contextual_path-tiny-0001"
    coplug.train(
        "contextual-lp",
        {"model": f"{stem}.lp", "data": f"{stem}.npz", "strength": 0.01, "out": str(folder / "run")},
    )
    return folder


def test_formats_of_one_seed_hold_one_instance(files):
    stem = files / "contextual_path-tiny-0001"
    program = read_program(stem.with_suffix(".lp"))
    ours, theirs = (read_observations(stem.with_suffix(suffix), program) for suffix in (".npz", ".csv"))
    np.testing.assert_array_equal(ours.costs, theirs.costs)
    np.testing.assert_array_equal(ours.decisions, theirs.decisions)
    np.testing.assert_allclose(program.objective, ours.costs.mean(axis=0))


def test_costs_are_the_published_generators_to_the_digit():
    contexts, costs = draw_costs(2, 2, 3, 4, 0.5, np.random.RandomState(42))
    # pyepo.data.shortestpath.genData has the same draws in the same order; these are its formula written out
    rng = np.random.RandomState(42)
    mixing = rng.binomial(1, 0.5, (3, 2))
    z = rng.normal(0, 1, (2, 2))
    noise = rng.uniform(0.5, 1.5, (2, 3))
    by_hand = [
        [(((mixing[j] @ z[t]) / 2**0.5 + 3) ** 4 + 1) / 3.5**4 * noise[t, j] for j in range(3)]
        for t in range(2)
    ]
    np.testing.assert_array_equal(contexts, z)
    np.testing.assert_allclose(costs, by_hand)


def test_a_run_reports_on_samples_that_it_held_out(files):
    report = json.loads((files / "run" / "report.json").read_text())
    assert report["test_samples"] == 4
    assert 0 <= report["normalised_regret"] < 0.5
    assert (files / "run" / "report.png").read_bytes()[:4] == b"\x89PNG"
    assert "normalised regret" in (files / "run" / "policy" / "README.md").read_text()


def test_contexts_are_decided(files, tmp_path):
    stem = str(files / "contextual_path-tiny-0001")
    report = coplug.solve(
        f"{stem}.lp",
        "contextual-lp",
        predictor=files / "run" / "policy",
        context=f"{stem}.csv",
        decisions=tmp_path / "out.csv",
        plot=tmp_path / "p.png",
    )
    program = read_program(files / "contextual_path-tiny-0001.lp")
    data = read_observations(files / "contextual_path-tiny-0001.csv", program)
    found = evaluate(program, load_predictor(files / "run" / "policy").predictor, data)
    assert report.extra["normalised_regret"] == pytest.approx(found.normalised)
    rows = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    assert len(rows) == 20
    taken = np.array([[float(row[name]) for name in program.variable_names] for row in rows])
    np.testing.assert_allclose(taken, found.decisions)
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"


def test_without_a_predictor_the_costs_of_the_file_count(files):
    program = read_program(files / "contextual_path-tiny-0001.lp")
    report = coplug.solve(files / "contextual_path-tiny-0001.lp", "contextual-lp", solver="scipy")
    assert report.objective == pytest.approx(
        program.objective @ [report.solution.get(n, 0) for n in program.variable_names]
    )


@pytest.mark.parametrize("method", ["mom", "cilp"])
def test_a_network_is_trained_and_kept(files, method, tmp_path):
    stem = files / "contextual_path-tiny-0001"
    outcome = coplug.train(
        "contextual-lp",
        {"model": f"{stem}.lp", "data": f"{stem}.npz", "method": method, "predictor": "network", "width": 8,
         "epochs": 60, "test_share": 0.0, "out": str(tmp_path / "run")},
    )  # fmt: skip
    program = read_program(stem.with_suffix(".lp"))
    data = read_observations(stem.with_suffix(".npz"), program)
    regret = evaluate(program, load_predictor(outcome.policy).predictor, data).normalised
    untrained = evaluate(program, load_predictor(files / "run" / "policy").predictor, data).normalised
    assert regret < max(0.1, 2 * untrained)


@pytest.mark.parametrize("solver", ["highs", "scipy"])
def test_the_problem_keeps_its_contract(files, solver):
    check_problem("contextual-lp", files / "contextual_path-tiny-0001.lp", solver=solver)
    check_problem("contextual-lp", box())


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"method": "magic"}, UsageError, "method 'magic' is unknown; choose from mom, cilp"),
        ({"solver": "gurobi"}, UsageError, "solver 'gurobi' is unknown"),
        ({"predict": "y"}, UsageError, "has no variable 'y'"),
        ({"method": "forest"}, UsageError, "a forest is a comparator and is not kept"),
        ({"strength": -1.0}, UsageError, "strength, gamma and noise are at least 0"),
        ({"data": "nothing.npz"}, InstanceError, r"nothing\.npz does not exist"),
        ({"model": "nothing.lp"}, InstanceError, r"nothing\.lp"),
    ],
)
def test_settings_that_cannot_be_used_are_one_line(files, settings, error, message, tmp_path):
    stem = files / "contextual_path-tiny-0001"
    given = {"model": f"{stem}.lp", "data": f"{stem}.npz", "out": str(tmp_path / "run")}
    with pytest.raises(error, match=message):
        coplug.train("contextual-lp", given | settings)
    assert not (tmp_path / "run" / "policy").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"predictor": "p"}, "--predictor DIR and --context FILE go together"),
        ({"predictor": "p", "context": "c.csv"}, "no such weights directory"),
        ({"decisions": "d.txt"}, r"expected a name that ends in \.csv"),
        ({"solver": "cplex"}, "solver 'cplex' is unknown"),
    ],
)
def test_options_that_cannot_be_used_are_one_line(files, options, message):
    with pytest.raises(CoplugError, match=message):
        coplug.solve(files / "contextual_path-tiny-0001.lp", "contextual-lp", **options)


def test_programs_without_an_optimum_are_counted(tmp_path):
    (tmp_path / "m.lp").write_text("minimize\n obj: - x\nsubject to\n c: x - y >= 0\nend\n")
    report = coplug.solve(tmp_path / "m.lp", "contextual-lp")
    assert report.status in ("unbounded", "inforunbd")
    assert (report.objective, report.solution) == (None, None)


def test_samples_are_named_as_in_the_file_and_before_a_run_begins(tmp_path):
    (tmp_path / "m.lp").write_text(
        "minimize\n obj: x + y\nsubject to\n c: x + y = 1\nbounds\n x <= 1\n y <= 1\nend\n"
    )
    decisions = np.tile([1.0, 0.0], (40, 1))
    given = {"model": str(tmp_path / "m.lp"), "data": str(tmp_path / "d.npz"), "out": str(tmp_path / "run")}
    for sample in (0, 39):  # of which some would be held out
        wrong = decisions.copy()
        wrong[sample] = 0.7
        np.savez(tmp_path / "d.npz", contexts=np.ones((40, 1)), decisions=wrong)
        with pytest.raises(InstanceError, match=rf"d\.npz: sample {sample} is not feasible: row c is 1\.4"):
            coplug.train("contextual-lp", given)
    np.savez(tmp_path / "d.npz", contexts=np.ones((40, 1)), decisions=np.full((40, 2), 0.5))
    with pytest.raises(InstanceError, match="every decision lies inside"):
        coplug.train("contextual-lp", given)
    assert not (tmp_path / "run").exists()


def test_only_some_costs_are_predicted(files, tmp_path):
    stem = files / "contextual_path-tiny-0001"
    program = read_program(stem.with_suffix(".lp"))
    names = program.variable_names[:4]
    outcome = coplug.train(
        "contextual-lp",
        {"model": f"{stem}.lp", "data": f"{stem}.npz", "method": "mom", "margin": 0.1, "strength": 0.01,
         "predict": ",".join(names), "out": str(tmp_path / "run")},
    )  # fmt: skip
    costs = load_predictor(outcome.policy).predictor.costs(np.array([[0.0] * 5, [1.0] * 5]))
    np.testing.assert_allclose(costs[:, 4:], np.tile(program.objective[4:], (2, 1)), rtol=1e-5)
    assert np.abs(costs[0, :4] - costs[1, :4]).max() > 1e-3


def test_data_needs_costs_or_decisions():
    program, data = grid_data(4)
    from dataclasses import replace

    with pytest.raises(UsageError, match="needs costs, and the data has none"):
        learn(program, replace(data, decisions=None, costs=None), Settings(method="mom"))
