"""Arithmetic on reward functions: the result is a reward function again."""

from __future__ import annotations

import math
import numbers
import operator
from collections.abc import Callable
from typing import Any

from coplug.scip.session import Session

Binary = Callable[[Any, Any], "Arithmetic"]
Unary = Callable[[Any], "Arithmetic"]


def _binary(function: Callable[[Any, Any], Any], text: str) -> tuple[Binary, Binary]:
    """Return an operator's method and its reflected one; ``text`` shows the operation on ``{0}`` and ``{1}``."""

    def method(self: Any, other: Any) -> Arithmetic:
        return Arithmetic(function, (self, other), text)

    def reflected(self: Any, other: Any) -> Arithmetic:
        return Arithmetic(function, (other, self), text)

    return method, reflected


def _unary(function: Callable[[Any], Any], text: str) -> Unary:
    def method(self: Any) -> Arithmetic:
        return Arithmetic(function, (self,), text)

    return method


def _math(name: str) -> Unary:
    return _unary(getattr(math, name), "{}." + name + "()")


class RewardArithmetic:
    """Gives a reward function the operators of numbers, the functions of :mod:`math`, ``apply`` and ``cumsum``.

    ``abs``, ``round``, ``math.trunc``, ``math.floor`` and ``math.ceil`` take a reward function as they take a number;
    ``exp``, ``sqrt`` and the like are methods. The other side of an operator is a reward function or a number.
    """

    __add__, __radd__ = _binary(operator.add, "({} + {})")
    __sub__, __rsub__ = _binary(operator.sub, "({} - {})")
    __mul__, __rmul__ = _binary(operator.mul, "({} * {})")
    __matmul__, __rmatmul__ = _binary(operator.matmul, "({} @ {})")
    __truediv__, __rtruediv__ = _binary(operator.truediv, "({} / {})")
    __floordiv__, __rfloordiv__ = _binary(operator.floordiv, "({} // {})")
    __mod__, __rmod__ = _binary(operator.mod, "({} % {})")
    __divmod__, __rdivmod__ = _binary(divmod, "divmod({}, {})")
    __pow__, __rpow__ = _binary(operator.pow, "({} ** {})")
    __lshift__, __rlshift__ = _binary(operator.lshift, "({} << {})")
    __rshift__, __rrshift__ = _binary(operator.rshift, "({} >> {})")
    __and__, __rand__ = _binary(operator.and_, "({} & {})")
    __xor__, __rxor__ = _binary(operator.xor, "({} ^ {})")
    __or__, __ror__ = _binary(operator.or_, "({} | {})")

    __neg__ = _unary(operator.neg, "(-{})")
    __pos__ = _unary(operator.pos, "(+{})")
    __abs__ = _unary(abs, "(abs({}))")
    __invert__ = _unary(operator.invert, "(~{})")
    __round__ = _unary(round, "round({})")
    __trunc__ = _unary(math.trunc, "math.trunc({})")
    __floor__ = _unary(math.floor, "math.floor({})")
    __ceil__ = _unary(math.ceil, "math.ceil({})")

    exp, log, log2, log10, sqrt = map(_math, ("exp", "log", "log2", "log10", "sqrt"))
    sin, cos, tan, asin, acos, atan = map(_math, ("sin", "cos", "tan", "asin", "acos", "atan"))
    sinh, cosh, tanh = map(_math, ("sinh", "cosh", "tanh"))
    asinh, acosh, atanh = map(_math, ("asinh", "acosh", "atanh"))
    isfinite, isinf, isnan = map(_math, ("isfinite", "isinf", "isnan"))

    def apply(self, func: Callable[[float], float]) -> Arithmetic:
        """Return the reward function whose rewards are ``func`` of this one's."""
        return Arithmetic(func, (self,), "lambda({})")

    def cumsum(self) -> Cumulative:
        """Return the reward function that sums this one's rewards over an episode."""
        return Cumulative(self, operator.add, 0.0, "{}.cumsum()")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class Arithmetic(RewardArithmetic):
    """An operation on the rewards of other functions.

    Parameters
    ----------
    operation : callable
        Takes as many rewards as there are functions.
    functions : sequence of reward functions or numbers
    text : str
        How the operation is shown, with ``{}`` for each function.
    """

    def __init__(self, operation: Callable[..., Any], functions: Any, text: str) -> None:
        self._operation = operation
        self._functions = [_as_function(function) for function in functions]
        self._text = text

    def before_reset(self, model: Session) -> None:
        """Reset the functions."""
        for function in self._functions:
            function.before_reset(model)

    def extract(self, model: Session, done: bool = False) -> float:
        """Return the operation's result on the functions' rewards."""
        return float(self._operation(*(function.extract(model, done) for function in self._functions)))

    def __repr__(self) -> str:
        return self._text.format(*self._functions)


class Cumulative(RewardArithmetic):
    """The rewards of another function reduced over an episode, up to and with the current state."""

    def __init__(
        self, function: Any, reduce: Callable[[float, float], float], initial: float, text: str
    ) -> None:
        self._function = function
        self._reduce = reduce
        self._initial = initial
        self._value = initial
        self._text = text

    def before_reset(self, model: Session) -> None:
        """Reset the function and start over."""
        self._value = self._initial
        self._function.before_reset(model)

    def extract(self, model: Session, done: bool = False) -> float:
        """Return the reduction with the current reward."""
        self._value = float(self._reduce(self._value, self._function.extract(model, done)))
        return self._value

    def __repr__(self) -> str:
        return self._text.format(self._function)


class Constant(RewardArithmetic):
    """The same reward at every state."""

    def __init__(self, constant: float = 0.0) -> None:
        self._constant = float(constant)

    def before_reset(self, model: Session) -> None:
        """Do nothing."""

    def extract(self, model: Session, done: bool = False) -> float:
        """Return the constant."""
        return self._constant

    def __repr__(self) -> str:
        return f"Constant({self._constant})"


def _as_function(value: Any) -> Any:
    return Constant(float(value)) if isinstance(value, numbers.Real) else value
