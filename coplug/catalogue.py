"""What coplug knows by name: policies, problems, families, environments and recipes."""

from __future__ import annotations

import difflib
import inspect
import logging
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coplug.errors import UsageError, in_one_line

if TYPE_CHECKING:
    from coplug.contracts.problem import Problem
    from coplug.families import Family

logger = logging.getLogger(__name__)


def policies_by_problem() -> dict[str, dict[str, str]]:
    """Return the policies of each problem, as :func:`catalogue` does; those that have the same share an entry."""
    from coplug.solving import problems

    shared: list[tuple[list[str], dict[str, str]]] = []
    for problem in problems().values():
        policies = policies_of(problem)
        same = next((names for names, known in shared if known == policies), None)
        if same is None:
            shared.append(([problem.name], policies))
        else:
            same.append(problem.name)
    return {", ".join(names): policies for names, policies in shared}


def _policies() -> dict[str, str]:
    lines: dict[str, list[str]] = {}
    for served, policies in policies_by_problem().items():
        for name, line in policies.items():
            lines.setdefault(name, []).append(f"{line} ({served})")
    return {name: "; ".join(lines[name]) for name in sorted(lines)}


def policies_of(problem: Problem[Any, Any]) -> dict[str, str]:
    """Return the policies of a problem, each with where it comes from; none, and a warning, where it cannot say."""
    try:
        return dict(problem.policies())
    except Exception as error:  # a third party's problem may raise anything, and others are listed too
        logger.warning("policies of %s cannot be listed: %s", problem.name, in_one_line(error))
        return {}


def _problems() -> dict[str, str]:
    from coplug.solving import problems

    return {name: problem.description for name, problem in problems().items()}


def _families() -> dict[str, str]:
    return {
        name: f"{family.draws.name}: {_first_line(family.__doc__)}"
        for name, family in _family_classes().items()
    }


def _family_classes() -> dict[str, type[Family[Any]]]:
    from coplug.families import FAMILIES

    return FAMILIES.usable()


def _environments() -> dict[str, str]:
    from coplug.envs.registration import ENVIRONMENTS, NAMESPACE

    return {
        NAMESPACE + name: _first_line(_environment_text(NAMESPACE + name)) for name in ENVIRONMENTS.names()
    }


def _environment_text(name: str) -> str:
    """Return the docstring of an environment, which is its specification, or why there is none."""
    from coplug.envs.registration import ENVIRONMENTS, NAMESPACE

    try:
        return inspect.getdoc(ENVIRONMENTS.load(name.removeprefix(NAMESPACE))) or ""
    except UsageError as error:
        return str(error)


def _recipes() -> dict[str, str]:
    from coplug.training.recipe_files import recipe_descriptions

    return recipe_descriptions()


KINDS: dict[str, Callable[[], dict[str, str]]] = {
    "policies": _policies,
    "problems": _problems,
    "families": _families,
    "envs": _environments,
    "recipes": _recipes,
}
"""The kinds of things that have names, each with a function that returns name and one line of origin."""


def catalogue(kind: str) -> dict[str, str]:
    """Return the names of one of :data:`KINDS`, each with one line about it."""
    return KINDS[kind]()


def describe(name: str) -> str:
    """Return what is written about a name: a policy's card, a recipe's text, or a docstring.

    Parameters
    ----------
    name : str
        One of those in :data:`KINDS`, or a policy's folder.

    Raises
    ------
    UsageError
        If nothing has that name; the message suggests close ones.
    WeightsError
        If a folder holds no policy.
    """
    from coplug.training.recipe_files import recipe_descriptions, recipe_text

    bundle = _bundle(name)
    if bundle is not None:
        return _policy_card(bundle)
    if name in recipe_descriptions():
        return recipe_text(name)
    if name in _family_classes():
        return inspect.getdoc(_family_classes()[name]) or ""
    if name in _environments():
        return _environment_text(name)
    everything = {entry: text for kind in KINDS for entry, text in catalogue(kind).items()}
    if name in everything:
        return f"{name}: {everything[name]}"
    if name and Path(name).is_dir():
        return _policy_card(Path(name))
    close = difflib.get_close_matches(name, everything, n=3)
    hint = (
        f"did you mean {', '.join(close)}?"
        if close
        else "see `coplug list policies|problems|families|envs|recipes`"
    )
    raise UsageError(f"nothing is called {name!r}; {hint}")


def _bundle(name: str) -> Path | None:
    """Return the folder of a policy of any problem that is called so; a shipped one may serve none."""
    from coplug.inference.bundles import bundles
    from coplug.inference.zoo import zoo_directory
    from coplug.solving import problems

    found = (bundles(problem).get(name) for problem in problems())
    bundle = next((bundle for bundle in found if bundle is not None), None)
    if bundle is not None:
        return bundle.directory
    shipped = zoo_directory() / name
    return shipped if name and shipped.is_dir() else None


def _policy_card(folder: Path) -> str:
    """Return the card in a policy's folder, or where there is none what its weights are."""
    from coplug.inference.weights import load_config, problem_of

    config = load_config(folder)  # a folder without one is no policy
    card = folder / "README.md"
    if card.is_file():
        return card.read_text(encoding="utf-8", errors="replace")
    return f"weights of {config['architecture']} for {problem_of(folder) or 'no solve'}, without a card"


def _first_line(text: str | None) -> str:
    return (text or "").strip().partition("\n")[0]
