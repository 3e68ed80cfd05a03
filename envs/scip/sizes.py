"""How large the arrays of fixed shape are."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from coplug.errors import SolverError, UsageError
from coplug.scip.constraints import ConstraintMatrix, read_constraints
from coplug.scip.session import Session


class TooLargeError(UsageError):
    """An instance, or a node of it, that does not fit the environment's arrays."""


class Sizes:
    """The most variables, rows and edges that an environment can show.

    What is not given is measured on the source's first instance, as it stands in its file, when it is first asked
    for. A constraint with two finite sides counts as two rows. Cutting planes and what presolving adds need room:

    - ``max_variables``: the variables;
    - ``max_rows``: twice the rows, and 100;
    - ``max_edges``: twice the coefficients of the rows, and 30 for each variable.

    Parameters
    ----------
    max_variables, max_rows, max_edges : int or None
        At least 1.
    first : callable
        Returns the instance to measure.

    Raises
    ------
    UsageError
        If a size is below 1, or asked for and not measurable.
    """

    def __init__(
        self,
        max_variables: int | None,
        max_rows: int | None,
        max_edges: int | None,
        first: Callable[[], Session],
    ) -> None:
        self._given = {"max_variables": max_variables, "max_rows": max_rows, "max_edges": max_edges}
        self._first = first
        for name, size in self._given.items():
            if size is not None and size < 1:
                raise UsageError(f"{name} {size} leaves no room; take it >= 1, or None to have it measured")

    @cached_property
    def max_variables(self) -> int:
        """Length of action masks."""
        given = self._given["max_variables"]
        if given is not None:
            return given
        model = self._first()  # SCIP lives as long as this name
        return max(int(model.solver.getNVars(transformed=False)), 1)

    @cached_property
    def max_rows(self) -> int:
        """Rows of the LP, where two finite sides count as two."""
        given = self._given["max_rows"]
        return given if given is not None else 2 * self._measured.n_rows + 100

    @cached_property
    def max_edges(self) -> int:
        """Coefficients of these rows."""
        given = self._given["max_edges"]
        return given if given is not None else 2 * len(self._measured.values) + 30 * self.max_variables

    @cached_property
    def _measured(self) -> ConstraintMatrix:
        model = self._first()
        try:
            return read_constraints(model.scip_address)
        except SolverError as error:
            raise UsageError(f"{error}; rows cannot be counted, so give max_rows and max_edges") from error


def check_fit(what: str, count: int, parameter: str, limit: int) -> None:
    """Raise a TooLargeError if an instance does not fit the environment's arrays."""
    if count > limit:
        raise TooLargeError(
            f"the instance has {count} {what}, but {parameter} is {limit}; make the environment with "
            f"{parameter}={count} or more"
        )
