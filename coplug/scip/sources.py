"""Where the instances of episodes come from."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias, cast

import numpy as np
import pyscipopt

from coplug.errors import InstanceError, UsageError
from coplug.families import Family
from coplug.scip.build import Milp
from coplug.scip.problem import find_instances
from coplug.scip.session import Session

Instance: TypeAlias = str | os.PathLike[str] | Session | pyscipopt.Model | Milp | Family[Any] | Iterable[Any]
"""What stands for one instance or many: see :func:`as_source`."""

MAX_REDRAWS = 100
"""So many instances in a row may need no decision before an episode gives up to find one that does."""

N_SEEDS = 2**32
"""Seeds of numpy's and Ecole's generators are below this."""


class Source(ABC):
    """Hands out models that are the caller's own.

    Attributes
    ----------
    redrawable : bool
        Whether drawing again may give another instance.
    """

    redrawable = True

    @abstractmethod
    def first(self) -> Session:
        """Return the instance by which sizes are measured; it is the same at every call."""

    @abstractmethod
    def draw(self, rng: np.random.Generator) -> Session:
        """Return the next instance."""

    def reseed(self, rng: np.random.Generator) -> None:
        """Start over from ``rng`` with whatever randomness is the source's own."""
        return


class FixedSource(Source):
    """Always the same instance."""

    redrawable = False

    def __init__(self, load: Callable[[], Session]) -> None:
        self._load = load

    def first(self) -> Session:
        """See :meth:`Source.first`."""
        return self._load()

    def draw(self, rng: np.random.Generator) -> Session:
        """See :meth:`Source.draw`."""
        return self._load()


class FamilySource(Source):
    """Fresh instances of a family.

    Parameters
    ----------
    family : Family
    prepare : callable, optional
        Called with every model.
    """

    def __init__(self, family: Family[Any], prepare: Callable[[Session], None] | None = None) -> None:
        self._family = family
        self._prepare = prepare

    def first(self) -> Session:
        """See :meth:`Source.first`."""
        return self.draw(np.random.default_rng(0))

    def draw(self, rng: np.random.Generator) -> Session:
        """See :meth:`Source.draw`."""
        state = np.random.RandomState(int(rng.integers(N_SEEDS)))
        model = Session.from_instance(self._family.generate(state))
        if self._prepare is not None:
            self._prepare(model)
        return model


class ChoiceSource(Source):
    """One of several sources at random."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = sources

    def first(self) -> Session:
        """See :meth:`Source.first`."""
        return self._sources[0].first()

    def draw(self, rng: np.random.Generator) -> Session:
        """See :meth:`Source.draw`."""
        return self._sources[int(rng.integers(len(self._sources)))].draw(rng)

    def reseed(self, rng: np.random.Generator) -> None:
        """See :meth:`Source.reseed`."""
        for source in self._sources:
            source.reseed(rng)


class IteratorSource(Source):
    """Whatever an iterator gives; one with a method ``seed(int)`` is seeded along with the environment."""

    def __init__(self, items: Iterator[Any]) -> None:
        self._items = items
        self._held: list[Source] = []

    def first(self) -> Session:
        """See :meth:`Source.first`."""
        return self._peek().first()

    def draw(self, rng: np.random.Generator) -> Session:
        """See :meth:`Source.draw`."""
        source = self._peek()
        self._held.clear()
        return source.draw(rng)

    def reseed(self, rng: np.random.Generator) -> None:
        """See :meth:`Source.reseed`."""
        seed = getattr(self._items, "seed", None)
        if callable(seed):
            seed(int(rng.integers(N_SEEDS)))
            self._held.clear()

    def _peek(self) -> Source:
        if not self._held:
            try:
                self._held.append(as_source(next(self._items)))
            except StopIteration as error:
                raise InstanceError(
                    "the generator of instances has no more of them; give one that does not end"
                ) from error
        return self._held[0]


def as_source(instance: Instance) -> Source:
    """Return the source that an argument stands for.

    Parameters
    ----------
    instance : object
        An instance file, a directory (one of its files at random), a model of Ecole's interface or of PySCIPOpt (its
        original problem is copied), an instance or a family of coplug's generators, a list or tuple of any of these
        (one at random), or an iterable of them (the next one).

    Raises
    ------
    InstanceError
        If a directory holds no instance.
    UsageError
        If the argument is none of these.
    """
    if isinstance(instance, str | os.PathLike):
        return _from_path(Path(instance))
    if isinstance(instance, Session):
        return FixedSource(instance.copy_orig)
    if isinstance(instance, pyscipopt.Model):
        return FixedSource(lambda: _copy(instance))
    if isinstance(instance, Milp):
        return FixedSource(lambda: Session.from_instance(instance))
    if hasattr(instance, "generate") and not isinstance(instance, type):
        return FamilySource(cast(Family[Any], instance))
    if isinstance(instance, list | tuple) and instance:
        return _one_of([as_source(member) for member in instance])
    if isinstance(instance, Iterable) and not isinstance(instance, list | tuple | dict | type):
        return IteratorSource(iter(instance))
    raise UsageError(
        f"{instance!r} is no instance; give a file, a directory, a model, a MilpInstance, a family object, or a "
        "list or generator of these"
    )


def _from_path(path: Path) -> Source:
    if path.is_dir():
        return _one_of([_from_path(Path(file)) for file in find_instances([path])])
    return FixedSource(lambda: Session.from_file(path))


def _one_of(sources: Sequence[Source]) -> Source:
    return sources[0] if len(sources) == 1 else ChoiceSource(sources)


def _copy(model: pyscipopt.Model) -> Session:
    return Session.from_pyscipopt(pyscipopt.Model(model.getProbName(), sourceModel=model, origcopy=True))
