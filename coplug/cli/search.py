"""``coplug search``: look for good objects of a kind, as long as there is time."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import typer

from coplug.cli.problem_command import (
    AnyProblem,
    Values,
    application,
    execute,
    option_values,
    problem_command,
    run_app,
)

TEXT = "Search for good objects of a kind, as long as there is time."


def search(context: typer.Context) -> None:
    """Search for good objects of a kind, as long as there is time."""
    run_app(searches(), context)


def searches() -> typer.Typer:
    """Return an application with a command for each problem that needs no instance."""
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
    def run(values: Values) -> None:
        execute(problem.name, None, option_values(problem, values), values)

    return run
