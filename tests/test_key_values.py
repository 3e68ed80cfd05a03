import pytest

from coplug.errors import RecipeError, UsageError
from coplug.key_values import split_pairs


def test_the_first_equals_sign_splits():
    assert split_pairs(["a = 1", "b.c=x=y", "d="]) == {"a": "1", "b.c": "x=y", "d": ""}


@pytest.mark.parametrize("text", ["a", "=1", " = 1", ""])
def test_what_is_no_pair_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match="write KEY=VALUE, such as seed=1"):
        split_pairs([text])
    with pytest.raises(RecipeError):
        split_pairs([text], error=RecipeError)


def test_a_key_comes_once():
    with pytest.raises(UsageError, match="'a' is given twice"):
        split_pairs(["a=1", "a=2"])
