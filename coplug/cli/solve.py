"""``coplug solve``: solve one instance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from coplug.cli.problem_command import AnyProblem, Values

DEFAULT_PROBLEM = "milp"
"""Whose options are taken where neither ``--problem`` nor a file says which."""

TEXT = """Solve an instance of a problem, with a learned policy where there is one.

Exit status: 0 the run ended with a known status (a limit too), 1 it could not run, 2 usage,
130 or 143 interrupted, with the incumbent kept.
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
    from coplug.cli.problem_command import (
        PROBLEM,
        application,
        check_flags,
        execute,
        file_argument,
        option_values,
        problem_command,
    )
    from coplug.solving import problems

    problem = _problem(words)
    check_flags(words, problem, lambda: problems().values())
    file = file_argument(
        f"Instance: {' '.join(problem.suffixes)}, each also with .gz.", required=problem.needs_instance
    )

    def run(values: Values) -> None:
        execute(values["problem"], values["file"], option_values(problem, values), values)

    app = application()
    app.command(help=TEXT, epilog=_epilog(problem))(problem_command(problem, run, [file, PROBLEM]))
    return app


def _problem(words: list[str]) -> AnyProblem:
    """Return the problem that the words name, or the only one that a file among them can be of."""
    from coplug.contracts.problem import PROBLEMS
    from coplug.solving import problem_for, reading

    for word, following in zip(words, [*words[1:], ""], strict=True):
        if word == "--problem":
            return PROBLEMS.load(following)
        if word.startswith("--problem="):
            return PROBLEMS.load(word.partition("=")[2])
    files = [Path(word) for word in words if not word.startswith("-")]
    file = next((file for file in files if reading(file)), None)
    return PROBLEMS.load(DEFAULT_PROBLEM) if file is None else problem_for(file)


def _epilog(problem: AnyProblem) -> str:
    from coplug.contracts.problem import PROBLEMS

    others = ", ".join(name for name in PROBLEMS.names() if name != problem.name)
    return (
        f"These are the options of {problem.name}. For those of {others}: coplug solve --problem NAME --help"
    )
