"""LP and MPS files of a :class:`~coplug.problems.milp.instance.MilpInstance`, plain or gzipped.

Numbers are written with the digits that give the same float64 back, columns appear in the instance's order,
and the same instance always gives the same bytes. The first lines are comments that say where the instance
is from. A row with two different finite sides becomes two rows in LP; in MPS its upper side may lose its
last bit.
"""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from coplug.errors import OutputError, UsageError
from coplug.families import InstanceKind
from coplug.files import write_atomically
from coplug.problems.milp.instance import OBJECTIVE_NAME, MilpInstance

LINE_WIDTH = 100
"""Where LP lines wrap; the narrowest limit of a common reader is 255 characters."""


def write_instance(instance: MilpInstance, path: str | os.PathLike[str], *, overwrite: bool = True) -> None:
    """Write an instance to a file, whole or not at all.

    The file is written beside its destination under another name and then moved over it.

    Parameters
    ----------
    instance : MilpInstance
    path : path
        Ends in ``.lp``, ``.mps``, ``.lp.gz`` or ``.mps.gz``; the suffix picks the format.
    overwrite : bool
        Replace a file that has other content; one that has the same content may always be replaced.

    Raises
    ------
    UsageError
        If the suffix is none of these.
    OutputError
        If the directory is missing, the file cannot be written, or it has other content and may not be
        replaced.
    """
    path = Path(path)
    data = render(instance, instance_format(path))
    if not path.parent.is_dir():
        raise OutputError(f"cannot write {path}: {path.parent} is no directory; create it first")
    write_atomically(path, data, overwrite=overwrite)


def instance_format(path: str | os.PathLike[str]) -> str:
    """Return the format that a path's suffix asks for, one of ``lp``, ``mps``, ``lp.gz``, ``mps.gz``.

    Raises
    ------
    UsageError
        If the suffix is none of these.
    """
    name = Path(path).name.lower()
    for file_format in FORMATS:
        if name.endswith(f".{file_format}"):
            return file_format
    raise UsageError(f"{path} has no suffix of an instance file; use one of .{', .'.join(FORMATS)}")


def render(instance: MilpInstance, file_format: str) -> bytes:
    """Return the bytes of an instance file.

    Parameters
    ----------
    instance : MilpInstance
    file_format : {"lp", "mps", "lp.gz", "mps.gz"}

    Raises
    ------
    UsageError
        If the format is none of these.
    """
    PROGRAMS.check_format(file_format)
    lines = FORMATS[file_format](instance)
    text = "".join(f"{line}\n" for line in lines).encode("ascii", "backslashreplace")
    return _compress(text) if file_format.endswith(".gz") else text


def _compress(data: bytes) -> bytes:
    """Gzip without name and time, so that equal content gives equal bytes."""
    buffer = io.BytesIO()
    with gzip.GzipFile(filename="", mode="wb", fileobj=buffer, mtime=0) as stream:
        stream.write(data)
    return buffer.getvalue()


def _origin(instance: MilpInstance) -> Iterator[str]:
    """Yield the comment lines that say where an instance is from."""
    parameters = " ".join(f"{key}={value}" for key, value in instance.parameters.items())
    yield f"coplug instance {instance.name}"
    yield f"family: {instance.family}"
    yield f"parameters: {parameters or 'none'}".replace("\n", " ")
    yield f"seed: {'none' if instance.seed is None else instance.seed}"
    yield f"generator version: {instance.generator_version}"


def _number(value: float) -> str:
    """Return the shortest text that reads back as the same float64."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)


def _lp_lines(instance: MilpInstance) -> Iterator[str]:
    yield from (f"\\ {line}" for line in _origin(instance))
    yield "Minimize" if instance.sense == "min" else "Maximize"
    # Every column stands in the objective, also with 0: readers number the columns by their first appearance.
    yield from _wrap([f" {OBJECTIVE_NAME}:", *_terms(instance.objective, instance.variable_names)])
    yield "Subject To"
    yield from _lp_rows(instance)
    yield "Bounds"
    yield from _lp_bounds(instance)
    for section, members in (
        ("Generals", instance.integral & ~instance.binary),
        ("Binaries", instance.binary),
    ):
        if members.any():
            yield section
            yield from _wrap([f" {instance.variable_names[j]}" for j in np.flatnonzero(members)])
    yield "End"


def _lp_rows(instance: MilpInstance) -> Iterator[str]:
    matrix, names = instance.matrix, instance.variable_names
    sides = zip(instance.row_names, instance.row_lhs.tolist(), instance.row_rhs.tolist(), strict=True)
    for i, (row, lhs, rhs) in enumerate(sides):
        entries = slice(matrix.indptr[i], matrix.indptr[i + 1])
        terms = _terms(matrix.data[entries], [names[j] for j in matrix.indices[entries]]) or [
            f" + 0 {names[0]}"
        ]
        if lhs == rhs:
            yield from _wrap([f" {row}:", *terms, f" = {_number(rhs)}"])
            continue
        # SCIP reads no row with two sides from an LP file; like SCIP's own writer, make it two rows.
        ranged = lhs > -np.inf and rhs < np.inf
        if lhs > -np.inf:
            yield from _wrap([f" {row}_lhs:" if ranged else f" {row}:", *terms, f" >= {_number(lhs)}"])
        if rhs < np.inf:
            yield from _wrap([f" {row}_rhs:" if ranged else f" {row}:", *terms, f" <= {_number(rhs)}"])


def _lp_bounds(instance: MilpInstance) -> Iterator[str]:
    """Yield the bounds that differ from the format's default, zero to infinity."""
    listed = ~instance.binary & ((instance.lower != 0) | (instance.upper != np.inf))
    for j in np.flatnonzero(listed):
        name, lower, upper = instance.variable_names[j], float(instance.lower[j]), float(instance.upper[j])
        if lower == upper:
            yield f" {name} = {_number(lower)}"
        elif lower == -np.inf and upper == np.inf:
            yield f" {name} free"
        else:
            left = "-inf" if lower == -np.inf else _number(lower)
            right = "" if upper == np.inf else f" <= {_number(upper)}"
            yield f" {left} <= {name}{right}"


def _terms(values: NDArray[np.float64], names: Iterable[str]) -> list[str]:
    """Return signed terms such as `` + 2 x1``, `` - x3``."""
    texts = []
    for value, name in zip(values.tolist(), names, strict=True):
        sign, size = ("-", -value) if value < 0 else ("+", value)
        texts.append(f" {sign} {name}" if size == 1 else f" {sign} {_number(size)} {name}")
    return texts


def _wrap(pieces: Iterable[str]) -> Iterator[str]:
    """Join pieces into lines of about :data:`LINE_WIDTH` characters; continued lines start with a space."""
    line = ""
    for piece in pieces:
        if line and len(line) + len(piece) > LINE_WIDTH:
            yield line
            line = ""
        line += piece
    yield line


def _mps_lines(instance: MilpInstance) -> Iterator[str]:
    yield from (f"* {line}" for line in _origin(instance))
    yield f"NAME {instance.name}"
    yield "OBJSENSE"
    yield "    MIN" if instance.sense == "min" else "    MAX"
    yield "ROWS"
    yield f" N {OBJECTIVE_NAME}"
    ranged = (
        np.isfinite(instance.row_lhs) & np.isfinite(instance.row_rhs) & (instance.row_lhs < instance.row_rhs)
    )
    equal = instance.row_lhs == instance.row_rhs
    kinds = np.where(equal, "E", np.where(np.isfinite(instance.row_lhs), "G", "L"))
    for kind, name in zip(kinds, instance.row_names, strict=True):
        yield f" {kind} {name}"
    yield "COLUMNS"
    yield from _mps_columns(instance)
    yield "RHS"
    sides = np.where(kinds == "L", instance.row_rhs, instance.row_lhs)
    for i in np.flatnonzero(sides != 0):
        yield f" RHS {instance.row_names[i]} {_number(float(sides[i]))}"
    if ranged.any():
        yield "RANGES"
        for i in np.flatnonzero(ranged):
            yield f" RNG {instance.row_names[i]} {_number(float(instance.row_rhs[i] - instance.row_lhs[i]))}"
    yield "BOUNDS"
    yield from _mps_bounds(instance)
    yield "ENDATA"


def _mps_columns(instance: MilpInstance) -> Iterator[str]:
    matrix = instance.matrix.tocsc()
    marked = False
    for j, name in enumerate(instance.variable_names):
        if instance.integral[j] != marked:
            marked = not marked
            word = "INTORG" if marked else "INTEND"
            yield f" MARKER{j} 'MARKER' '{word}'"
        yield f" {name} {OBJECTIVE_NAME} {_number(float(instance.objective[j]))}"
        entries = slice(matrix.indptr[j], matrix.indptr[j + 1])
        for i, value in zip(matrix.indices[entries], matrix.data[entries].tolist(), strict=True):
            yield f" {name} {instance.row_names[i]} {_number(value)}"
    if marked:
        yield f" MARKER{instance.n_columns} 'MARKER' 'INTEND'"


def _mps_bounds(instance: MilpInstance) -> Iterator[str]:
    """Yield every bound of integer variables, on whose defaults readers disagree, else the unusual ones."""
    binary = instance.binary
    for j, name in enumerate(instance.variable_names):
        lower, upper = float(instance.lower[j]), float(instance.upper[j])
        if binary[j]:
            yield f" BV BND {name}"
        elif lower == upper:
            yield f" FX BND {name} {_number(lower)}"
        else:
            if lower == -np.inf:
                yield f" MI BND {name}"
            elif lower != 0 or instance.integral[j]:
                yield f" LO BND {name} {_number(lower)}"
            if upper < np.inf:
                yield f" UP BND {name} {_number(upper)}"
            elif instance.integral[j]:
                yield f" PL BND {name}"


FORMATS: dict[str, Callable[[MilpInstance], Iterator[str]]] = {
    "lp": _lp_lines,
    "mps": _mps_lines,
    "lp.gz": _lp_lines,
    "mps.gz": _mps_lines,
}

PROGRAMS = InstanceKind[MilpInstance](
    name="programs",
    formats=tuple(FORMATS),
    render=render,
    summary=lambda instance: f"{instance.n_rows} rows, {instance.n_columns} columns",
    labelled=lambda instance, name, seed: replace(instance, name=name, seed=seed),
)
"""Mixed-integer linear programs, as what a family draws."""
