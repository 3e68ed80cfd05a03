"""``coplug solve``: solve instances."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from coplug.errors import UsageError

if TYPE_CHECKING:
    from coplug.cli.problem_command import AnyProblem, Values
    from coplug.report import Report

DEFAULT_PROBLEM = "milp"
"""Whose options are taken where neither ``--problem`` nor a file says which."""

TEXT = """Solve an instance of a problem, with a learned policy where there is one.

Several instances are solved one after the other; --json prints an array of them then.

Exit status: 0 the run ended with a known status (a limit too), 1 it could not run, 2 usage,
130 or 143 interrupted, with the incumbent kept; of several instances the worst.
"""


def solve(context: typer.Context) -> None:
    """Solve an instance of a problem, with a learned policy where there is one."""
    from coplug.cli.problem_command import run_app

    run_app(solve_app(context.args), context)


def solve_app(words: list[str]) -> typer.Typer:
    """Return an application of one command, with the options of the problem that the words ask for.

    Raises
    ------
    UsageError
        If they have an option of another problem, or there is no such problem.
    """
    from coplug.cli.execution import execute
    from coplug.cli.problem_command import (
        FORMAT,
        PROBLEM,
        application,
        check_flags,
        files_argument,
        option_values,
        problem_command,
    )
    from coplug.cli.standard_input import check_words
    from coplug.solving import problems

    problem = _problem(words)
    check_flags(words, problem, lambda: problems().values())
    files = files_argument(
        f"Instances: {' '.join(problem.suffixes)}, each also with .gz; -: one on standard input.",
        required=problem.needs_instance,
    )

    def run(values: Values) -> None:
        named = values["files"] or []
        check_words(named, values["file_format"] or "")
        if len(named) > 1:
            _check_outputs(problem, values)
        execute(_solver(values), named or [None], option_values(problem, values), values)

    app = application()
    app.command(help=TEXT, epilog=_epilog(problem))(problem_command(problem, run, [files, PROBLEM, FORMAT]))
    return app


def _solver(values: Values) -> Callable[..., Report]:
    """Return what solves a file, or the instance on standard input."""
    from coplug.cli.standard_input import STANDARD_INPUT, solve_input
    from coplug.solving import solve

    def solved(source: Path | None, **options: Any) -> Report:
        if str(source) == STANDARD_INPUT:
            return solve_input(values["file_format"], problem=values["problem"], **options)
        return solve(source, values["problem"], **options)

    return solved


def _check_outputs(problem: AnyProblem, values: Values) -> None:
    """Refuse a file to write to where several instances would share it."""
    from coplug.cli.execution import PRINTED
    from coplug.options import option_specs

    flags = {spec.field: spec.flags[0] for spec in option_specs(problem.options_type) if spec.is_output}
    for field, flag in {"solution": "--solution", "plot": "--plot", **flags}.items():
        if values[field] not in (None, PRINTED):
            raise UsageError(
                f"{flag} {values[field]} is for one instance; solve one at a time, or take --json"
            )


def _problem(words: list[str]) -> AnyProblem:
    """Return the problem that the words name, or the only one that a file among them can be of."""
    from coplug.cli.standard_input import NAME, STANDARD_INPUT, format_of
    from coplug.contracts.problem import PROBLEMS
    from coplug.solving import problem_for, reading

    for word, following in itertools.pairwise([*words, ""]):
        if word == "--problem":
            return PROBLEMS.load(following)
        if word.startswith("--problem="):
            return PROBLEMS.load(word.partition("=")[2])
    files = [
        Path(word)
        for before, word in itertools.pairwise(["", *words])
        if not word.startswith("-") and not _takes_value(before)
    ]
    if STANDARD_INPUT in words:
        files.append(Path(f"{NAME}.{format_of(words)}"))
    file = next((file for file in files if reading(file)), None)
    return PROBLEMS.load(DEFAULT_PROBLEM) if file is None else problem_for(file)


def _takes_value(word: str) -> bool:
    """Tell whether a word is an option whose value is the next word, of whichever problem."""
    from coplug.cli.problem_command import is_switch
    from coplug.cli.standard_input import STANDARD_INPUT
    from coplug.solving import problems

    if not word.startswith("-") or word == STANDARD_INPUT or "=" in word:
        return False
    return not any(is_switch(word, problem) for problem in problems().values())


def _epilog(problem: AnyProblem) -> str:
    from coplug.contracts.problem import PROBLEMS

    others = ", ".join(name for name in PROBLEMS.names() if name != problem.name)
    return (
        f"These are the options of {problem.name}. For those of {others}: coplug solve --problem NAME --help"
    )
