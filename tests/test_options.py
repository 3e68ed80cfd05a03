from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from coplug.contracts.problem import Options
from coplug.errors import UsageError
from coplug.options import make_options, option, option_specs


@dataclass(frozen=True, kw_only=True)
class Made(Options):
    """An example.

    Attributes
    ----------
    seed : int
        Of the ``walk``, see :func:`coplug.algorithms.tabu.search`.
    memory_limit_mb : float or None
        Memory.
    out, log : Path or None
        Where to
        write.

    Raises
    ------
    UsageError
        Never.
    """

    memory_limit_mb: float | None = option(None, flags=("--mem-limit",), minimum=0)
    out: Path | None = None
    log: Path | None = None
    method: str = option("tabu", choices=("tabu", "climb"))
    lengths: tuple[int, ...] = option((3, 4), flags=("--forbid",), metavar="LENGTHS", example="3,4")
    parameters: Mapping[str, str] = option(dict, flags=("-p", "--parameter"), metavar="NAME=VALUE")
    share: float = option(0.5, minimum=0, maximum=1)
    fast: bool = False


def specs():
    return {spec.field: spec for spec in option_specs(Made)}


def test_flags_words_and_kinds_come_from_the_fields():
    assert list(specs())[:4] == ["policy", "time_limit_s", "seed", "memory_limit_mb"]
    found = {name: (spec.flags, spec.word, spec.kind) for name, spec in specs().items()}
    assert found["time_limit_s"] == (("--time-limit",), "time_limit", float)
    assert found["memory_limit_mb"] == (("--mem-limit",), "mem_limit", float)
    assert found["parameters"] == (("-p", "--parameter"), "parameter", dict)
    assert found["lengths"] == (("--forbid",), "forbid", tuple)
    assert found["out"] == (("--out",), "out", Path)
    assert (found["method"][2], found["fast"][2], found["seed"][2]) == (str, bool, int)


def test_help_is_the_docstrings_without_markup():
    assert specs()["seed"].help == "Of the walk, see search."
    assert specs()["out"].help == specs()["log"].help == "Where to write."
    assert specs()["time_limit_s"].help == "Seconds."
    assert specs()["method"].metavar == "tabu|climb"


def test_texts_of_several_values_are_parsed():
    assert specs()["lengths"].parse("3,5") == (3, 5)
    assert specs()["parameters"].parse(["a = 1"]) == {"a": "1"}
    with pytest.raises(UsageError, match="--forbid 3,x: expected lengths such as 3,4"):
        specs()["lengths"].parse("3,x")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"time_limit": -1.0}, "the time limit -1.0 is out of range; take seconds >= 0"),
        ({"time_limit": float("nan")}, "time limit nan"),
        ({"mem_limit": float("inf")}, "memory limit inf is out of range; take MB >= 0"),
        ({"share": 2}, r"the share 2 is out of range; take a number in 0\.\.1"),
        ({"method": "x"}, "method 'x' is unknown; choose from tabu, climb"),
        ({"time_limit": "5"}, "time_limit is '5'; expected a number"),
        ({"seed": 1.5}, "seed is 1.5; expected a whole number"),
        ({"seed": True}, "seed is True; expected a whole number"),
        ({"seed": None}, "seed is None; expected a whole number"),
        ({"share": np.bool_(True)}, "share is np.True_; expected a number"),
        ({"out": "x" * 10_000, "log": ["y"] * 10_000}, r"log is \['y', .*\.\.\.; expected a path"),
        ({"fast": 1}, "fast is 1; expected True or False"),
        ({"out": 3}, "out is 3; expected a path"),
        ({"forbid": "3,4"}, "forbid is '3,4'; expected a sequence"),
        ({"parameter": ["a=1"]}, r"parameter is \['a=1'\]; expected a mapping"),
        ({"gap": 1}, "problem made has no option 'gap'; its options are policy, time_limit, seed, mem_limit"),
    ],
)
def test_what_is_out_of_range_or_unknown_is_one_line(values, message):
    with pytest.raises(UsageError, match=message) as caught:
        make_options(Made, values, "problem made")
    assert "\n" not in str(caught.value)


def test_paths_and_sequences_are_taken_in_any_form():
    made = make_options(Made, {"out": "a/b", "log": Path("c"), "forbid": [3, 5]}, "problem made")
    assert (made.out, made.log, made.lengths) == (Path("a/b"), Path("c"), (3, 5))


def test_numbers_of_numpy_are_taken_as_pythons():
    made = make_options(Made, {"seed": np.int64(3), "time_limit": np.float32(0.5)}, "problem made")
    assert (made.seed, made.time_limit_s) == (3, 0.5)
    assert (type(made.seed), type(made.time_limit_s)) == (int, float)


def test_values_are_given_by_their_words():
    made = make_options(Made, {"time_limit": 2, "mem_limit": None, "parameter": {"a": 1}}, "problem made")
    assert (made.time_limit_s, made.memory_limit_mb, made.parameters) == (2, None, {"a": 1})
