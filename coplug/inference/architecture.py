"""An architecture: which weights a network has, which problem it serves, and how the weights become a network.

Other packages offer theirs by the entry point group :data:`GROUP`; nothing else has to know of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import WeightsError, shown
from coplug.registry import Registry

GROUP = "coplug.architectures"

Tensors = dict[str, NDArray[np.float32]]
Shapes = dict[str, tuple[int, ...]]
Config = Mapping[str, Any]
"""What ``config.json`` says."""


@dataclass(frozen=True)
class Architecture:
    """What a weights directory of an architecture must hold, and what is made of it.

    It is looked up without what evaluates or trains the network: ``build`` and ``module`` are names of code, which may
    need numba or torch.

    Attributes
    ----------
    name : str
        That of its entry point, and of ``architecture`` in ``config.json``.
    shapes : callable
        Returns names and shapes of all tensors from the configuration; they are float32.
    problem : str
        Name of the problem that its networks serve, such as ``milp``; empty if they serve no solve.
    sizes : mapping of str to int
        Whole numbers that the configuration must have, at least 1, each with the largest that is allowed.
    flags : tuple of str
        Truth values that it must have.
    expected : mapping
        What else it must say, key by key: features, a tuple of names in their order, and their version.
    fault : callable
        Says in words what is wrong with tensors whose names, shapes and values are right, or ``""``.
    build : str
        The function of tensors and configuration that makes the network without torch, as ``package.module:function``;
        what the network must offer is up to the problem, for ``milp`` a
        :class:`coplug.inference.policy.Scorer`. Empty if torch alone evaluates it.
    module : str
        The ``nn.Module`` to train, as ``package.module:Class``; it takes ``sizes`` and ``flags`` by name. Empty if it
        cannot be trained here.
    """

    name: str
    shapes: Callable[[Config], Shapes]
    problem: str = ""
    sizes: Mapping[str, int] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    expected: Mapping[str, Any] = field(default_factory=dict)
    fault: Callable[[Tensors], str] = lambda tensors: ""
    build: str = ""
    module: str = ""

    def arguments(self, config: Config) -> dict[str, int | bool]:
        """Return sizes and flags of a configuration, what ``module`` takes."""
        return {key: config[key] for key in (*self.sizes, *self.flags)}


def _fault(found: object) -> str:
    if not isinstance(found, Architecture):
        return f"is a {type(found).__name__}, expected a coplug.inference.architecture.Architecture"
    for part in ("sizes", "expected"):
        if not isinstance(value := getattr(found, part), Mapping):
            return f"has {part} {shown(value)}; expected a mapping"
    return "serves a problem, but has no build" if found.problem and not found.build else ""


ARCHITECTURES: Registry[Architecture] = Registry(GROUP, "architecture", _fault, WeightsError)


def linear(name: str, n_in: int, n_out: int) -> Shapes:
    """Return names and shapes of a linear map with its bias, as torch has them."""
    return {f"{name}.weight": (n_out, n_in), f"{name}.bias": (n_out,)}
