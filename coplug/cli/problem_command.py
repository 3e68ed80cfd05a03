"""Commands whose options are those of a problem: ``coplug solve`` and ``coplug search``.

Which problem that is stands on the command line itself. So the command proper takes every word as it is, and a second
one, made for the problem, parses them.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from coplug.cli.options import HELP_FLAGS, completed
from coplug.contracts.problem import Problem
from coplug.errors import UsageError
from coplug.options import OptionSpec, option_specs

Values = dict[str, Any]
AnyProblem = Problem[Any, Any]


def option(
    name: str, kind: Any, default: object, *flags: str, metavar: str = "", text: str = "", **more: Any
) -> inspect.Parameter:
    """Return an option of a command, as typer reads it from a function; ``...`` is the default of a required one."""
    info = typer.Option(default, *flags, metavar=metavar or None, help=text, **more)
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=info, annotation=kind)


def files_argument(text: str, *, required: bool) -> inspect.Parameter:
    """Return the argument FILE, which may be repeated."""
    info = typer.Argument(... if required else None, metavar="FILE", help=text)
    kind: Any = list[Path] if required else list[Path] | None
    return inspect.Parameter("files", inspect.Parameter.KEYWORD_ONLY, default=info, annotation=kind)


PROBLEM = option(
    "problem",
    str | None,
    None,
    "--problem",
    metavar="NAME",
    text="Kind of problem; may be left out where the file can be of one only.",
    autocompletion=completed("problems"),
)

LAST = (
    option(
        "solution",
        Path | None,
        None,
        "--solution",
        metavar="OUT.sol|.json|.npz|-",
        text="Where to write the solution; .npz where it is arrays; -: print it.",
    ),
    option(
        "plot",
        Path | None,
        None,
        "--plot",
        metavar="OUT.png|.pdf|.svg",
        text="Where to draw what was found, or a model's bounds over time; with the extra plot.",
    ),
    option(
        "policy_path",
        list[Path] | None,
        None,
        "--policy-path",
        metavar="DIR",
        text="A folder of more policies for auto and by name; may be repeated. So does COPLUG_POLICIES.",
    ),
    option(
        "log_policy",
        Path | None,
        None,
        "--log-policy",
        metavar="FILE",
        text="Add a line of JSON on which policy was used, left out or withdrawn, and why.",
    ),
    option("as_json", bool, False, "--json", text="Print one JSON object on stdout."),
    option("quiet", bool, False, "--quiet", "-q", text="Print nothing but errors (and --json)."),
)
"""Options of every problem that are about what is written and printed."""

FORMAT = option(
    "file_format",
    str | None,
    None,
    "--format",
    metavar="SUFFIX",
    text="Of the instance on standard input, such as lp or mps.gz.",
)

SWITCHES = ("--json", "--quiet", "-q", *HELP_FLAGS)

COMMON_FLAGS = (
    *("--problem", "--format", "--solution", "--plot", "--policy-path", "--log-policy"),
    *SWITCHES,
)


def application(**settings: Any) -> typer.Typer:
    """Return an application of commands."""
    return typer.Typer(
        add_completion=False,
        context_settings={"help_option_names": list(HELP_FLAGS)},
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        **settings,
    )


def problem_command(
    problem: AnyProblem, run: Callable[[Values], None], first: Sequence[inspect.Parameter] = ()
) -> Callable[..., None]:
    """Return a function that typer takes as a command, with the options of a problem.

    Parameters
    ----------
    problem : Problem
    run : callable
        Gets all values by name.
    first : sequence of Parameter
        What comes before the problem's options; what is written and printed comes after them.
    """
    specs = option_specs(problem.options_type)
    parameters = [*first, *(_parameter(spec, problem) for spec in specs), *LAST]

    def command(**values: Any) -> None:
        run(values)

    command.__dict__["__signature__"] = inspect.Signature(parameters)
    command.__annotations__ = {one.name: one.annotation for one in parameters}
    return command


def run_app(app: typer.Typer, context: typer.Context) -> None:
    """Parse the words of a command that took them as they are; a wrong usage ends the process as typer does it."""
    get_command(app).main(
        args=list(context.args), prog_name=context.command_path, terminal_width=context.terminal_width
    )


def check_flags(
    words: Iterable[str], problem: AnyProblem, others: Callable[[], Iterable[AnyProblem]]
) -> None:
    """See that no option is among the words that other problems have, but not this one.

    Raises
    ------
    UsageError
        If one is.
    """
    own = _flags(problem)
    flags = [
        word.partition("=")[0] if word.startswith("--") else word[:2] for word in words if word[:1] == "-"
    ]
    strange = [flag for flag in flags if flag not in own and flag not in COMMON_FLAGS]
    for flag in strange:
        having = [other.name for other in others() if flag in _flags(other)]
        if having:
            raise UsageError(
                f"{flag} is for --problem {', '.join(having)}; the options of {problem.name} are {', '.join(own)}"
            )


def is_switch(flag: str, problem: AnyProblem) -> bool:
    """Tell whether an option, of a problem or of all of them, is on or off by itself and has no value."""
    of_problem = (spec for spec in option_specs(problem.options_type) if spec.kind is bool)
    return flag in SWITCHES or any(flag in _declared(spec) for spec in of_problem)


def option_values(problem: AnyProblem, values: Values) -> Values:
    """Return the values of the problem's options by their words in Python."""
    return {spec.word: _value(spec, values[spec.field]) for spec in option_specs(problem.options_type)}


def _flags(problem: AnyProblem) -> list[str]:
    return [flag for spec in option_specs(problem.options_type) for flag in _declared(spec)]


def _declared(spec: OptionSpec) -> list[str]:
    """Return the flags of an option; one that is on unless it is switched off has a second one for that."""
    off = [flag.replace("--", "--no-") for flag in spec.flags if flag.startswith("--")]
    return [*spec.flags, *(off if spec.kind is bool and spec.default is True else [])]


def _parameter(spec: OptionSpec, problem: AnyProblem) -> inspect.Parameter:
    """Return an option as typer takes it."""
    kind: Any = spec.kind
    flags, default = spec.flags, spec.default
    more: dict[str, Any] = {}
    if spec.field == "policy":
        kind, default = str, "auto"
        more["autocompletion"] = lambda incomplete: [
            name for name in problem.policies() if name.startswith(incomplete)
        ]
    elif kind is bool and default is True:
        flags = (f"{flags[0]}/{flags[0].replace('--', '--no-')}",)
    elif kind is tuple:
        kind, default = str, spec.example
    elif kind in (dict, list):
        kind, default = list[str] | None, None
    elif default is None:
        kind = kind | None
    elif default is dataclasses.MISSING:
        default = ...
    return option(spec.field, kind, default, *flags, metavar=spec.metavar, text=spec.help, **more)


def _value(spec: OptionSpec, value: Any) -> object:
    if spec.kind in (tuple, dict, list):
        return spec.parse(value or [])
    return value
