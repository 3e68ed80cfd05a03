"""Comparing policies: the same instances and seeds, in turn, one CSV row a run, and the tables of means."""

from coplug.comparison.journal import read_runs
from coplug.comparison.means import Summary, objective_mismatches, summarise
from coplug.comparison.plan import Plan, make_plan
from coplug.comparison.running import compare, run_plan, runs_so_far
from coplug.comparison.values import ValueSummary, summarise_values

__all__ = [
    "Plan",
    "Summary",
    "ValueSummary",
    "compare",
    "make_plan",
    "objective_mismatches",
    "read_runs",
    "run_plan",
    "runs_so_far",
    "summarise",
    "summarise_values",
]
