"""``coplug search``: look for good objects of a kind, as long as there is time."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from coplug.cli.problem_command import AnyProblem, Values

TEXT = "Search for good objects of a kind, as long as there is time."


def search(context: typer.Context) -> None:
    """Search for good objects of a kind, as long as there is time."""
    from coplug.cli.problem_command import run_app

    run_app(searches(), context)


def searches() -> typer.Typer:
    """Return an application with a command for each problem that needs no instance."""
    from coplug.cli.problem_command import application, problem_command
    from coplug.solving import problems

    app = application(help=TEXT, no_args_is_help=True)
    app.callback()(lambda: None)  # one command alone would go without its name
    for problem in problems().values():
        if not problem.needs_instance:
            app.command(problem.name, help=inspect.getdoc(problem))(
                problem_command(problem, _running(problem))
            )
    return app


def _running(problem: AnyProblem) -> Callable[[Values], None]:
    from coplug.cli.execution import execute
    from coplug.cli.problem_command import option_values
    from coplug.solving import solve

    def run(values: Values) -> None:
        execute(partial(solve, problem=problem.name), [None], option_values(problem, values), values)

    return run
