"""Curves over seeds: means, intervals, labels, and what cannot be drawn."""

import json

import numpy as np
import pytest

from coplug.errors import CoplugError, OutputError, UsageError
from coplug.evaluation.curves import curves, curves_csv, draw_curves
from coplug.evaluation.returns import mean_of


def run_of(directory, values, seed=0, steps=10, **keys):
    """Write what a run leaves: its recipe and metrics."""
    directory.mkdir()
    recipe = {"kind": "policy-gradient", "seed": seed, **keys}
    (directory / "recipe.toml").write_text("".join(f"{k} = {json.dumps(v)}\n" for k, v in recipe.items()))
    rows = [
        {
            "epoch": epoch,
            "valid_return": value,
            "environment_steps": steps * (epoch + 1),
            "baseline_random": 1.5,
        }
        for epoch, value in enumerate(values)
    ]
    (directory / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return directory


def test_runs_that_differ_in_their_seeds_make_one_curve(tmp_path):
    runs = [
        run_of(tmp_path / str(s), [v, v + 1.0, 9.0][: 2 + s % 2], seed=s, steps=10 + s)
        for s, v in enumerate([1.0, 2.0, 6.0])
    ]
    metric, axis, (curve,) = curves(runs)
    assert (metric, axis, curve.label, curve.n_runs) == ("valid_return", "environment_steps", "", 3)
    np.testing.assert_allclose(curve.mean, [3.0, 4.0])
    np.testing.assert_allclose(curve.x, [11.0, 22.0])
    # Student's t of 2 degrees at 97.5 % is 4.302653; the deviation of 1, 2, 6 is sqrt(7)
    np.testing.assert_allclose(curve.half, 4.302653 * np.sqrt(7.0 / 3.0), rtol=1e-6)
    assert curve.baselines == {"random": 1.5}
    assert curves_csv(metric, axis, [curve]).splitlines()[1] == "learned,3,11,3,6.57241"


def test_other_recipes_are_other_curves_named_by_what_differs(tmp_path):
    runs = [run_of(tmp_path / f"{w}-{s}", [float(w)], seed=s, width=w) for w in (8, 16) for s in (0, 1)]
    found = curves(runs, axis="epoch")[2]
    assert [(curve.label, curve.n_runs, curve.mean[0]) for curve in found] == [
        ("width 8", 2, 8.0),
        ("width 16", 2, 16.0),
    ]


def test_a_picture_has_a_band_and_a_line_for_the_baseline(tmp_path):
    figures = pytest.importorskip("matplotlib.figure")
    found = curves([run_of(tmp_path / str(s), [float(s), 2.0 * s], seed=s) for s in (1, 2)])
    axes = figures.Figure().add_subplot()
    draw_curves(axes, *found)
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["learned (2 seeds)", "random"]
    assert len(axes.collections) == 1


@pytest.mark.parametrize(
    ("metrics", "error", "message"),
    [
        ("", UsageError, "has finished no epoch yet"),
        ("{\n", OutputError, "line 1 is damaged"),
        ('{"valid_return": 1}\n', OutputError, "names no epoch"),
        ('{"epoch": "x"}\n', OutputError, "line 1 is damaged"),
        ("[1]\n", OutputError, "line 1 is damaged"),
        ('{"epoch": 0, "valid_loss": 1}\n', UsageError, "has no 'valid_return'; it has epoch, valid_loss"),
    ],
)
def test_what_cannot_be_drawn_is_one_line(tmp_path, metrics, error, message):
    run = run_of(tmp_path / "run", [1.0])
    (run / "metrics.jsonl").write_text(metrics)
    with pytest.raises(error, match=message) as caught:
        curves([run], metric="valid_return")
    assert "\n" not in str(caught.value)


def test_no_run(tmp_path):
    with pytest.raises(CoplugError, match="holds no run"):
        curves([tmp_path])


def test_a_mean_of_one_value_has_no_interval():
    assert mean_of([2.0]).value == 2.0
    assert np.isnan(mean_of([2.0]).low)


@pytest.mark.parametrize(("metric", "drawn"), [("valid_ratio", {"random": 1.5}), ("valid_log_return", {})])
def test_baselines_stand_beside_what_they_measure(tmp_path, metric, drawn):
    directory = run_of(tmp_path / "run", [1.0, 2.0])
    text = (directory / "metrics.jsonl").read_text()
    changed = text.replace("valid_return", metric).replace("environment_steps", "samples")
    (directory / "metrics.jsonl").write_text(changed)
    found_metric, axis, found = curves([directory])
    assert (found_metric, axis) == (metric, "samples")
    axes = pytest.importorskip("matplotlib.figure").Figure().add_subplot()
    draw_curves(axes, found_metric, axis, found)
    lines = [text.get_text() for text in axes.get_legend().get_texts()]
    assert lines == ["learned", *drawn]
