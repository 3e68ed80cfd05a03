"""A mixed-integer linear program in memory: what every generator returns and every writer takes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from coplug.errors import UsageError

Sense = Literal["min", "max"]

OBJECTIVE_NAME = "obj"
"""What the objective is called in LP and MPS files; no row may carry this name."""

# What every LP reader takes for a name: "e5" could be an exponent, and a section keyword ends the section.
_NAME = re.compile(r"(?![eE](?:[0-9]|\Z))[A-Za-z_][A-Za-z0-9_.]{0,254}\Z")
_KEYWORDS = re.compile(
    r"max|maximi[sz]e|maximum|min|minimi[sz]e|minimum|st|s\.t\.|such|subject|to|bounds?|gen|generals?|int|integers?"
    r"|bin|binary|binaries|semis?|sos|end|free|inf|infinity",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False)
class MilpInstance:
    """Optimize ``objective @ x`` subject to ``row_lhs <= matrix @ x <= row_rhs`` and ``lower <= x <= upper``.

    The constructor brings the arrays to the types below, so lists are welcome too.

    Attributes
    ----------
    name : str
        Short name without spaces, such as ``setcover-easy-0001``; the stem of the file.
    family : str
        The family it was drawn from, such as ``setcover``.
    sense : {"min", "max"}
    objective : float64, shape (n_columns,)
        Finite.
    matrix : scipy.sparse.csr_array of float64, shape (n_rows, n_columns)
        In canonical form: sorted column indices, no duplicates, no stored zeros.
    row_lhs : float64, shape (n_rows,)
        Left-hand sides, ``-inf`` where open; at least one side of a row is finite.
    row_rhs : float64, shape (n_rows,)
        Right-hand sides, ``inf`` where open.
    lower : float64, shape (n_columns,)
        Lower bounds, ``-inf`` where open.
    upper : float64, shape (n_columns,)
        Upper bounds, ``inf`` where open.
    integral : bool, shape (n_columns,)
        Which variables are integer; binary ones have bounds 0 and 1 besides.
    variable_names : tuple of str
        Unique, and readable as names in an LP file: letters, digits, ``_`` and ``.`` only.
    row_names : tuple of str
        The same for the rows.
    seed : int or None
        The seed of the ``numpy.random.RandomState`` that drew it, None where there was none.
    parameters : mapping
        The family's parameters.
    generator_version : int
        Raised by a family whenever the same seed begins to give another instance.

    Raises
    ------
    UsageError
        If the parts do not fit together.
    """

    name: str
    family: str
    sense: Sense
    objective: NDArray[np.float64]
    matrix: Any
    row_lhs: NDArray[np.float64]
    row_rhs: NDArray[np.float64]
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    integral: NDArray[np.bool_]
    variable_names: tuple[str, ...]
    row_names: tuple[str, ...]
    seed: int | None = None
    parameters: Mapping[str, object] = field(default_factory=dict)
    generator_version: int = 1

    def __post_init__(self) -> None:
        matrix = scipy.sparse.csr_array(self.matrix, dtype=np.float64)
        matrix.sum_duplicates()
        matrix.eliminate_zeros()
        object.__setattr__(self, "matrix", matrix)
        for key in ("objective", "row_lhs", "row_rhs", "lower", "upper"):
            object.__setattr__(self, key, np.asarray(getattr(self, key), dtype=np.float64))
        object.__setattr__(self, "integral", np.asarray(self.integral, dtype=np.bool_))
        object.__setattr__(self, "variable_names", tuple(self.variable_names))
        object.__setattr__(self, "row_names", tuple(self.row_names))
        self._check_shapes()
        self._check_numbers()
        _check_names("variable", self.variable_names)
        _check_names("row", self.row_names, reserved=OBJECTIVE_NAME)
        if not self.name or any(character.isspace() for character in self.name):
            raise UsageError(
                f"instance name {self.name!r} is empty or has spaces; use letters, digits and '-'"
            )
        if self.sense not in ("min", "max"):
            raise UsageError(f"sense {self.sense!r} is unknown; use 'min' or 'max'")

    @property
    def n_rows(self) -> int:
        """Number of constraints."""
        return int(self.matrix.shape[0])

    @property
    def n_columns(self) -> int:
        """Number of variables."""
        return int(self.matrix.shape[1])

    @property
    def binary(self) -> NDArray[np.bool_]:
        """Which variables are integer with bounds 0 and 1; bool, shape (n_columns,)."""
        binary: NDArray[np.bool_] = self.integral & (self.lower == 0) & (self.upper == 1)
        return binary

    def _check_shapes(self) -> None:
        expected = {
            "objective": self.n_columns,
            "lower": self.n_columns,
            "upper": self.n_columns,
            "integral": self.n_columns,
            "row_lhs": self.n_rows,
            "row_rhs": self.n_rows,
        }
        for key, length in expected.items():
            shape = getattr(self, key).shape
            if shape != (length,):
                raise UsageError(f"{key} of {self.name} has shape {shape}, its matrix asks for ({length},)")
        if len(self.variable_names) != self.n_columns or len(self.row_names) != self.n_rows:
            raise UsageError(
                f"{self.name} names {len(self.variable_names)} variables and {len(self.row_names)} rows, "
                f"its matrix has {self.n_columns} and {self.n_rows}"
            )
        if self.n_columns == 0:
            raise UsageError(f"{self.name} has no variables; an LP or MPS file needs at least one")

    def _check_numbers(self) -> None:
        if not (np.isfinite(self.objective).all() and np.isfinite(self.matrix.data).all()):
            raise UsageError(f"{self.name} has an infinite or NaN coefficient; coefficients must be finite")
        # Written so that NaN fails too.
        if not (self.lower <= self.upper).all() or not (self.row_lhs <= self.row_rhs).all():
            raise UsageError(
                f"{self.name} has a lower side above the upper one, or a NaN; swap or correct them"
            )
        if (np.isinf(self.row_lhs) & np.isinf(self.row_rhs)).any():
            raise UsageError(f"{self.name} has a row without a finite side; leave such rows out")


def _check_names(kind: str, names: tuple[str, ...], reserved: str = "") -> None:
    if len(set(names)) != len(names):
        raise UsageError(f"{kind} names are not unique; give each {kind} its own name")
    for name in names:
        if not _NAME.match(name) or _KEYWORDS.fullmatch(name) or name == reserved:
            raise UsageError(
                f"{kind} name {name!r} cannot stand in an LP file; start with a letter, go on with letters, "
                "digits, '_' or '.', and use no LP keyword"
            )
