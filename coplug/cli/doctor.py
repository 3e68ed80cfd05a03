"""``coplug doctor``: what is installed, and whether it works."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as installed_version
from importlib.util import find_spec

import typer

OPTIONAL = ("torch", "torch-geometric", "tensorboard", "joblib")


def doctor() -> None:
    """Show versions, which reader of SCIP's state is in use and why, and whether the shipped networks load."""
    from coplug.catalogue import policies_of
    from coplug.errors import CoplugError
    from coplug.scip.library import load_library
    from coplug.solving import problems

    for name, version in versions().items():
        typer.echo(f"{name:<16} {version}")
    for name in OPTIONAL:
        typer.echo(
            f"{name:<16} {_version(name) if find_spec(name.replace('-', '_')) else 'not installed (extra)'}"
        )

    library = load_library()
    typer.echo(f"{'libscip':<16} {library.path or 'not found'}")
    reader = "compiled" if library.usable else f"portable (slower), because {library.reason}"
    typer.echo(f"{'state reader':<16} {reader}")
    typer.echo(f"{'kernel cache':<16} {_cache_directory()}")

    loaders = {name: problem.load_policy for problem in problems().values() for name in policies_of(problem)}
    broken = 0
    for name, load in sorted(loaders.items()):
        try:
            load(name)
            typer.echo(f"{'policy ' + name:<16} loads")
        except CoplugError as error:
            broken += 1
            typer.echo(f"{'policy ' + name:<16} BROKEN: {error}")
    if broken:
        raise typer.Exit(1)


def versions() -> dict[str, str]:
    """Return the versions of coplug, Python and what solving needs."""
    import pyscipopt

    import coplug

    model = pyscipopt.Model()
    scip = f"{model.getMajorVersion()}.{model.getMinorVersion()}.{model.getTechVersion()}"
    model.free()
    return {
        "coplug": coplug.__version__,
        "python": platform.python_version(),
        "scip": scip,
        "pyscipopt": _version("PySCIPOpt"),
        "numpy": _version("numpy"),
        "numba": _version("numba"),
        "gymnasium": _version("gymnasium"),
    }


def _version(name: str) -> str:
    try:
        return installed_version(name)
    except PackageNotFoundError:
        return "not installed"


def _cache_directory() -> str:
    from coplug.jit import FAULT
    from coplug.scip import kernels

    if FAULT:
        return f"none: {FAULT}"
    return str(getattr(kernels.read_columns, "_cache").cache_path)  # noqa: B009 # numba's types do not show it
