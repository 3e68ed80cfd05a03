"""Pictures of solved batches: rates against the ratio of power to noise, and the distribution of rates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from coplug.figures import save_figure
from coplug.problems.wireless.linear import mrt, rzf
from coplug.problems.wireless.power_instance import PowerInstance
from coplug.problems.wireless.power_methods import fractional_power, full_power
from coplug.problems.wireless.precoding import judged
from coplug.problems.wireless.precoding_instance import PrecodingInstance
from coplug.problems.wireless.rates import Real, precoder_rates
from coplug.problems.wireless.weighted_mmse import weighted_mmse
from coplug.report import Report

COLOURS = {
    "wmmse": "#2980b9",
    "rzf": "#27ae60",
    "mrt": "#7f8c8d",
    "full power": "#7f8c8d",
    "fractional": "#27ae60",
}
SOLVED = "#c0392b"
DRAWN = 100
"""Channels whose rates are drawn against the ratio of power to noise."""

LEVELS_DB = np.arange(-10.0, 31.0, 5.0)
WMMSE_STEPS = 50
WIDTH = 11.0


def draw_precoding(instance: PrecodingInstance, report: Report, path: Path) -> None:
    """Draw the sum of rates against power over noise under a limit of the total power, and its distribution."""

    def draw(axes: Any) -> None:
        left, right = _panels(axes)
        _draw_levels(left, instance, report)
        unit = np.sqrt(instance.power)[:, None, None]
        sums = {
            str(report.extra["method"]): judged(instance, report.arrays["W"]).sum(axis=1),
            "rzf": judged(instance, rzf(instance.channels, instance.relative_noise) * unit).sum(axis=1),
            "mrt": judged(instance, mrt(instance.channels) * unit).sum(axis=1),
        }
        _draw_distribution(right, sums, "sum of rates (bit/s/Hz)", "share of channels")
        left.figure.suptitle(f"{Path(report.instance).name}: {report.extra['method']}")

    save_figure(path, draw, WIDTH)


def draw_power(instance: PowerInstance, report: Report, path: Path) -> None:
    """Draw the distributions of the rates of users, and of the least rate of each network."""

    def draw(axes: Any) -> None:
        left, right = _panels(axes)
        amplitudes = {
            str(report.extra["method"]): np.sqrt(report.arrays["p"] / instance.power[:, :, None]),
            "full power": full_power(instance),
            "fractional": fractional_power(instance, 0.5),
        }
        rates = {name: instance.rates(found) for name, found in amplitudes.items()}
        users = {name: found.ravel() for name, found in rates.items()}
        least = {name: found.min(axis=1) for name, found in rates.items()}
        _draw_distribution(left, users, "rate of a user (bit/s/Hz)", "share of users")
        _draw_distribution(right, least, "least rate of a network (bit/s/Hz)", "share of networks")
        left.figure.suptitle(
            f"{Path(report.instance).name}: {report.extra['method']}, {report.extra['goal']}"
        )

    save_figure(path, draw, WIDTH)


def _panels(axes: Any) -> tuple[Any, Any]:
    """Move the axes to the left half, and return them with others beside them."""
    left, right = axes.figure.add_gridspec(1, 2)
    axes.set_subplotspec(left)
    return axes, axes.figure.add_subplot(right)


def _draw_levels(axes: Any, instance: PrecodingInstance, report: Report) -> None:
    channels = instance.channels[:DRAWN]
    weights = np.ones(channels.shape[:2])
    mean = max(float((np.abs(channels) ** 2).mean()), 1e-30)
    curves: dict[str, list[float]] = {"wmmse": [], "rzf": [], "mrt": []}
    for level_db in LEVELS_DB:
        noise = np.full(len(channels), mean * 10.0 ** (-level_db / 10.0))
        made = {
            "wmmse": weighted_mmse(channels, noise, weights, WMMSE_STEPS).precoders,
            "rzf": rzf(channels, noise),
            "mrt": mrt(channels),
        }
        for name, precoders in made.items():
            curves[name].append(float(precoder_rates(channels, precoders, noise).sum(axis=1).mean()))
    for name, values in curves.items():
        axes.plot(LEVELS_DB, values, color=COLOURS[name], marker=".", label=name)
    own_db = 10.0 * np.log10(mean / float(instance.relative_noise.mean()))
    axes.plot([own_db], [report.extra["sum_rate"]], "*", color=SOLVED, markersize=12, label="this solve")
    axes.set(xlabel="power over noise at an antenna (dB)", ylabel="sum of rates (bit/s/Hz)")
    axes.legend(frameon=False)


def _draw_distribution(axes: Any, samples: dict[str, Real], xlabel: str, ylabel: str) -> None:
    """Draw empirical distribution functions; the first is what was solved."""
    for position, (name, values) in enumerate(samples.items()):
        ordered = np.sort(values)
        heights = np.arange(1, len(ordered) + 1) / len(ordered)
        colour = SOLVED if position == 0 else COLOURS[name]
        axes.step(ordered, heights, where="post", color=colour, label=name, zorder=3 - position)
    axes.set(xlabel=xlabel, ylabel=ylabel, ylim=(0.0, 1.02))
    axes.legend(frameon=False)
