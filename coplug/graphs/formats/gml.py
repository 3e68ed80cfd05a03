"""GML files: nested lists of keys and values.

Source: M. Himsolt, GML: a portable graph file format, University of Passau 1997.
"""

from __future__ import annotations

import html
import re
from typing import TypeAlias

import numpy as np

from coplug.errors import InstanceError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.weights import weights_of

_TOKEN = re.compile(r'"[^"]*"|[\[\]]|#.*|[^\s\[\]"#]+|"')

Record: TypeAlias = "dict[str, list[str | Record]]"
"""The values of each key in order: lists as records, texts in quotes with these, numbers as they are written."""


def read_gml(data: bytes, where: str) -> RawGraph:
    """Read a GML file; nodes are called by their labels, or by their ids where labels are missing or repeated.

    Attributes ``weight`` of nodes and edges are weights.

    Raises
    ------
    InstanceError
        If the text is none, or a weight is no number.
    """
    try:
        document = _parsed(_TOKEN.findall(data.decode("utf-8")))
        graph = _record(document, "graph")
        nodes, edges = _records(graph, "node"), _records(graph, "edge")
        position = _positions([_number(node, "id") for node in nodes])
        ends = [(position[_number(edge, "source")], position[_number(edge, "target")]) for edge in edges]
    except (ValueError, RecursionError) as error:
        raise InstanceError(f"{where}: this is no GML: {error}") from error
    except KeyError as error:
        raise InstanceError(f"{where}: this is no GML: an edge ends at {error}, which is no node") from error
    return RawGraph(
        len(nodes),
        np.array(ends, dtype=np.int64).reshape(-1, 2),
        _names(nodes, list(position)),
        one_way=graph.get("directed", ["0"])[-1] == "1",
        node_weights=weights_of([_text(node, "weight") for node in nodes], "node", where),
        edge_weights=weights_of([_text(edge, "weight") for edge in edges], "edge", where),
    )


def _parsed(words: list[str]) -> Record:
    if '"' in words:
        raise ValueError("a quotation mark is not closed")
    words = [word for word in words if not word.startswith("#")]
    words.reverse()
    document = _read_record(words)
    if words:
        raise ValueError("a bracket is closed that was not opened")
    return document


def _read_record(words: list[str], closed: bool = False) -> Record:
    """Take a record from the end of ``words``, up to its closing bracket where it is to have one."""
    record: Record = {}
    while words:
        key = words.pop()
        if key == "]" and closed:
            return record
        if not words or words[-1] == "]" or not (key[0].isalpha() or key[0] == "_"):
            raise ValueError(f"{key[:40]!r} has no value, or is no key")
        value = words.pop()
        record.setdefault(key, []).append(_read_record(words, True) if value == "[" else value)
    if closed:
        raise ValueError("it ends inside a list; is it cut off?")
    return record


def _record(record: Record, key: str) -> Record:
    found = _records(record, key)
    if not found:
        raise ValueError(f"it has no list {key!r}")
    return found[0]


def _records(record: Record, key: str) -> list[Record]:
    values = record.get(key, [])
    records = [value for value in values if isinstance(value, dict)]
    if len(records) < len(values):
        raise ValueError(f"a {key} is no list in brackets")
    return records


def _text(record: Record, key: str) -> str | None:
    """Return the last value of a key as text, without quotes; None if there is none."""
    values = [value for value in record.get(key, ()) if isinstance(value, str)]
    if not values:
        return None
    return html.unescape(values[-1][1:-1]) if values[-1].startswith('"') else values[-1]


def _number(record: Record, key: str) -> int:
    text = _text(record, key)
    if text is None:
        raise ValueError(f"a node or an edge has no {key}")
    return int(text)


def _positions(ids: list[int]) -> dict[int, int]:
    position = {number: place for place, number in enumerate(ids)}
    if len(position) < len(ids):
        raise ValueError("two nodes have the same id")
    return position


def _names(nodes: list[Record], ids: list[int]) -> list[int] | list[str]:
    """Return the labels, as numbers where all are written so, or the ids."""
    labels = [_text(node, "label") for node in nodes]
    names = [label for label in labels if label is not None]
    if len(set(names)) < len(nodes):
        return ids
    quoted = any(str(node["label"][-1]).startswith('"') for node in nodes)
    return names if quoted or any(not _is_plain(name) for name in names) else [int(name) for name in names]


def _is_plain(name: str) -> bool:
    """Tell whether a name is a whole number that is written as Python writes it, unlike ``007``."""
    return re.fullmatch(r"0|-?[1-9][0-9]*", name) is not None
