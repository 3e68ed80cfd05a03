"""What a CSV of runs says: as tables of texts, pictures, and a page that needs nothing else."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from coplug.comparison.journal import read_conditions, read_runs
from coplug.comparison.means import objective_mismatches, summarise
from coplug.comparison.page import Table, page
from coplug.comparison.pairs import Pairs
from coplug.comparison.pictures import time_panels, value_panels
from coplug.comparison.values import summarise_values
from coplug.contracts.problem import PROBLEMS
from coplug.errors import OutputError, UsageError
from coplug.figures import SUFFIXES, Draw, check_picture_path, panels_svg, save_panels
from coplug.files import check_writable, write_atomically
from coplug.measurement import MILP, Conditions, Run
from coplug.report import Sense

PAGE_SUFFIXES = (".html", ".htm")

INTERVAL_NOTE = (
    "Intervals hold 95 % of 4000 draws of the instances with replacement, each with the runs of all its seeds. "
    "Where the interval of a ratio lies below 1, the gain is more than the noise of these instances."
)


@dataclass(frozen=True)
class Account:
    """The runs of one comparison, ready to be shown.

    Attributes
    ----------
    title : str
    policies : tuple of str
        The first is the reference.
    runs : tuple of Run
    conditions : Conditions or None
        Under which they were made, where that is known.
    """

    title: str
    policies: tuple[str, ...]
    runs: tuple[Run, ...]
    conditions: Conditions | None = None

    @property
    def pairs(self) -> Pairs:
        """The runs side by side."""
        return Pairs.of(self.runs, self.policies)

    @property
    def by_time(self) -> bool:
        """Whether times are compared, or else values."""
        return self.conditions is None or self.conditions.problem == MILP

    @property
    def sense(self) -> Sense:
        """Of the values, where these are compared."""
        return "min" if self.conditions is None else PROBLEMS.load(self.conditions.problem).sense or "min"

    def panels(self) -> list[Draw]:
        """Return what is drawn."""
        return time_panels(self.pairs) if self.by_time else value_panels(self.pairs, self.sense)

    def table(self) -> Table:
        """Return the table of the policies."""
        return self._times() if self.by_time else self._values()

    def _times(self) -> Table:
        head = ("policy", "time s", "ratio", "95 % interval", "nodes", "wins", "solved", "policy's share")
        rows = [
            (
                s.policy,
                _number(s.time_s, ".2f"),
                _number(ratio.value, ".3f"),
                f"{_number(ratio.low, '.3f')} to {_number(ratio.high, '.3f')}",
                _number(s.nodes, ".1f"),
                str(s.wins),
                f"{s.solved}/{s.runs}",
                f"{100 * s.policy_share:.2f} %",
            )
            for s, ratio in zip(summarise(self.runs, self.policies), self.pairs.time_ratios(), strict=True)
        ]
        return Table(head, rows)

    def _values(self) -> Table:
        head = ("policy", "value", "short of best", "95 % interval", "best", "proved", "time s")
        rows = [
            (
                s.policy,
                _number(s.value, ".3f"),
                _number(100 * short.value, ".3f") + " %",
                f"{_number(100 * short.low, '.3f')} to {_number(100 * short.high, '.3f')} %",
                f"{s.best}/{s.runs}",
                f"{s.proved}/{s.runs}",
                _number(s.time_s, ".2f"),
            )
            for s, short in zip(
                summarise_values(self.runs, self.policies, self.sense),
                self.pairs.mean_shortfalls(self.sense),
                strict=True,
            )
        ]
        return Table(head, rows)

    def instance_table(self) -> Table:
        """Return what every policy did on each instance: mean time, or mean value."""
        pairs = self.pairs
        numbers = pairs.times if self.by_time else pairs.objectives
        rows = []
        for instance in dict.fromkeys(pairs.instances):
            mask = [name == instance for name in pairs.instances]
            chosen, solved = numbers[mask], pairs.solved[mask]
            cells = [
                _number(float(chosen[:, k].mean()), ".2f" if self.by_time else ".6g")
                + ("" if solved[:, k].all() or not self.by_time else f" ({int(solved[:, k].sum())} solved)")
                for k in range(len(pairs.policies))
            ]
            rows.append((instance, str(sum(mask)), *cells))
        return Table(("instance", "runs", *pairs.policies), rows)

    def notes(self) -> list[str]:
        """Return what has to be said about the runs."""
        left_out = len(self.runs) - len(self.pairs) * len(self.policies)
        notes = [INTERVAL_NOTE]
        if self.conditions is not None:
            c = self.conditions
            kept = ", no policy's settings" if c.keep_settings else ""
            protocol = f", protocol {c.protocol}" if c.problem == MILP else ""
            notes.append(f"Problem {c.problem}{protocol}{kept}, time limit {c.time_limit_s:g} s.")
        if left_out:
            notes.append(f"{left_out} runs are left out: not every policy has run their instance and seed.")
        return [*notes, *(f"Runs with a proof disagree: {line}." for line in objective_mismatches(self.runs))]


def account_of(csv: Path, policies: Sequence[str] = ()) -> Account:
    """Read a CSV of ``coplug compare``.

    Parameters
    ----------
    csv : Path
    policies : sequence of str
        Which, the reference first; all that have runs, in their order, if empty.

    Raises
    ------
    OutputError
        If it cannot be read, or holds no runs that can be compared.
    UsageError
        If a policy has no runs in it.
    """
    runs = read_runs(csv)
    known = tuple(dict.fromkeys(run.policy for run in runs))
    unknown = next((name for name in policies if name not in known), None)
    if unknown is not None:
        raise UsageError(f"{csv} has no runs of {unknown}; it has those of {', '.join(known) or 'none'}")
    chosen = tuple(dict.fromkeys(policies)) or known
    account = Account(csv.name, chosen, tuple(r for r in runs if r.policy in chosen), read_conditions(csv))
    if not chosen or not len(account.pairs):
        raise OutputError(
            f"{csv} holds no pair of instance and seed that all policies have run; compare first"
        )
    return account


def check_report_path(out: Path, option: str = "--out") -> None:
    """Reject where a report cannot go, before any work is done.

    Raises
    ------
    UsageError, OutputError
        If it cannot be written there, or is of no known kind.
    """
    if out.suffix not in (*PAGE_SUFFIXES, *SUFFIXES):
        kinds = ", ".join((PAGE_SUFFIXES[0], *SUFFIXES))
        raise UsageError(f"{option} {out}: expected a name that ends in {kinds}")
    if out.suffix in SUFFIXES:
        check_picture_path(out, option)
    else:
        check_writable(out, option)


def write_account(account: Account, out: Path) -> None:
    """Write a page or a picture, as the suffix says, whole or not at all.

    Raises
    ------
    UsageError, OutputError
        If matplotlib is missing, or the file cannot be written.
    """
    if out.suffix in SUFFIXES:
        save_panels(out, account.panels())
        return
    text = page(
        account.title,
        [account.table()],
        [panels_svg(account.panels())],
        account.notes(),
        [account.instance_table()],
    )
    write_atomically(out, text.encode())


def _number(value: float, form: str) -> str:
    return "-" if math.isnan(value) else format(value, form)
