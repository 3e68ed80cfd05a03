"""Networks from files: GML, GraphML, JSON and CSV."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from coplug.documents import parsed
from coplug.errors import InstanceError, UsageError, shown
from coplug.unpacking import file_bytes

from .geometry import GEOMETRIES, HYPERBOLIC, PLANE
from .network import Network, linked_within

EARTH_KM = 6371.0088
"""Mean radius, IUGG."""

PLANE_KEYS = (("x", "y"), ("X", "Y"), ("pos_x", "pos_y"))
DEGREE_KEYS = (
    ("longitude", "latitude"),
    ("Longitude", "Latitude"),
    ("lon", "lat"),
    ("lng", "lat"),
)
"""What coordinates are called: in the plane, and in degrees, east before north."""

LINK_KEYS = (("source", "target"), ("from", "to"), ("u", "v"))
"""What the ends of a link are called in a CSV file."""

DISTANCE, HOPS = "distance", "hops"
"""Words for what a link costs; any other is the name of a column."""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What a network is made of a file with.

    Attributes
    ----------
    weights : str
        ``distance``, ``hops``, or the column or attribute of the links that holds what each costs.
    radius : float or None
        Link nodes within it, whatever links the file has.
    geometry : str or None
        That of the positions; None for what the file says, else the plane.
    links : Path or None
        A CSV file of links, for one of positions.
    """

    weights: str = DISTANCE
    radius: float | None = None
    geometry: str | None = None
    links: Path | None = None


@dataclass(frozen=True, eq=False)
class _Listed:
    """What a file lists: nodes by name with their columns, and links by names with theirs; None if it has none."""

    nodes: Mapping[str, Mapping[str, Any]]
    links: Sequence[tuple[str, str, Mapping[str, Any]]] | None
    radius: float | None = None
    geometry: str | None = None
    named: bool = True


class Document(msgspec.Struct):
    """A JSON file; other keys are passed over."""

    positions: list[Any] | dict[str, Any]
    radius: Any = None
    edges: list[Any] | None = None
    weights: list[Any] | None = None
    names: list[Any] | None = None
    geometry: str | None = None


def read_network(path: Path, wanted: Wanted) -> Network:
    """Read a network.

    Raises
    ------
    InstanceError
        If the file is missing, damaged, or a node has no position.
    UsageError
        If links are given for a file that has its own.
    """
    if not path.exists():
        raise InstanceError(f"{path} does not exist")
    suffix = Path(path.name.lower().removesuffix(".gz")).suffix
    if wanted.links is not None and suffix != ".csv":
        raise UsageError(f"--links is for a CSV file of positions; leave it out for {path}")
    if suffix == ".json":
        listed = _from_json(file_bytes(path), str(path))
    elif suffix == ".csv":
        listed = _from_csv(path, wanted.links)
    else:
        listed = _from_networkx(_networkx(path, suffix), str(path))
    return _made(listed, wanted, str(path))


def network_of(graph: Any, wanted: Wanted) -> Network:
    """Return the network of a graph of networkx, whose nodes have attributes ``pos``, ``x`` and ``y`` or degrees.

    Raises
    ------
    InstanceError
        If a node has no position.
    """
    return _made(_from_networkx(graph, "a graph of networkx"), wanted, "a graph of networkx")


def has_positions(graph: Any) -> bool:
    """Tell whether the first node of a graph of networkx has a position."""
    keys = {key for pair in (*PLANE_KEYS, *DEGREE_KEYS) for key in pair} | {"pos", "position"}
    return any(not keys.isdisjoint(data) for _, data in list(graph.nodes(data=True))[:1])


def network_from_mapping(found: Mapping[str, Any], wanted: Wanted) -> Network:
    """Return the network of a mapping that is as the JSON form.

    Raises
    ------
    InstanceError
        If it is none.
    """
    plain = {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in found.items()}
    try:
        document = msgspec.convert(plain, Document)
    except msgspec.ValidationError as error:
        raise InstanceError(f"a mapping is no network ({error}); expected positions") from error
    return _made(_from_document(document, "a mapping"), wanted, "a mapping")


def _from_json(data: bytes, where: str) -> _Listed:
    try:
        document = parsed(data, Document)
    except ValueError as error:
        raise InstanceError(
            f'{where} is no network in JSON ({error}); expected {{"positions": [[x, y], ...], "radius": 1.0}}'
        ) from error
    return _from_document(document, where)


def _from_document(document: Document, where: str) -> _Listed:
    places = document.positions
    if isinstance(places, dict):
        names, rows = [str(name) for name in places], list(places.values())
    else:
        names, rows = [str(i) for i in range(len(places))], places
    if document.names is not None:
        names = [str(name) for name in document.names]
    if len(names) != len(rows) or len(set(names)) != len(names):
        raise InstanceError(
            f"{where}: {len(rows)} positions and {len(names)} names; give a name of its own to each"
        )
    nodes = {name: {"pos": row} for name, row in zip(names, rows, strict=True)}
    links = None
    if document.edges is not None:
        weights = document.weights
        if weights is not None and len(weights) != len(document.edges):
            raise InstanceError(
                f"{where}: {len(document.edges)} edges and {len(weights)} weights; give one each"
            )
        links = []
        for k, edge in enumerate(document.edges):
            if not isinstance(edge, list) or len(edge) not in (2, 3):
                raise InstanceError(
                    f"{where}: edge {shown(edge)} is none; expected two nodes, and a weight perhaps"
                )
            value = edge[2] if len(edge) == 3 else None if weights is None else weights[k]
            links.append((str(edge[0]), str(edge[1]), {} if value is None else {"weight": value}))
    named = document.names is not None or isinstance(places, dict)
    return _Listed(nodes, links, _radius(document.radius, where), document.geometry, named)


def _radius(value: Any, where: str) -> float | None:
    if value is None:
        return None
    radius = _number(value, f"{where}: radius")
    if radius <= 0:
        raise InstanceError(f"{where}: radius {radius:g} links no nodes; expected a number above 0")
    return radius


def _from_csv(path: Path, links: Path | None) -> _Listed:
    nodes: dict[str, Mapping[str, Any]] = {}
    for row in _rows(path):
        name = row.get("node") or row.get("name") or row.get("id") or str(len(nodes))
        if name in nodes:
            raise InstanceError(f"{path}: node {shown(name)} comes again; give each node one line")
        nodes[name] = row
    if links is None:
        return _Listed(nodes, None)
    found: list[tuple[str, str, Mapping[str, Any]]] = []
    for row in _rows(links):
        ends = [pair for pair in LINK_KEYS if pair[0] in row and pair[1] in row]
        if not ends:
            raise InstanceError(f"{links}: columns {', '.join(row)}; expected source and target")
        found.append((row[ends[0][0]], row[ends[0][1]], row))
    return _Listed(nodes, found)


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        text = file_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InstanceError(f"{path} is no text in UTF-8; save it so") from error
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error as error:
        raise InstanceError(f"{path} is no table of comma-separated values: {error}") from error
    if not rows:
        raise InstanceError(f"{path} is empty; expected a heading such as node,x,y and a node a line")
    heading = [word.strip() for word in rows[0]]
    for k, row in enumerate(rows[1:], start=2):
        if len(row) != len(heading):
            raise InstanceError(f"{path}: line {k} has {len(row)} columns and the heading {len(heading)}")
    return [dict(zip(heading, (word.strip() for word in row), strict=True)) for row in rows[1:]]


def _networkx(path: Path, suffix: str) -> Any:
    from xml.etree.ElementTree import ParseError

    import networkx as nx

    data = file_bytes(path)
    try:
        if suffix == ".gml":
            lines = data.decode("utf-8").splitlines()
            try:
                return nx.parse_gml(lines, label="label")
            except nx.NetworkXError:
                return nx.parse_gml(lines, label="id")
        return nx.read_graphml(io.BytesIO(data))
    except (
        nx.NetworkXError,
        ParseError,
        ValueError,
        KeyError,
        AttributeError,
        StopIteration,
        RecursionError,
    ) as error:
        kind = "GML" if suffix == ".gml" else "GraphML"
        raise InstanceError(f"{path}: this is no {kind}: {error}") from error


def _from_networkx(graph: Any, where: str) -> _Listed:
    nodes = {str(name): dict(data) for name, data in graph.nodes(data=True)}
    if len(nodes) != graph.number_of_nodes():
        raise InstanceError(f"{where}: two nodes have the same name; give each its own")
    links = [(str(u), str(v), dict(data)) for u, v, data in graph.edges(data=True)]
    return _Listed(nodes, links, _radius(graph.graph.get("radius"), where), graph.graph.get("geometry"))


def _made(listed: _Listed, wanted: Wanted, where: str) -> Network:
    names: list[str] = list(listed.nodes)
    geometry = wanted.geometry or listed.geometry or PLANE
    if geometry not in GEOMETRIES:
        raise InstanceError(
            f"{where}: geometry {shown(geometry)} is unknown; expected {' or '.join(GEOMETRIES)}"
        )
    positions, notes = _positions(listed.nodes, where)
    if geometry == HYPERBOLIC and notes:
        raise UsageError(f"{where}: positions in degrees are on a sphere; take --geometry plane")
    numbers: Sequence[int] | Sequence[str] = names if listed.named else range(len(names))
    radius = listed.radius if wanted.radius is None else _radius(wanted.radius, where)
    if listed.links is not None and wanted.radius is None:
        network = _linked(listed, positions, geometry, wanted.weights, where)
        network = replace(network, radius=radius, names=numbers)
    elif radius is None:
        raise InstanceError(f"{where} says nothing of links; give --radius R, or links by --links FILE.csv")
    else:
        network = linked_within(positions, radius, geometry, numbers)
    if wanted.weights == HOPS:
        network = replace(network, weights=np.ones(network.n_links))
    elif wanted.weights != DISTANCE and network.weights is None:
        raise InstanceError(
            f"{where}: links by a radius have no column {shown(wanted.weights)}; take distance or hops"
        )
    together = network.n_nodes - len(np.unique(positions, axis=0)) if network.n_nodes else 0
    if together:
        notes = (*notes, f"nodes at the place of another one: {together}")
    return replace(network, notes=notes)


def _linked(
    listed: _Listed, positions: NDArray[np.float64], geometry: str, weights: str, where: str
) -> Network:
    number = {name: k for k, name in enumerate(listed.nodes)}
    costs: dict[tuple[int, int], float] = {}
    column = weights not in (DISTANCE, HOPS)
    assert listed.links is not None
    for u, v, row in listed.links:
        for end in (u, v):
            if end not in number:
                raise InstanceError(f"{where}: a link ends at {shown(end)}, which is no node")
        if u == v:
            continue
        cost = 0.0
        if column:
            if weights not in row:
                raise InstanceError(f"{where}: link {u}-{v} has no {shown(weights)}; expected a number")
            cost = _number(row[weights], f"{where}: {weights} of link {u}-{v}")
            if cost < 0:
                raise InstanceError(f"{where}: link {u}-{v} has {weights} {cost:g}; it has to be at least 0")
        pair = (min(number[u], number[v]), max(number[u], number[v]))
        costs[pair] = min(cost, costs.get(pair, math.inf))
    edges = np.array(sorted(costs), np.int64).reshape(-1, 2)
    values = np.array([costs[pair] for pair in sorted(costs)]) if column else None
    return Network(positions, edges, values, None, geometry)


def _positions(
    nodes: Mapping[str, Mapping[str, Any]], where: str
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return positions, and a note if they were in degrees: then kilometres east and north of their middle."""
    found = np.zeros((len(nodes), 2))
    degrees = False
    for k, (name, row) in enumerate(nodes.items()):
        found[k], in_degrees = _position(row, f"{where}: node {shown(name)}")
        if k and in_degrees != degrees:
            raise InstanceError(f"{where}: some positions are in degrees and others are not; make them alike")
        degrees = in_degrees
    if not degrees or not len(found):
        return found, ()
    if (np.abs(found) > (360.0, 90.0)).any():
        raise InstanceError(f"{where}: latitudes are within -90..90 and longitudes within -360..360 degrees")
    found[:, 0] = (
        found[0, 0] + (found[:, 0] - found[0, 0] + 180.0) % 360.0 - 180.0
    )  # the date line is no border
    middle = found.mean(axis=0)
    scale = math.radians(1.0) * EARTH_KM
    east = scale * math.cos(math.radians(middle[1])) * (found[:, 0] - middle[0])
    north = scale * (found[:, 1] - middle[1])
    note = "positions are in degrees; distances are kilometres on the plane that touches their middle"
    return np.column_stack([east, north]), (note,)


def _position(row: Mapping[str, Any], where: str) -> tuple[tuple[float, float], bool]:
    if "graphics" in row and isinstance(row["graphics"], Mapping):
        row = {**row["graphics"], **row}
    pair = row.get("pos", row.get("position"))
    if isinstance(pair, str):
        pair = pair.strip("[]() ").replace(",", " ").split()
    if (isinstance(pair, Sequence) and not isinstance(pair, str)) or isinstance(pair, np.ndarray):
        if len(pair) != 2:
            raise InstanceError(f"{where} has {len(pair)} coordinates; expected two")
        return (_number(pair[0], where), _number(pair[1], where)), False
    for keys, degrees in ((PLANE_KEYS, False), (DEGREE_KEYS, True)):
        for a, b in keys:
            if row.get(a) not in (None, "") and row.get(b) not in (None, ""):
                return (_number(row[a], where), _number(row[b], where)), degrees
    raise InstanceError(f"{where} has no position; expected x and y, pos, or longitude and latitude")


def _number(value: Any, where: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if isinstance(value, bool) or not math.isfinite(number):
        raise InstanceError(f"{where} is {shown(value)}; expected a finite number")
    return number
