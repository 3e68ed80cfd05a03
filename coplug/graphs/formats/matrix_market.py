"""Matrix Market files."""

from __future__ import annotations

from coplug.errors import InstanceError
from coplug.graphs.formats.raw import RawGraph
from coplug.graphs.formats.scanning import NO_MARKER, check_ends, numbers_of_lines
from coplug.graphs.formats.weights import weights_at


def read_matrix_market(data: bytes, where: str) -> RawGraph:
    """Read a square Matrix Market file in coordinate format; entries are edges, nodes numbered from 1.

    Entries of real and integer matrices are weights, a ``general`` matrix has edges from row to column.

    Raises
    ------
    InstanceError
        If the header is missing, asks for another kind of matrix or does not fit what follows.
    """
    head, _, _ = data.partition(b"\n")
    words = head.decode("ascii", "replace").lower().split()
    if len(words) != 5 or words[0] != "%%matrixmarket" or words[1] != "matrix":
        raise InstanceError(
            f"{where}: its first line is no Matrix Market header; expected '%%MatrixMarket matrix ...'"
        )
    if words[2] != "coordinate":
        raise InstanceError(f"{where}: a {words[2]} matrix is not read; store it as 'coordinate'")
    line, start = _size_line(data, len(head) + 1)
    try:
        n_rows, n_columns, n_entries = (int(word) for word in line.split())
    except ValueError:
        raise InstanceError(f"{where}: line {line!r} should be 'ROWS COLUMNS ENTRIES'; correct it") from None
    if n_rows != n_columns or n_rows < 0:
        raise InstanceError(f"{where}: a graph's matrix is square, this one is {n_rows} x {n_columns}")
    pairs, more = numbers_of_lines(data, start, NO_MARKER, where)
    if len(pairs) != n_entries:
        raise InstanceError(
            f"{where}: its header announces {n_entries} entries and {len(pairs)} follow; is the file damaged?"
        )
    check_ends(pairs, n_rows, where)
    # An entry of a complex, hermitian or skew-symmetric matrix has no one number that an edge could weigh.
    weighted = words[3] in ("real", "integer") and words[4] in ("general", "symmetric")
    return RawGraph(
        n_rows,
        pairs - 1,
        range(1, n_rows + 1),
        () if weighted or words[3] == "pattern" else ("weights are ignored",),
        one_way=words[4] == "general",
        edge_weights=weights_at(data, more, where)[0] if weighted else None,
    )


def _size_line(data: bytes, at: int) -> tuple[str, int]:
    """Return the first line that is no comment, empty if there is none, and where the next begins."""
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        line = data[at:end].strip()
        at = end + 1
        if line and not line.startswith(b"%"):
            return line.decode("ascii", "replace"), at
    return "", at
