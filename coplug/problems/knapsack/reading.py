"""Reading knapsack files: by their content, as the usual formats share suffixes."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from coplug.documents import parsed
from coplug.errors import InstanceError, UsageError
from coplug.problems.knapsack.instance import KnapsackInstance, make_instance
from coplug.problems.knapsack.text import Rows, is_named, read_named, read_numbers
from coplug.unpacking import file_bytes

EXPECTED = (
    "expected JSON, text of Martello, Pisinger and Toth, OR-Library's mknap, or .lp with --objective ROW:max"
)
IN_JSON = "profits and weights, rows of numbers, and capacities"


class Document(msgspec.Struct):
    """A JSON file; other keys are passed over."""

    profits: list[list[Any]]
    weights: list[list[Any]]
    capacities: list[Any]


def read_knapsack(path: Path, objectives: Sequence[str] = (), number: int | None = None) -> KnapsackInstance:
    """Read an instance.

    Parameters
    ----------
    path : Path
        ``.lp`` says that it is a program; of all else the content decides. Each may be gzipped.
    objectives : sequence of str
        ``ROW:max`` each, for a program.
    number : int, optional
        Which of the instances of a file it is, from 1.

    Raises
    ------
    InstanceError
        If the file is missing, damaged, of another format, or holds no knapsack.
    UsageError
        If the options do not fit the file.
    """
    if path.name.lower().removesuffix(".gz").endswith(".lp"):
        from coplug.problems.knapsack.program import read_program

        _refuse_number(path, number)
        return read_program(path, objectives)
    if objectives:
        raise UsageError(
            f"--objective is for .lp files, whose rows it names; all objectives of {path} are taken"
        )
    if not path.exists():
        raise InstanceError(f"{path} does not exist")
    text = _text(file_bytes(path), path)
    if text.lstrip().startswith(("{", "[")):
        _refuse_number(path, number)
        return _read_json(text, path)
    return _read_text(text, path, number)


def take_mapping(found: Mapping[str, Any]) -> KnapsackInstance:
    """Take the rows of a mapping, lists or arrays, as those of a JSON file.

    Raises
    ------
    InstanceError
        If they are no rows of numbers, or no knapsack.
    """
    plain = {
        key: np.asarray(found[key], dtype=object).tolist() for key in ("profits", "weights", "capacities")
    }
    try:
        document = msgspec.convert(plain, Document)
    except msgspec.ValidationError as error:
        raise InstanceError(f"a mapping is no knapsack ({error}); expected {IN_JSON}") from error
    return make_instance("a mapping", document.profits, document.weights, document.capacities)


def _text(data: bytes, path: Path) -> str:
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise InstanceError(f"{path}: this is text in UTF-16; save it in UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InstanceError(f"{path} is no text: {EXPECTED}") from error
    if not text.strip():
        raise InstanceError(f"{path} is empty")
    return text


def _read_json(text: str, path: Path) -> KnapsackInstance:
    try:
        found = parsed(text, Document)
    except ValueError as error:
        raise InstanceError(f"{path} is no knapsack in JSON ({error}); expected {IN_JSON}") from error
    return make_instance(str(path), found.profits, found.weights, found.capacities)


def _read_text(text: str, path: Path, number: int | None) -> KnapsackInstance:
    read: Callable[[str, str], list[Rows]] = read_named if is_named(text) else read_numbers
    found = read(text, str(path))
    if number is None and len(found) > 1:
        raise InstanceError(
            f"{path} holds {len(found)} instances; say which one by --number, 1 to {len(found)}"
        )
    if number is not None and number > len(found):
        raise UsageError(f"--number {number}: {path} holds {len(found)} instances")
    one = found[(number or 1) - 1]
    return make_instance(str(path), [one.profits], one.weights, one.capacities)


def _refuse_number(path: Path, number: int | None) -> None:
    if number is not None and number != 1:
        raise UsageError(f"--number {number}: {path} holds one instance")
