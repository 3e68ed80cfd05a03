"""Which part of a budget each phase may take, said before anything begins."""

from __future__ import annotations

from coplug.durations import shown_duration

ENDS = {
    "look": 0.10,
    "settings": 0.49,
    "samples": 0.58,
    "training": 0.67,
    "choice": 0.78,
    "again": 0.85,
    "decision": 1.0,
}
"""Where each phase ends, of the budget; one that ends earlier leaves its rest to the next ones."""

SETTINGS_ALONE_END = 0.80
"""Where the phase settings ends if no policy is learned."""

_WORDS = {
    "look": "SCIP as it comes on a few instances",
    "settings": "races between settings",
    "samples": "strong branching under the settings, recorded",
    "training": "networks that imitate it",
    "choice": "networks and shortlists against each other, by solving time",
    "again": "DAgger, where the choice says that a network pays",
    "decision": "SCIP as it comes, settings, and policy on instances never seen before",
}


def plan_lines(budget_s: float) -> list[str]:
    """Return the phases with the CPU time that each may take."""
    lines, before = [], 0.0
    for phase, end in ENDS.items():
        lines.append(f"  {phase:<9} {shown_duration((end - before) * budget_s):>8}  {_WORDS[phase]}")
        before = end
    return lines


def end_s(phase: str, begun_s: float, budget_s: float, *, with_policy: bool = True) -> float:
    """Return where a phase ends, in CPU seconds from the beginning.

    One that begins late, because another took more than its part, still gets half of its own.
    """
    if phase == "settings" and not with_policy:
        return SETTINGS_ALONE_END * budget_s
    phases = list(ENDS)
    before = ENDS[phases[phases.index(phase) - 1]] if phase != phases[0] else 0.0
    least = begun_s + 0.5 * (ENDS[phase] - before) * budget_s
    return min(max(ENDS[phase] * budget_s, least), budget_s)
