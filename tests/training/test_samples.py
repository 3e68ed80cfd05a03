import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import safe_open
from safetensors.numpy import save_file

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.errors import OutputError, SamplesError
from coplug.graphs import check
from coplug.training import samples as samples_module
from coplug.training import shards as shards_module
from coplug.training.batches import collate
from coplug.training.sample import BranchingSample
from coplug.training.samples import INDEX_NAME, SampleSet
from coplug.training.shards import shard_name, write_shard


def assert_equal(left, right):
    for f in dataclasses.fields(BranchingSample):
        a, b = getattr(left, f.name), getattr(right, f.name)
        if isinstance(a, np.ndarray):
            assert a.dtype == b.dtype
        np.testing.assert_array_equal(a, b, err_msg=f.name)


def write_directory(directory, make_sample, shards=3, per_shard=4):
    rng = np.random.default_rng(7)
    written = [[make_sample(rng, episode=e, node=k) for k in range(per_shard)] for e in range(shards)]
    for episode, samples in enumerate(written):
        write_shard(directory / shard_name(episode), samples)
    return [s for samples in written for s in samples]


sizes = st.tuples(st.integers(1, 9), st.integers(0, 5), st.integers(0, 20), st.integers(1, 9)).map(
    lambda s: {"n_columns": s[0], "n_rows": s[1], "n_edges": s[2], "n_candidates": min(s[0], s[3])}
)
metas = st.fixed_dictionaries(
    {
        "instance": st.text(st.characters(codec="utf-8"), max_size=8),
        "seed": st.integers(0, 2**31 - 1),
        "episode": st.integers(0, 2**40),
        "node": st.integers(0, 2**40),
        "depth": st.integers(0, 1000),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.tuples(sizes, metas), max_size=4), max_size=4), st.integers(0, 2**32))
def test_round_trip(tmp_path_factory, make_sample, shards, seed):
    directory = tmp_path_factory.mktemp("shards")
    rng = np.random.default_rng(seed)
    written = []
    for episode, shard in enumerate(shards):
        samples = [make_sample(rng, **size, **meta) for size, meta in shard]
        written += samples
        write_shard(directory / shard_name(episode), samples)
    if not written:
        with pytest.raises(SamplesError, match="no samples"):
            SampleSet(directory)
        return
    found = SampleSet(directory)
    assert len(found) == len(written)
    for index in rng.permutation(len(written)):
        assert_equal(found.sample(int(index)), written[index])


def test_nan_features_and_tied_scores_survive(tmp_path, make_sample):
    sample = make_sample(np.random.default_rng(0))
    sample.column_features[:, 13] = np.nan
    sample.scores[:] = np.nextafter(1.0, 2.0)
    write_shard(tmp_path / shard_name(0), [sample])
    assert_equal(SampleSet(tmp_path).sample(0), sample)


@pytest.mark.parametrize("n_columns", [65536, 65537])
def test_many_columns(tmp_path, make_sample, n_columns):
    sample = make_sample(np.random.default_rng(0), n_columns=n_columns)
    sample.edge_columns[0] = n_columns - 1
    write_shard(tmp_path / shard_name(0), [sample])
    assert_equal(SampleSet(tmp_path).sample(0), sample)


def test_equal_structures_are_stored_once(tmp_path, make_sample):
    rng = np.random.default_rng(0)
    first = make_sample(rng, n_edges=5000)
    others = [make_sample(rng) for _ in range(9)]
    for other in others:
        other.row_ptr, other.edge_columns, other.edge_values = (
            first.row_ptr.copy(),
            first.edge_columns.copy(),
            first.edge_values.copy(),
        )
    write_shard(tmp_path / shard_name(0), [first, *others])
    assert (tmp_path / shard_name(0)).stat().st_size < 2 * 6 * 5000
    assert_equal(SampleSet(tmp_path).sample(9), others[8])


def test_index_out_of_range(tmp_path, make_sample):
    write_directory(tmp_path, make_sample)
    found = SampleSet(tmp_path)
    for index in (-1, 12):
        with pytest.raises(IndexError):
            found.sample(index)


def truncate(path):
    path.write_bytes(path.read_bytes()[:-100])


def empty(path):
    path.write_bytes(b"")


def garble(path):
    path.write_bytes(b"not a shard at all")


def flip_a_bit(path):
    data = bytearray(path.read_bytes())
    data[-50] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("damage", [truncate, empty, garble, flip_a_bit])
def test_damaged_shard_is_named_skipped_and_counted(tmp_path, make_sample, caplog, damage):
    written = write_directory(tmp_path, make_sample)
    damage(tmp_path / shard_name(1))
    found = SampleSet(tmp_path)
    assert found.damaged == [shard_name(1)]
    assert len(found) == 8
    assert_equal(found.sample(4), written[8])
    assert [shard_name(1) in message and "\n" not in message for message in caplog.messages] == [True]


def rewrite(path, **changes):
    """Write a shard with other arrays, as a program that knows the format would."""
    with safe_open(path, framework="numpy") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()} | changes  # noqa: SIM118
        metadata = file.metadata()
    tensors = {name: array for name, array in tensors.items() if array is not None}
    metadata["crc32"] = str(shards_module._checksum(tensors))
    save_file(tensors, path, metadata=metadata)


def changed(name, index, value):
    def change(arrays):
        array = arrays[name].copy()
        array[index] = value
        return {name: array}

    return change


WRONG = {
    "a negative candidate": changed("candidates", 3, -1),
    "a candidate beyond the columns": changed("candidates", 3, 12),
    "a choice beyond the candidates": changed("chosen", 0, 5),
    "a negative choice": changed("chosen", 0, -1),
    "a negative score": changed("scores", 2, -1.0),
    "a score that is not finite": changed("scores", 2, np.nan),
    "an edge beyond the columns": changed("edge_columns", 0, 12),
    "an instance that is not named": changed("instance", 0, 1),
    "a structure that is not there": changed("structure", 1, 99),
    "another structure's rows": changed("structure_row_ptr", 1, 3),
    "rows that do not ascend": changed("structure_rows", 1, 31),
    "a pointer that does not ascend": changed("candidate_ptr", 1, 11),
    "a pointer beyond the end": changed("edge_ptr", -1, 10**9),
    "a pointer that begins late": changed("column_ptr", 0, 1),
    "scores of another type": lambda arrays: {"scores": arrays["scores"].astype(np.float32)},
    "candidates of another type": lambda arrays: {"candidates": arrays["candidates"].astype(np.uint32)},
    "features too narrow": lambda arrays: {"column_features": arrays["column_features"][:, 1:].copy()},
    "too few depths": lambda arrays: {"depth": arrays["depth"][1:].copy()},
    "no candidates": lambda arrays: {"candidates": None},
    "a number for an array": lambda arrays: {"chosen": np.array(1, np.int32)},
    "no pointer": lambda arrays: {"row_ptr": np.zeros(0, np.int64)},
}


@pytest.mark.parametrize("change", WRONG.values(), ids=WRONG)
def test_arrays_of_a_wrong_type_or_range_are_damage(tmp_path, make_sample, caplog, change):
    write_directory(tmp_path, make_sample)
    path = tmp_path / shard_name(1)
    with safe_open(path, framework="numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    rewrite(path)
    assert SampleSet(tmp_path).damaged == []
    rewrite(path, **change(arrays))
    assert SampleSet(tmp_path).damaged == [shard_name(1)]
    assert "\n" not in caplog.text.strip()


def test_an_index_that_vouches_for_too_much_is_one_line(tmp_path, make_sample):
    write_directory(tmp_path, make_sample)
    SampleSet(tmp_path)
    index = json.loads((tmp_path / INDEX_NAME).read_text())
    index["shards"][shard_name(2)][0] = 5
    (tmp_path / INDEX_NAME).write_text(json.dumps(index))
    with pytest.raises(
        SamplesError, match=r"index.json is wrong about episode-000002.safetensors; delete it"
    ):
        SampleSet(tmp_path).sample(12)


def test_every_damaged_shard_is_found_again_although_there_is_an_index(tmp_path, make_sample):
    write_directory(tmp_path, make_sample)
    flip_a_bit(tmp_path / shard_name(1))
    assert SampleSet(tmp_path).damaged == SampleSet(tmp_path).damaged == [shard_name(1)]


def test_all_shards_damaged(tmp_path, make_sample):
    write_directory(tmp_path, make_sample)
    for episode in range(3):
        truncate(tmp_path / shard_name(episode))
    with pytest.raises(SamplesError, match="damaged"):
        SampleSet(tmp_path)


@pytest.mark.parametrize("name", ["FORMAT", "FEATURE_VERSION"])
def test_foreign_version(tmp_path, make_sample, monkeypatch, name):
    with monkeypatch.context() as patch:
        for module in (samples_module, shards_module):
            patch.setattr(module, name, "other-9")
        write_directory(tmp_path, make_sample)
        SampleSet(tmp_path)  # leaves an index of that version
    with pytest.raises(SamplesError, match="other-9") as error:
        SampleSet(tmp_path)
    assert "\n" not in str(error.value)


def test_other_safetensors(tmp_path):
    save_file({"weight": np.zeros(3)}, tmp_path / "model.safetensors")
    with pytest.raises(SamplesError, match="format None"):
        SampleSet(tmp_path)


def test_missing_and_empty_directory(tmp_path):
    with pytest.raises(SamplesError, match="no sample directory"):
        SampleSet(tmp_path / "nothing")
    with pytest.raises(SamplesError, match="no samples"):
        SampleSet(tmp_path)


def test_index_follows_the_shards(tmp_path, make_sample):
    written = write_directory(tmp_path, make_sample)
    SampleSet(tmp_path)
    index = json.loads((tmp_path / INDEX_NAME).read_text())
    assert {name: entry[0] for name, entry in index["shards"].items()} == {shard_name(e): 4 for e in range(3)}
    write_shard(tmp_path / shard_name(0), written[:1])
    write_shard(tmp_path / shard_name(3), written[:2])
    (tmp_path / shard_name(2)).unlink()
    assert len(SampleSet(tmp_path)) == 1 + 4 + 2


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"shards": 3}', "[" * 10**5, "\x00"])
def test_useless_index_is_rebuilt(tmp_path, make_sample, text):
    write_directory(tmp_path, make_sample)
    (tmp_path / INDEX_NAME).write_text(text)
    assert len(SampleSet(tmp_path)) == 12


def test_left_over_temporary_file_is_no_shard(tmp_path, make_sample):
    write_directory(tmp_path, make_sample)
    (tmp_path / f".{shard_name(9)}.123.tmp").write_bytes(b"half")
    (tmp_path / f".{shard_name(9)}.x.safetensors").write_bytes((tmp_path / shard_name(0)).read_bytes())
    found = SampleSet(tmp_path)
    assert (len(found), found.damaged) == (12, [])


def test_shard_that_cannot_be_written(tmp_path, make_sample):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        write_shard(tmp_path / "file" / shard_name(0), [make_sample(np.random.default_rng(0))])


def a_state(n_columns=4):
    return NodeState(
        column_features=np.ones((n_columns, N_COLUMN_FEATURES)),
        row_features=np.ones((2, N_ROW_FEATURES)),
        row_ptr=np.array([0, 1, 3]),
        edge_columns=np.array([0, 1, 2], dtype=np.int32),
        edge_values=np.ones(3),
        structure=0,
    )


def test_from_state_owns_its_arrays():
    state = a_state()
    candidates, scores = np.array([1, 3]), np.array([0.0, 2.0])
    sample = BranchingSample.from_state(
        state, candidates, scores, 1, instance="i", seed=1, episode=2, node=3, depth=4
    )
    for array in (
        state.column_features,
        state.row_features,
        state.row_ptr,
        state.edge_columns,
        candidates,
        scores,
    ):
        array[...] = 77
    assert sample.column_features.max() == sample.row_features.max() == 1
    assert (sample.row_ptr.tolist(), sample.edge_columns.tolist()) == ([0, 1, 3], [0, 1, 2])
    assert (sample.candidates.tolist(), sample.scores.tolist(), sample.chosen) == ([1, 3], [0.0, 2.0], 1)
    assert (sample.instance, sample.seed, sample.episode, sample.node, sample.depth) == ("i", 1, 2, 3, 4)


@pytest.mark.parametrize(
    ("candidates", "scores", "chosen"),
    [
        ([], [], 0),
        ([1], [1.0, 2.0], 0),
        ([1, 2], [1.0, 2.0], 2),
        ([1, 2], [1.0, 2.0], -1),
        ([1, 4], [1.0, 2.0], 0),
        ([-1, 2], [1.0, 2.0], 0),
        ([1, 2], [-1.0, 2.0], 1),
        ([1, 2], [np.nan, 2.0], 1),
        ([1, 2], [np.inf, 2.0], 0),
    ],
)
def test_answer_that_cannot_be_learned_from(candidates, scores, chosen):
    with pytest.raises(SamplesError):
        BranchingSample.from_state(a_state(), np.array(candidates, dtype=int), np.array(scores), chosen)


@settings(max_examples=40, deadline=None)
@given(st.lists(sizes, min_size=1, max_size=5), st.integers(0, 2**32))
def test_collate_against_a_loop(make_sample, shapes, seed):
    rng = np.random.default_rng(seed)
    samples = [make_sample(rng, **shape) for shape in shapes]
    batch = check(collate(samples))
    edges, candidates, chosen, ptr = [], [], [], [0]
    first_row = first_column = 0
    for s in samples:
        for row in range(len(s.row_features)):
            part = slice(s.row_ptr[row], s.row_ptr[row + 1])
            ends = first_column + s.edge_columns[part]
            edges += [(first_row + row, *edge) for edge in zip(ends, s.edge_values[part], strict=True)]
        chosen.append(s.chosen)
        candidates += [first_column + c for c in s.candidates]
        ptr.append(len(candidates))
        first_row += len(s.row_features)
        first_column += len(s.column_features)
    coefficients, branchable = batch.edges["coefficient"], batch.references["candidates"].positions
    assert list(zip(*coefficients.index, coefficients.features, strict=True)) == edges
    assert (branchable.values.tolist(), branchable.ptr.tolist(), len(batch)) == (
        candidates,
        ptr,
        len(samples),
    )
    assert batch.extras["chosen"].values.tolist() == chosen
    assert batch.extras["scores"].ptr.tolist() == ptr
    for name, ragged in (
        ("scores", batch.extras["scores"]),
        ("column_features", batch.nodes["column"]),
        ("row_features", batch.nodes["row"]),
    ):
        np.testing.assert_array_equal(ragged.values, np.concatenate([getattr(s, name) for s in samples]))


def test_storage_needs_no_torch():
    code = (
        "import sys, coplug.training.samples, coplug.training.recipe_files; sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
