"""Where policies' folders are looked for: those that the user names or installed, then those that coplug ships."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from coplug.errors import UsageError
from coplug.inference.weights import CONFIG_FILE
from coplug.inference.zoo import serving, shipped

ENVIRONMENT = "COPLUG_POLICIES"
"""The environment variable with folders of policies, apart as in ``PATH``."""

SHIPPED = "shipped with coplug"

_given: ContextVar[tuple[Path, ...]] = ContextVar("policy_path", default=())


@dataclass(frozen=True)
class Bundle:
    """A policy's folder.

    Attributes
    ----------
    directory : Path
    origin : str
        Where it was found, in words.
    """

    directory: Path
    origin: str

    @property
    def is_shipped(self) -> bool:
        """Whether it comes with coplug."""
        return self.origin == SHIPPED


def user_policies() -> Path:
    """Return the folder of the user's data that ``coplug fit --install`` puts policies into."""
    from platformdirs import user_data_path

    return user_data_path("coplug", appauthor=False) / "policies"


@contextmanager
def policy_path(folders: Iterable[str | Path]) -> Iterator[None]:
    """Have folders looked into first, inside the block.

    Raises
    ------
    UsageError
        If one is not there.
    """
    given = tuple(Path(folder) for folder in folders)
    for folder in given:
        if not folder.is_dir():
            raise UsageError(f"--policy-path {folder}: there is no such folder of policies")
    token = _given.set(given)
    try:
        yield
    finally:
        _given.reset(token)


def policy_folders() -> list[tuple[Path, str]]:
    """Return the folders that are looked into besides coplug's own, in their order, each with what names it."""
    named = [Path(part) for part in os.environ.get(ENVIRONMENT, "").split(os.pathsep) if part]
    return [
        *((folder, "--policy-path") for folder in _given.get()),
        *((folder, ENVIRONMENT) for folder in named),
        (user_policies(), "installed"),
    ]


def bundles(problem: str) -> dict[str, Bundle]:
    """Return the policies' folders that serve a problem, by name; of two of one name the first counts.

    A folder on the path may be a policy's own, or hold several.
    """
    found: dict[str, Bundle] = {}
    for folder, named_by in policy_folders():
        places = [folder] if (folder / CONFIG_FILE).is_file() else _inside(folder)
        for directory in places:
            if serving(directory, problem):
                found.setdefault(directory.absolute().name, Bundle(directory, f"{named_by}: {directory}"))
    for name, directory in shipped(problem).items():
        found.setdefault(name, Bundle(directory, SHIPPED))
    return found


def _inside(folder: Path) -> list[Path]:
    return [path.parent for path in sorted(folder.glob(f"*/{CONFIG_FILE}"))] if folder.is_dir() else []
