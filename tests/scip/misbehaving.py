"""Policies that misbehave, each in its way, as modules of their authors' would hold them."""

from __future__ import annotations

import itertools
import sys
import threading
import time

import numpy as np


class Policy:
    """Takes the first candidate, until it misbehaves; by default at its third node."""

    name = "misbehaving"
    candidate_kind = "lp"

    def __init__(self, first=3):
        self.calls, self.first = 0, first

    def misbehave(self, state, candidates):
        raise NotImplementedError

    def scores(self, state, candidates):
        self.calls += 1
        return (
            self.misbehave(state, candidates)
            if self.calls >= self.first
            else np.arange(len(candidates), 0.0, -1.0)
        )


class SilentError(Exception):
    def __str__(self):
        raise RuntimeError("no text either")


class LeavingError(Exception):
    def __str__(self):
        sys.exit("from the text of an error")


class OtherError(BaseException):
    pass


class Chatty:
    """A number whose every conversion fails."""

    def __float__(self):
        raise ArithmeticError("no number")

    __index__ = __int__ = __float__

    def __repr__(self):
        raise RuntimeError("no text")


class LyingArray:
    def __init__(self, shape):
        self.shape = shape

    def __array__(self, *args, **kwargs):
        sys.exit("from an array")

    def __len__(self):
        return self.shape[0]


def raising(error):
    def misbehave(state, candidates):
        raise error() if isinstance(error, type) else error

    return misbehave


def recursing(state, candidates):
    return recursing(state, candidates)


def overwriting(state, candidates):
    """Writes into what it was handed, and passes."""
    for array in (state.column_features, state.row_features, state.edge_values):
        array[:] = np.nan
    state.edge_columns[:] = 2**31 - 1
    state.row_ptr[:] = -1
    candidates[:] = -7


def spinning(state, candidates):
    for _ in itertools.count():
        pass


def sleeping(state, candidates):
    time.sleep(10_000)


def locked(state, candidates):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


ANSWERS = {
    "exits": lambda s, c: sys.exit(),
    "exits with a text": lambda s, c: sys.exit("bye"),
    "quits": raising(SystemExit(3)),
    "interrupts": raising(KeyboardInterrupt),
    "closes a generator": raising(GeneratorExit),
    "raises no exception": raising(OtherError),
    "has no memory": raising(MemoryError),
    "asks for too much memory": lambda s, c: np.empty(2**62),
    "recurses": recursing,
    "raises what has no text": raising(SilentError),
    "raises what exits as text": raising(LeavingError),
    "raises many lines": raising(ValueError("one\ntwo\r\nthree\u2028four")),
    "raises half a character": raising(ValueError("\ud800")),
    "raises a long text": raising(ValueError("x" * 10**6)),
    "stops an iteration": raising(StopIteration),
    "returns text": lambda s, c: "0" * len(c),
    "returns an object": lambda s, c: object(),
    "returns a number": lambda s, c: 0.0,
    "returns a negative index": lambda s, c: -1,
    "returns an index out of range": lambda s, c: np.int64(2**62),
    "returns a dictionary": lambda s, c: dict.fromkeys(range(len(c)), 1.0),
    "returns a generator": lambda s, c: (1.0 for _ in c),
    "returns texts": lambda s, c: ["high"] * len(c),
    "returns nothings": lambda s, c: [None] * len(c),
    "returns complex numbers": lambda s, c: np.full(len(c), 1j),
    "returns dates": lambda s, c: np.full(len(c), np.datetime64("2026-01-01")),
    "returns no numbers": lambda s, c: [Chatty() for _ in c],
    "returns an array that exits": lambda s, c: LyingArray(c.shape),
    "returns one too few": lambda s, c: np.zeros(len(c) - 1),
    "returns one too many": lambda s, c: np.zeros(len(c) + 1),
    "returns a column": lambda s, c: np.zeros((len(c), 1)),
    "returns nan": lambda s, c: np.full(len(c), np.nan),
    "returns a nan": lambda s, c: np.where(np.arange(len(c)) == 0, np.nan, 1.0),
    "returns inf": lambda s, c: np.full(len(c), np.inf),
    "returns -inf": lambda s, c: np.full(len(c), -np.inf),
}
"""What fails in ``scores``, from the third node on."""

LASTING = {"spins": spinning, "sleeps": sleeping, "waits for a lock": locked}
"""What never returns."""

TRAITS = {
    "shortlist 0": {"shortlist": 0},
    "shortlist of pseudo candidates": {"shortlist": 5, "candidate_kind": "pseudo"},
    "shortlist of text": {"shortlist": "5"},
    "no parameters": {"scip_parameters": None},
    "parameters in a list": {"scip_parameters": [("separating/maxrounds", 0)]},
    "a limit": {"scip_parameters": {"limits/nodes": 1}},
    "a tolerance": {"scip_parameters": {"numerics/feastol": 0.5}},
    "a file": {"scip_parameters": {"visual/vbcfilename": "x"}},
    "a value out of range": {"scip_parameters": {"separating/maxrounds": -7}},
    "kind": {"candidate_kind": "all"},
    "no name": {"name": None},
    "a name of two lines": {"name": "two\nlines"},
    "a name that raises": {"name": property(lambda self: 1 / 0)},
    "a name that exits": {"name": property(lambda self: sys.exit())},
    "no scores": {"scores": None},
}
"""What is refused when the policy is included."""


def policy(how):
    """Return a policy that misbehaves in a way named above."""
    if how in TRAITS:
        made = type("Made", (Policy,), dict(TRAITS[how]))()
        made.misbehave = lambda state, candidates: np.zeros(len(candidates))
        return made
    made = Policy(1 if how in LASTING else 3)
    made.misbehave = {**ANSWERS, **LASTING}[how]
    return made


def __getattr__(name):
    """Return a policy by its way in words with underscores, for ``package:object``."""
    if name.startswith("__"):
        raise AttributeError(name)
    return policy(name.replace("_", " "))
