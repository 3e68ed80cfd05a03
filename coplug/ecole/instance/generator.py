"""What all generators of instances share."""

from __future__ import annotations

import copy
import enum
from abc import ABCMeta, abstractmethod
from dataclasses import replace
from typing import Any, Self

from coplug.ecole.renamed import with_rng
from coplug.ecole.rng import RandomGenerator, spawn_random_generator
from coplug.ecole.scip import Model
from coplug.errors import UsageError
from coplug.problems.milp.instance import MilpInstance


class _GeneratorType(ABCMeta):
    """Lets a generator's source of randomness go by Ecole 0.7's name."""

    def __call__(cls, *parameters: Any, **named: Any) -> Any:
        return super().__call__(*parameters, **with_rng(named))


class Generator(metaclass=_GeneratorType):
    """An iterator over models.

    Parameters
    ----------
    rng : RandomGenerator or None
        Copied, so generators that are made from the same one do not disturb each other; None stands for the
        next of :func:`~coplug.ecole.rng.spawn_random_generator`.
    """

    _rng: RandomGenerator

    def __init__(self, rng: RandomGenerator | None) -> None:
        own = spawn_random_generator() if rng is None else copy.copy(rng)
        object.__setattr__(self, "_rng", own)  # a subclass may be a frozen dataclass

    def __iter__(self) -> Self:
        return self

    @abstractmethod
    def __next__(self) -> Model: ...

    def seed(self, seed: int) -> None:
        """Start the series that belongs to a seed, 0..2**32-1.

        Raises
        ------
        ValueError
            If the seed is out of range.
        """
        self._rng.seed(seed)


class FamilyGenerator(Generator):
    """An endless generator that draws from one of coplug's families.

    A subclass is a frozen dataclass whose last argument is ``rng``. Its parameters are checked when an instance
    is drawn, not before.
    """

    def __post_init__(self, rng: RandomGenerator | None) -> None:
        super().__init__(rng)

    def __next__(self) -> Model:
        return self._draw(self._rng)

    @classmethod
    def generate_instance(cls, *parameters: Any, **named: Any) -> Model:
        """Draw one instance.

        Parameters
        ----------
        parameters, named
            The constructor's; what is left out has its default. The last one by position, or the one named ``rng``,
            is a :class:`~coplug.ecole.rng.RandomGenerator`, which the draws advance.

        Raises
        ------
        UsageError
            If there is no ``rng``, or a parameter is out of range.
        """
        named = with_rng(named)
        if parameters and isinstance(parameters[-1], RandomGenerator):
            parameters, named = parameters[:-1], {"rng": parameters[-1]} | named
        rng = named.get("rng")
        if not isinstance(rng, RandomGenerator):
            raise UsageError(f"generate_instance needs a RandomGenerator as rng, not {rng!r}")
        return cls(*parameters, **named)._draw(rng)

    def _draw(self, rng: RandomGenerator) -> Model:
        return Model.from_instance(replace(self._generate(rng), name=self._title()))

    @abstractmethod
    def _generate(self, rng: RandomGenerator) -> MilpInstance:
        """Draw one instance and advance ``rng``."""

    @abstractmethod
    def _title(self) -> str:
        """Return the name of the models."""


class Choice(enum.Enum):
    """An enumeration whose members may also be asked for by their names, as in ``SamplingMode("remove")``."""

    @classmethod
    def _missing_(cls, value: object) -> Choice:
        if isinstance(value, str) and value in cls.__members__:
            return cls[value]
        raise UsageError(f"{cls.__name__} {value!r} is unknown; choose one of: {', '.join(cls.__members__)}")
