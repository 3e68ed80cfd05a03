"""By what a family of instances is recognised: the ranges that its instances span in a few numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from coplug.errors import InstanceError
from coplug.scip.structure import SIZE_METRICS

SHARE_SLACK = 0.05
"""By how much a share, in [0, 1], may lie outside what was seen, besides half the range that was seen."""

SIZE_FACTOR = 3.0
"""By which factor a metric that grows with an instance may."""

FACTOR = 1.5
"""By which factor any other metric may."""

NEGLIGIBLE = 1e-3
"""And in any case by so much, for the rounding of what is 0."""

Fingerprint = dict[str, tuple[float, float]]


def mismatches(ranges: Mapping[str, tuple[float, float]], metrics: Mapping[str, float]) -> list[str]:
    """Return in words the metrics that are outside their ranges, or unknown."""
    return [line for metric, limits in ranges.items() if (line := _mismatch(metric, limits, metrics))]


def _mismatch(metric: str, limits: tuple[float, float], metrics: Mapping[str, float]) -> str:
    if metric not in metrics:
        return f"unknown metric {metric}"
    low, high = limits
    if low <= metrics[metric] <= high:
        return ""
    return f"{metric} {metrics[metric]:.3g} is outside {low:g} to {high:g}"


def fingerprint(seen: Sequence[Mapping[str, float]], size_factor: float = SIZE_FACTOR) -> Fingerprint:
    """Return the range of each metric over some instances of a family, widened for those that were not seen.

    Parameters
    ----------
    seen : sequence of mappings
        Metrics of :mod:`coplug.scip.structure` or :mod:`coplug.scip.problem_structure`, of small and large instances.
    size_factor : float
        By which factor metrics that grow with an instance may lie outside what was seen.

    Raises
    ------
    InstanceError
        If there are none.
    """
    if not seen:
        raise InstanceError("a fingerprint needs at least one instance whose LP SCIP solves")
    return {name: _widened(name, [metrics[name] for metrics in seen], size_factor) for name in seen[0]}


def _widened(name: str, values: Sequence[float], size_factor: float) -> tuple[float, float]:
    low, high = min(values), max(values)
    if name.endswith("share"):
        slack = SHARE_SLACK + 0.5 * (high - low)
        return round(max(low - slack, 0.0), 4), round(min(high + slack, 1.0), 4)
    factor = size_factor if name in SIZE_METRICS else FACTOR
    return _rounded(max(low / factor - NEGLIGIBLE, 0.0)), _rounded(high * factor + NEGLIGIBLE)


def _rounded(value: float) -> float:
    return float(f"{value:.3g}")
