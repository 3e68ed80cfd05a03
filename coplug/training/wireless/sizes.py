"""What the tasks of precoding and of power allocation share."""

from __future__ import annotations

from coplug.errors import RecipeError

EXAMPLES = 2**31 - 1
"""Numbers of batches that there are: each is the seed of its channels."""

EARLY = 0.1
"""Weight of the rates of earlier stages, where a recipe does not say."""


def numbers(text: str) -> tuple[int, int]:
    """Return the two numbers of a size.

    Raises
    ------
    RecipeError
        If it is none.
    """
    first, _, second = text.partition("x")
    if not (first.isdecimal() and second.isdecimal() and int(first) and int(second)):
        raise RecipeError(f"size {text!r} is none; expected two numbers, such as 8x16")
    return int(first), int(second)
