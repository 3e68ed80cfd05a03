from __future__ import annotations

import numpy as np
import pytest

from coplug.contracts.node import COLUMN_FEATURES, ROW_FEATURES
from coplug.scip import kernels
from coplug.scip.compiled import CompiledReader
from coplug.scip.make_reader import make_reader
from coplug.scip.portable import PortableReader
from tests.conftest import INSTANCES
from tests.scip.nodes import MANY_NODES, QUIET_ROOT, solve_with

PARITY = ("tiny.mps", "cauctions_100i_500b.lp", "facilities_25x20.lp")
PARTS = ("column_features", "row_features", "row_ptr", "edge_columns", "edge_values")
READERS = [CompiledReader, PortableReader]


@pytest.mark.parametrize("reader_class", READERS)
@pytest.mark.parametrize("name", PARITY)
def test_root_equals_what_ecole_read(shared_data, name, reader_class):
    seen = {}

    def look(model, k):
        reader = reader_class(model)
        seen["state"] = reader.read().copy()
        seen["candidates"] = reader.candidates("lp").copy()
        seen["strong"] = reader.strong_branching()
        seen["pseudo"] = reader.pseudocosts()
        seen["columns"] = [c.getVar().name for c in model.getLPColsData()]
        seen["rows"] = [r.name for r in model.getLPRowsData()]

    solve_with(
        shared_data / "ecole_parity" / name,
        look,
        10**9,
        heuristics=False,
        limits__nodes=1,
        **_escaped(QUIET_ROOT),
    )
    ecole = np.load(shared_data / "ecole_parity" / f"{name}.npz")
    assert tuple(ecole["column_feature_names"]) == COLUMN_FEATURES
    assert tuple(ecole["row_feature_names"]) == ROW_FEATURES
    assert seen["rows"] == list(ecole["lp_row_names"])
    order = [seen["columns"].index(name) for name in ecole["lp_col_var_names"]]
    state = seen["state"]
    np.testing.assert_allclose(state.column_features[order], ecole["column_features"], atol=1e-6)
    np.testing.assert_allclose(state.row_features, ecole["row_features"], atol=1e-6)
    assert _dense(state)[:, order] == pytest.approx(_dense_of(ecole), abs=1e-6)
    for key, reference in (("strong", "strong_branching_scores"), ("pseudo", "pseudocosts")):
        scores = np.full(state.n_columns, np.nan)
        scores[seen["candidates"]] = seen[key]
        np.testing.assert_allclose(scores[order], ecole[reference], rtol=1e-6, atol=1e-6)


def _escaped(parameters):
    return {name.replace("/", "__"): value for name, value in parameters.items()}


def _dense(state):
    matrix = np.zeros((state.n_rows, state.n_columns))
    rows = np.repeat(np.arange(state.n_rows), np.diff(state.row_ptr))
    matrix[rows, state.edge_columns] = state.edge_values
    return matrix


def _dense_of(ecole):
    matrix = np.zeros(ecole["edge_shape"])
    matrix[tuple(ecole["edge_indices"].astype(int))] = ecole["edge_values"]
    return matrix


def _instances(shared):
    names = [
        INSTANCES / n
        for n in ("setcover-tiny-0001.lp", "independent_set-tiny-0001.lp", "auctions-tiny-0001.lp")
    ]
    if shared is not None:
        names += [shared / "miplib3" / f"{n}.mps.gz" for n in ("bell3a", "misc07", "dcmulti", "rout")]
    return names


@pytest.mark.parametrize("index", range(7))
def test_both_readers_agree_while_cuts_come_and_go(request, index):
    shared = request.getfixturevalue("shared_data") if index > 2 else None
    path = _instances(shared)[index]
    readers = {}

    def look(model, k):
        fast = readers.setdefault("fast", CompiledReader(model))
        slow = PortableReader(model)
        a, b = fast.read(), slow.read()
        for part in PARTS:
            np.testing.assert_allclose(getattr(a, part), getattr(b, part), atol=1e-9, err_msg=part)
        for kind in ("lp", "pseudo"):
            assert np.array_equal(fast.candidates(kind), slow.candidates(kind))
        np.testing.assert_allclose(fast.pseudocosts(), slow.pseudocosts())

    branched = solve_with(path, look, 7, limits__nodes=150, **_escaped(MANY_NODES))
    assert branched > 7


def test_strong_branching_of_both_readers_agrees_and_leaves_scip_as_it_was(tiny):
    def look(model, k):
        fast, slow = CompiledReader(model), PortableReader(model)
        before = fast.read().copy()
        scores = []
        for reader in (fast, slow, fast):
            reader.candidates("pseudo")
            scores.append(reader.strong_branching())
        after = fast.read()
        for part in ("column_features", "row_features", "edge_values"):
            np.testing.assert_array_equal(getattr(before, part), getattr(after, part))
        np.testing.assert_allclose(scores[0], scores[1], rtol=1e-6)
        np.testing.assert_allclose(scores[0], scores[2], rtol=1e-6)
        assert scores[0].min() >= 0.0

    assert solve_with(tiny, look, 8, limits__nodes=60, **_escaped(MANY_NODES)) > 8


def test_kept_candidates_are_those_that_are_scored_and_branched_on(tiny):
    def look(model, k):
        for reader in (CompiledReader(model), PortableReader(model)):
            columns = reader.candidates("lp").copy()
            variables, scores = reader.candidate_variables(), reader.strong_branching()
            kept = np.arange(len(columns))[1::2]
            np.testing.assert_array_equal(reader.keep(kept), columns[kept])
            np.testing.assert_array_equal(reader.candidate_variables(), variables[kept])
            np.testing.assert_allclose(reader.strong_branching(), scores[kept], rtol=1e-6)
            if len(kept):
                reader.keep(np.array([len(kept) - 1]))
                np.testing.assert_array_equal(reader.candidate_variables(), variables[kept[-1:]])

    assert solve_with(tiny, look, 4, limits__nodes=30, **_escaped(MANY_NODES)) > 4


def test_strong_branching_equals_scips_own_rule(tiny):
    """vanillafullstrong with its data collected must choose what our scores choose."""
    ours, scips = [], []

    def look(model, k):
        reader = CompiledReader(model)
        candidates = reader.candidates("pseudo")
        best = int(np.argmax(reader.strong_branching()))
        ours.append(model.getLPColsData()[candidates[best]].getVar().name)

    rule = QUIET_ROOT | {
        "branching/vanillafullstrong/priority": 999_999,
        "branching/vanillafullstrong/integralcands": True,
        "branching/vanillafullstrong/scoreall": True,
        "branching/vanillafullstrong/idempotent": True,
    }

    def record_and_look(model, k):
        parent = model.getCurrentNode().getParentBranchings()
        if parent is not None:
            scips.append((model.getCurrentNode().getParent().getNumber(), parent[0][0].name))
        look(model, k)
        numbers.append(model.getCurrentNode().getNumber())

    numbers: list[int] = []
    solve_with(tiny, record_and_look, 1, limits__nodes=25, **_escaped(rule))
    chosen = dict(zip(numbers, ours, strict=True))
    checked = [(chosen[number], name) for number, name in scips if number in chosen]
    assert len(checked) >= 4
    assert all(a == b for a, b in checked)


def test_structure_is_read_again_only_when_rows_or_columns_change(tiny, monkeypatch):
    reads = {"structure": 0, "nodes": 0}
    original = kernels.read_structure

    def counted(*arguments):
        reads["structure"] += 1
        original(*arguments)

    monkeypatch.setattr(kernels, "read_structure", counted)
    reader = {}

    def look(model, k):
        r = reader.setdefault("r", CompiledReader(model))
        first = r.read().structure
        assert r.read().structure == first
        reads["nodes"] += 1

    solve_with(tiny, look, 1, limits__nodes=80, **_escaped(MANY_NODES))
    assert 0 < reads["structure"] <= reads["nodes"]
    assert reads["structure"] == reader["r"]._structure


def test_buffers_are_reused(tiny):
    reader = {}

    def look(model, k):
        r = reader.setdefault("r", CompiledReader(model))
        address = r.read().column_features.ctypes.data
        assert r.read().column_features.ctypes.data == address

    assert solve_with(tiny, look, 1, limits__nodes=20, **_escaped(MANY_NODES)) > 0


def test_a_library_that_the_kernels_cannot_use_gives_the_portable_reader(tiny, monkeypatch):
    from coplug.errors import SolverError
    from coplug.scip.library import Library

    unusable = Library("/x/libscip.so", "it is SCIP 9")
    for module in ("make_reader", "compiled"):
        monkeypatch.setattr(f"coplug.scip.{module}.load_library", lambda: unusable)

    def look(model, k):
        assert make_reader(model).name == "portable"
        with pytest.raises(SolverError, match="it is SCIP 9"):
            CompiledReader(model)

    assert solve_with(tiny, look, 50, limits__nodes=10, **_escaped(MANY_NODES)) > 0
