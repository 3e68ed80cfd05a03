from dataclasses import dataclass
from typing import Annotated

import msgspec
import pytest

from coplug.documents import parsed, read_document
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
