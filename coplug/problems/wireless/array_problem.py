"""What the problems of this package share: instances are named arrays, policies are networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from coplug.contracts.problem import I, O, Problem

if TYPE_CHECKING:
    from coplug.problems.wireless.arrays import Arrays


class ArrayProblem(Problem[I, O]):
    """A problem whose instances are arrays: a file of them, or in memory a mapping with the names that a file has.

    Attributes
    ----------
    array : str
        Name of the one by which a mapping is known.
    label : str
        Of an instance in memory.
    """

    suffixes = (".npz", ".mat")
    has_picture = True
    has_arrays = True
    array: ClassVar[str]
    label: ClassVar[str]

    def of_arrays(self, label: str, arrays: Arrays, options: O) -> I:
        """Make an instance of arrays.

        Raises
        ------
        InstanceError
            If an array is missing or not what is expected.
        """
        raise NotImplementedError

    def shipped(self) -> Any:
        """Return the networks that ``auto`` stands for."""
        raise NotImplementedError

    def networks(self, name: str, net: Any) -> Any:
        """Return a network of that name as the options take it."""
        raise NotImplementedError

    def read(self, path: Path, options: O) -> I:
        """Read a file of arrays."""
        from coplug.problems.wireless.arrays import read_arrays

        return self.of_arrays(str(path), read_arrays(path), options)

    def takes(self, found: object) -> bool:
        """Tell whether it is a mapping with the array of the problem."""
        return isinstance(found, Mapping) and self.array in found

    def take(self, found: Mapping[str, Any], options: O) -> I:
        """Take a mapping of arrays."""
        from coplug.problems.wireless.arrays import take_arrays

        return self.of_arrays(self.label, take_arrays(found), options)

    def policies(self) -> dict[str, str]:
        """Return the shipped networks, and ``none``."""
        from coplug.problems.wireless.policies import listed

        return listed(self.name)

    def load_policy(self, name: str) -> Any:
        """Return networks as the options take them; None is ``none``."""
        from coplug.problems.wireless.policies import network_of

        if name == "none":
            return None
        return self.shipped() if name == "auto" else self.networks(name, network_of(self.name, name))
