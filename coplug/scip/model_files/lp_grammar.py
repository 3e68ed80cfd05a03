"""The LP format as an automaton over tokens: no more than SCIP's reader and others read alike.

SCIP's reader takes what stands before the first section for a comment, a section word with a colon for a variable, and
more of the kind, so that an objective or integrality is lost without a word. The automaton has no place for these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from coplug.scip.model_files import lexer as t

Moves = dict[int, str]

LOWER, UPPER, LISTED, ROW, KEEP = 1, 2, 4, 8, 16
"""What a move means, as bits: a bound of the variable that was kept, a name in a list of integers, a row that is
complete, the name of a variable whose bounds come."""

SECTIONS_TEXT = "Subject To, Bounds, Generals, Binaries, Semi-Continuous, SOS or End, without a colon"


@dataclass(frozen=True)
class State:
    """A place between two tokens.

    Attributes
    ----------
    expected : str
        What may come, in words.
    moves : mapping of int to str
        By kind of the next token, the state after it.
    actions : mapping of int to int
        By kind of the next token, what it means.
    inline : mapping of int to str
        The moves that differ where the next token is not the first of its line; "" for an error.
    """

    expected: str
    moves: Mapping[int, str]
    actions: Mapping[int, int]
    inline: Mapping[int, str]


@dataclass(frozen=True)
class Automaton:
    """A grammar in arrays.

    Attributes
    ----------
    names : tuple of str
        Of its states; the first is where a file begins.
    states : mapping of str to State
    moves : int8 array, shape (2, n_states, n_kinds)
        The number of the state that follows, -1 for an error; of a token within a line, and of the first of a line.
    actions : int8 array, shape (n_states, n_kinds)
    """

    names: tuple[str, ...]
    states: Mapping[str, State]
    moves: NDArray[np.int8]
    actions: NDArray[np.int8]


def _to(target: str, *kinds: int) -> Moves:
    return dict.fromkeys(kinds, target)


_NAMES = (t.NAME, t.SOS_TYPE)
_NUMBERS = (t.VALUE, t.INFINITY)
_RELATIONS = (t.LESS, t.GREATER, t.EQUAL)
_SECTIONS = {
    **_to("rows", t.ROWS, t.LAZY, t.CUTS),
    t.BOUNDS: "bounds",
    **_to("integers", t.GENERALS, t.BINARIES),
    t.SEMI: "semi-continuous",
    t.SOS: "sets",
    t.END: "end",
}


def _state(
    expected: str, moves: Moves, actions: Mapping[int, int] | None = None, inline: Moves | None = None
) -> State:
    return State(expected, moves, actions or {}, inline or {})


def _terms(part: str) -> Moves:
    """Return the moves that begin a term; SCIP knows no indicators of quadratic rows."""
    linear = {
        **_to(f"{part} term", *_NAMES),
        t.VALUE: f"{part} value",
        t.GLUED_VALUE: f"{part} factor",
        t.SIGN: f"{part} sign",
    }
    return linear if part == "implied" else linear | {t.OPEN: f"{part} quadratic"}


def _expression(part: str, after: Moves, constant: Moves) -> dict[str, State]:
    """Return the states of a sum of terms; ``after`` is what may follow it, ``constant`` what may follow a number."""
    variable = "the variable of this number"
    return {
        f"{part} sign": _state("a number or a variable", _terms(part)),
        f"{part} value": _state(
            variable, _to(f"{part} term", *_NAMES) | constant, inline=dict.fromkeys(constant, "")
        ),
        f"{part} factor": _state(variable, _to(f"{part} term", *_NAMES)),
        f"{part} term": _state("+ or - before the next term, or its end", {t.SIGN: f"{part} sign"} | after),
    }


def _quadratic(part: str, is_halved: bool) -> dict[str, State]:
    """Return the states between ``[`` and what ends it."""
    inside = f"{part} quadratic"
    first = {
        **_to(f"{inside} variable", *_NAMES),
        t.VALUE: f"{inside} value",
        t.GLUED_VALUE: f"{inside} value",
    }
    end = f"{inside} end" if is_halved else f"{part} term"
    states = {
        inside: _state("a quadratic term", first | {t.SIGN: f"{inside} sign"}),
        f"{inside} sign": _state("a quadratic term", first | {t.SIGN: f"{inside} sign"}),
        f"{inside} value": _state("a variable", _to(f"{inside} variable", *_NAMES)),
        f"{inside} variable": _state(
            "^2, or * and a variable", {t.SQUARE: f"{inside} term", t.TIMES: f"{inside} times"}
        ),
        f"{inside} times": _state("a variable", _to(f"{inside} term", *_NAMES)),
        f"{inside} term": _state("+, - or ]", {t.SIGN: f"{inside} sign", t.CLOSE: end}),
    }
    if is_halved:
        states[end] = _state(
            "/2, with which the quadratic part of an objective ends", {t.HALF: f"{part} term"}
        )
    return states


def _side(part: str, done: str) -> dict[str, State]:
    """Return the states after the relation of a row."""
    action = dict.fromkeys(_NUMBERS, ROW) if part == "row" else {}
    number = _to(done, *_NUMBERS)
    return {
        f"{part} side": _state("a number as right-hand side", number | {t.SIGN: f"{part} side sign"}, action),
        f"{part} side sign": _state("a number as right-hand side", number, action),
    }


def _objective() -> dict[str, State]:
    begin = _terms("objective")
    first = "an objective, or Subject To"
    return {
        "objective": _state(first, begin | _to("objective name", *_NAMES) | _SECTIONS),
        "objective name": _state(
            "a colon, or + or - before the next term, or Subject To",
            {t.COLON: "objective named", t.SIGN: "objective sign"} | _SECTIONS,
        ),
        "objective named": _state(first, begin | _SECTIONS),
        **_expression("objective", _SECTIONS, _SECTIONS),
        **_quadratic("objective", is_halved=True),
    }


def _rows() -> dict[str, State]:
    begin = _terms("row") | _to("row name", *_NAMES) | {t.VALUE: "row number"} | _SECTIONS
    relation = _to("row side", *_RELATIONS)
    return {
        "rows": _state(f"a row, or a section: {SECTIONS_TEXT}", begin),
        "row name": _state(
            "a colon, + or -, or <=, >= or =", {t.COLON: "row named", t.SIGN: "row sign"} | relation
        ),
        "row number": _state(
            "a colon after the name of a row, or the variable of this number",
            _to("row term", *_NAMES) | {t.COLON: "row named"},
        ),
        "row named": _state("the terms of this row", _terms("row") | relation),
        **_expression("row", relation, {}),
        **_quadratic("row", is_halved=False),
        **_side("row", "row done"),
        "row done": _state(
            f"a row that has a name or begins a line, or a section: {SECTIONS_TEXT}",
            begin | {t.ARROW: "implied"},
            inline=dict.fromkeys(_terms("row"), "") | _to("row name within a line", *_NAMES, t.VALUE),
        ),
        "row name within a line": _state(
            "a colon: a row without a name begins a line", {t.COLON: "row named"}
        ),
        "implied": _state("a row without a name", _terms("implied")),
        **_expression("implied", _to("implied side", *_RELATIONS), {}),
        **_side("implied", "rows"),
    }


def _bounds() -> dict[str, State]:
    kept = dict.fromkeys(_NAMES, KEEP)
    begin = {
        **_to("bound variable", *_NAMES),
        **_to("bound left", *_NUMBERS),
        t.SIGN: "bound left sign",
    } | _SECTIONS
    expected = f"a bound such as 'x <= 4' or 'x free', or a section: {SECTIONS_TEXT}"
    sides = {t.LESS: UPPER, t.GREATER: LOWER, t.EQUAL: LOWER | UPPER, t.FREE: LOWER | UPPER}
    right = _to("bound right", *_RELATIONS)
    number = _to("bounds", *_NUMBERS)
    return {
        "bounds": _state(expected, begin, kept),
        "bound variable": _state("<=, >=, = or free", right | {t.FREE: "bounds"}, sides),
        "bound right": _state("a number", number | {t.SIGN: "bound right sign"}),
        "bound right sign": _state("a number", number),
        "bound left sign": _state("a number", _to("bound left", *_NUMBERS)),
        "bound left": _state(
            "<=, >= or =", {t.LESS: "bound below", t.GREATER: "bound above", t.EQUAL: "bound equal"}
        ),
        "bound below": _state("a variable", _to("bound below variable", *_NAMES), _with(kept, LOWER)),
        "bound above": _state("a variable", _to("bound above variable", *_NAMES), _with(kept, UPPER)),
        "bound equal": _state("a variable", _to("bounds", *_NAMES), _with(kept, LOWER | UPPER)),
        "bound below variable": _state(
            f"<= and a number, or {expected}", begin | {t.LESS: "bound right"}, kept | {t.LESS: UPPER}
        ),
        "bound above variable": _state(
            f">= and a number, or {expected}", begin | {t.GREATER: "bound right"}, kept | {t.GREATER: LOWER}
        ),
    }


def _with(actions: Mapping[int, int], more: int) -> dict[int, int]:
    return {kind: action | more for kind, action in actions.items()}


def _lists() -> dict[str, State]:
    listed = dict.fromkeys(_NAMES, KEEP | LISTED)
    expected = f"names of variables, or a section: {SECTIONS_TEXT}"
    entry = {t.VALUE: "set entries", t.SIGN: "set entry sign"}
    return {
        "integers": _state(expected, _to("integers listed", *_NAMES) | _SECTIONS, listed),
        "integers listed": _state(
            expected, _to("integers listed", *_NAMES) | _SECTIONS | {t.END_OF_FILE: "end without End"}, listed
        ),
        "semi-continuous": _state(expected, _to("semi-continuous", *_NAMES) | _SECTIONS),
        "sets": _state("'name: S1::' or 'name: S2::' and weights", _to("set name", *_NAMES) | _SECTIONS),
        "set name": _state("a colon", {t.COLON: "set type"}),
        "set type": _state("S1:: or S2::", {t.SOS_TYPE: "set colon"}),
        "set colon": _state("two colons", {t.COLON: "set colons"}),
        "set colons": _state("two colons", {t.COLON: "set begun"}),
        "set begun": _state("'variable:weight'", _to("set entry", *_NAMES)),
        "set entries": _state(
            "'variable:weight', a set, or a section", _to("set entry", *_NAMES) | _SECTIONS
        ),
        "set entry": _state("a colon and a weight", {t.COLON: "set weight"}),
        "set weight": _state("a weight, or S1:: or S2::", entry | {t.SOS_TYPE: "set colon"}),
        "set entry sign": _state("a weight", {t.VALUE: "set entries"}),
    }


def _linear_states() -> dict[str, State]:
    return {
        "start": _state("Minimize or Maximize, before anything else but comments", {t.SENSE: "objective"}),
        **_objective(),
        **_rows(),
        **_bounds(),
        **_lists(),
        "end": _state("nothing after End", {t.END_OF_FILE: "finish"}),
        "end without End": _state("", {}),
        "finish": _state("", {}),
    }


def _polynomial_states() -> dict[str, State]:
    """Return the states of the PIP format: as LP, with polynomials, whose terms are left to SCIP."""
    pieces = (*_NAMES, t.VALUE, t.GLUED_VALUE, t.SIGN, t.TIMES, t.SQUARE, t.POWER)
    expected = f"a term, or a section: {SECTIONS_TEXT}"
    return _linear_states() | {
        "objective": _state(expected, _to("objective term", *pieces) | _to("objective name", *_NAMES) | _SECTIONS),
        "objective name": _state(expected, _to("objective term", *pieces, t.COLON) | _SECTIONS),
        "objective term": _state(expected, _to("objective term", *pieces) | _SECTIONS),
        "rows": _state(expected, _to("row term", *pieces) | _to("row name", *_NAMES) | _SECTIONS),
        "row name": _state(
            expected, _to("row term", *pieces, t.COLON) | _to("row side", *_RELATIONS)
        ),
        "row term": _state(expected, _to("row term", *pieces) | _to("row side", *_RELATIONS)),
        "row done": _state(expected, _to("row term", *pieces) | _to("row name", *_NAMES) | _SECTIONS),
    }  # fmt: skip


def _automaton(states: Mapping[str, State]) -> Automaton:
    names = tuple(states)
    numbers = {name: number for number, name in enumerate(names)} | {"": -1}
    moves = np.full((2, len(names), t.N_KINDS), -1, np.int8)
    actions = np.zeros_like(moves[0])
    for number, state in enumerate(states.values()):
        for kind, target in state.moves.items():
            moves[:, number, kind] = numbers[target]
            actions[number, kind] = state.actions.get(kind, 0)
        for kind, target in state.inline.items():
            moves[0, number, kind] = numbers[target]
    return Automaton(names, states, moves, actions)


LINEAR = _automaton(_linear_states())
"""The LP format."""

POLYNOMIAL = _automaton(_polynomial_states())
"""The PIP format."""
