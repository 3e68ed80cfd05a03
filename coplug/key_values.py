"""Texts of the form KEY=VALUE, as they are written on a command line: the one reader of them."""

from __future__ import annotations

from collections.abc import Iterable

from coplug.errors import CoplugError, UsageError


def split_pairs(
    texts: Iterable[str],
    *,
    what: str = "setting",
    form: str = "KEY=VALUE",
    example: str = "seed=1",
    error: type[CoplugError] = UsageError,
) -> dict[str, str]:
    """Split texts at their first ``=``; blanks around keys and values are dropped.

    Parameters
    ----------
    texts : iterable of str
    what : str
        What one of them is called in messages.
    form, example : str
        How one is written, for messages.
    error : type of CoplugError

    Raises
    ------
    CoplugError
        Of the type ``error``, if a text has no ``=`` or nothing before it, or a key comes twice.
    """
    pairs: dict[str, str] = {}
    for text in texts:
        key, equals, value = (part.strip() for part in text.partition("="))
        if not key or not equals:
            raise error(f"{what} {text!r}: write {form}, such as {example}")
        if key in pairs:
            raise error(f"{what} {key!r} is given twice; give it once")
        pairs[key] = value
    return pairs
