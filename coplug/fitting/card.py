"""The card of a fitted policy: what was looked at, what was tried, what was measured, and for what it is."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from coplug.comparison.account import Account
from coplug.comparison.page import Table
from coplug.durations import shown_duration
from coplug.fitting.decision import Decision
from coplug.fitting.known import Taken
from coplug.fitting.look import Look
from coplug.fitting.measure import SCIP
from coplug.scip.settings import ParameterValue
from coplug.version import __version__


@dataclass(frozen=True)
class Card:
    """What the card says besides tables of runs.

    Attributes
    ----------
    name : str
    decision : Decision
    settings : mapping
        What ships; empty for none.
    candidate : str
        The best of the races in words, shipped or not.
    n_races : int
    fingerprint : mapping
    taken : Taken
        What the fingerprint takes of what it is not for.
    sizes : str
        Of the split.
    left_out : sequence of str
        Instances, a line each.
    budget_s, spent_s : float
    seed : int
    objective : str
    policy : sequence of str
        Lines on samples, networks and the choice among them.
    """

    name: str
    decision: Decision
    settings: Mapping[str, ParameterValue]
    candidate: str
    n_races: int
    fingerprint: Mapping[str, tuple[float, float]]
    taken: Taken
    sizes: str
    left_out: Sequence[str]
    budget_s: float
    spent_s: float
    seed: int
    objective: str
    policy: Sequence[str] = field(default_factory=tuple)


def card_text(
    card: Card,
    account: Account | None,
    looks: Sequence[tuple[str, Look]],
    time_picture: str = "",
    decision_picture: str = "",
) -> str:
    """Return the card in Markdown."""
    sections = [
        f"# {card.name}",
        f"Fitted by `coplug fit` of coplug {__version__} on {time.strftime('%Y-%m-%d')}: {card.decision.reason}.",
        _instances(card),
        "## Where the time went\n\n"
        + _picture("Seconds by part, before and after" if len(looks) > 1 else "Seconds by part", time_picture)
        + "\n\n".join(f"{name}: {look.lines()[0]}\n\n{look.table().markdown()}" for name, look in looks),
        "## Settings\n\n" + _settings(card),
    ]
    if card.policy:
        sections.append("## Policy\n\n" + "\n".join(f"- {line}" for line in card.policy))
    if account is not None:
        sections.append(
            "## Decision\n\nOn instances that nothing before has seen, in turn, rows and columns permuted by the seed, "
            "CPU clock, 1-shifted geometric means, bootstrap intervals over instances:\n\n"
            + account.table().markdown()
            + "\n\n"
            + _picture("Performance profile, run against run, and means", decision_picture)
            + "Rows: `decision.csv`."
        )
    if card.decision.winner != SCIP:
        sections.append("## Fingerprint\n\n" + _fingerprint(card))
    return "\n\n".join(section.strip() for section in sections) + "\n"


def _instances(card: Card) -> str:
    left_out = "".join(f"\n- left out: {line}" for line in card.left_out)
    return (
        f"Instances: {card.sizes}. Budget {shown_duration(card.budget_s)} of CPU time, {shown_duration(card.spent_s)} "
        f"spent; objective {card.objective}; seed {card.seed}.{left_out}"
    )


def _settings(card: Card) -> str:
    if not card.settings:
        races = f"{card.n_races} race{'s' if card.n_races != 1 else ''}"
        return (
            f"None ship, after {races}: {card.candidate}. A larger budget, or more instances, may find what this one "
            "did not: half an hour for instances of some seconds, hours for instances of minutes."
        )
    rows = [(f"`{name}`", str(value)) for name, value in sorted(card.settings.items())]
    return f"{card.candidate}\n\n" + Table(("parameter", "value"), rows).markdown()


def _fingerprint(card: Card) -> str:
    rows = [
        (name.replace("_", " "), f"{low:g}", f"{high:g}") for name, (low, high) in card.fingerprint.items()
    ]
    return (
        "`coplug solve --policy auto` takes it where the problem as it is given lies in these ranges, those of the "
        f"instances with a margin. {card.taken.sentence()}\n\n"
        + Table(("metric", "from", "to"), rows).markdown()
    )


def _picture(text: str, file: str) -> str:
    return f"![{text}]({file})\n\n" if file else ""
