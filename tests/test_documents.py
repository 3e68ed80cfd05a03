import math
from dataclasses import dataclass
from typing import Annotated

import msgspec
import pytest

from coplug.documents import parsed, read_document, read_object
from coplug.errors import SamplesError


@dataclass(frozen=True)
class Row:
    name: str
    count: Annotated[int, msgspec.Meta(ge=0)]
    share: float = 0.5


def test_a_document_becomes_its_type():
    assert parsed(b'{"name": "a", "count": 3, "later": 1}', Row) == Row("a", 3)
    assert parsed('[{"name": "a", "count": 3, "share": 1}]', list[Row]) == [Row("a", 3, 1.0)]


DAMAGED = {
    "cut": b'{"name": "a", "cou',
    "empty": b"",
    "other type": b'{"name": "a", "count": "3"}',
    "out of range": b'{"name": "a", "count": -1}',
    "not a number": b'{"name": "a", "count": 1, "share": NaN}',
    "too large": b'{"name": "a", "count": 1, "share": 1e999}',
    "missing key": b'{"name": "a"}',
    "no object": b"[1]",
    "not UTF-8": b'{"name": "\xff", "count": 1}',
    "deep": b'{"later": ' + b"[" * 100_000,
    "binary": bytes(range(256)),
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_what_is_damaged_is_one_line_that_names_the_file(tmp_path, data):
    path = tmp_path / "row.json"
    path.write_bytes(data)
    with pytest.raises(SamplesError, match=r"row.json is damaged \(.*\); delete it") as caught:
        read_document(path, Row, "delete it", SamplesError)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(SamplesError, match=r"none.json cannot be read: No such file"):
        read_document(tmp_path / "none.json", Row, "collect again", SamplesError)


def test_an_object_of_any_keys_is_read_as_python_writes_it(tmp_path):
    path = tmp_path / "any.json"
    path.write_text('{"a": [1, {"b": NaN}], "c": "\\u00e4"}')
    found = read_object(path, "delete it", SamplesError)
    assert found["c"] == "ä"
    assert math.isnan(found["a"][1]["b"])


OTHER = {
    "cut": (b'{"a": 1', "not JSON"),
    "no object": (b"[1]", "expected a JSON object, found a list"),
    "not UTF-8": (b'{"a": "\xff"}', "not JSON: 'utf-8' codec"),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), "not JSON"),
    "deep": (b'{"a": ' + b"[" * 100_000, "it nests too deeply"),
    "twice": (b'{"a": 1, "b": {"c": 1, "d": 2, "c": 1}}', "not JSON: the key 'c' occurs twice"),
    "huge": (b'{"a": ' + b"9" * 10_000 + b"}", "not JSON"),
}


@pytest.mark.parametrize(("data", "reason"), OTHER.values(), ids=OTHER)
def test_what_is_no_object_is_one_line_that_names_the_file(tmp_path, data, reason):
    path = tmp_path / "any.json"
    path.write_bytes(data)
    with pytest.raises(SamplesError, match=rf"any.json is damaged \({reason}.*\); delete it") as caught:
        read_object(path, "delete it", SamplesError)
    assert "\n" not in str(caught.value)
