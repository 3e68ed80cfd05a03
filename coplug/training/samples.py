"""Branching samples: what the expert saw and chose at a node, in memory and on disk.

On disk a directory holds safetensors shards, one an episode, of ragged arrays: all values end to end, with a
``ptr`` array of where each sample starts. The nodes of one episode mostly share their LP rows, so equal
structures (``row_ptr``, ``edge_columns``, ``edge_values``) are stored once a shard. ``index.json`` remembers
which shards were verified; deleting it costs one scan and nothing else.
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from coplug.contracts.node import FEATURE_VERSION, N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.errors import OutputError, SamplesError
from coplug.files import visible, write_atomically
from coplug.graphs import pointer

logger = logging.getLogger(__name__)

FORMAT = "coplug-branching-samples-1"
"""Changes whenever the layout of a shard changes."""

INDEX_NAME = "index.json"
_META = ("seed", "episode", "node", "depth")
_VALUES: dict[str, NDArray[Any]] = {
    "column_features": np.empty((0, N_COLUMN_FEATURES), np.float32),
    "row_features": np.empty((0, N_ROW_FEATURES), np.float32),
    "candidates": np.empty(0, np.int32),
    "scores": np.empty(0, np.float64),
    "structure_rows": np.empty(0, np.int32),
    "edge_columns": np.empty(0, np.int32),  # uint16 on disk if that is enough
    "edge_values": np.empty(0, np.float32),
}
"""The ragged arrays of a shard, each with no element."""
_UINT16_COLUMNS = 1 << 16


@dataclass(slots=True, eq=False)
class BranchingSample:
    """One node at which the expert branched.

    Attributes
    ----------
    column_features : float32, shape (n_columns, 19)
        See :class:`coplug.contracts.node.NodeState`; NaN where there is no incumbent.
    row_features : float32, shape (n_rows, 5)
        Features of the one-sided rows.
    row_ptr : int32, shape (n_rows + 1,)
        The edges of row ``i`` are ``row_ptr[i]:row_ptr[i + 1]``.
    edge_columns : int32, shape (n_edges,)
        The column of each edge.
    edge_values : float32, shape (n_edges,)
        The coefficient of each edge divided by its row's norm.
    candidates : int32, shape (n_candidates,)
        LP columns that could be branched on.
    scores : float64, shape (n_candidates,)
        Strong-branching scores, finite and at least 0; float64, to tie only where the expert's tied.
    chosen : int
        The expert's choice, a position in ``candidates``.
    instance : str
        Name of the instance.
    seed : int
        SCIP's seed.
    episode : int
        Number of the episode.
    node : int
        SCIP's number of the node.
    depth : int
        Of the node, 0 at the root.
    """

    column_features: NDArray[np.float32]
    row_features: NDArray[np.float32]
    row_ptr: NDArray[np.int32]
    edge_columns: NDArray[np.int32]
    edge_values: NDArray[np.float32]
    candidates: NDArray[np.int32]
    scores: NDArray[np.float64]
    chosen: int
    instance: str = ""
    seed: int = 0
    episode: int = 0
    node: int = 0
    depth: int = 0

    @classmethod
    def from_state(
        cls,
        state: NodeState,
        candidates: NDArray[np.integer[Any]],
        scores: NDArray[np.floating[Any]],
        chosen: int,
        *,
        instance: str = "",
        seed: int = 0,
        episode: int = 0,
        node: int = 0,
        depth: int = 0,
    ) -> BranchingSample:
        """Copy a node's state, whose buffers the next callback overwrites, and the expert's answer.

        Raises
        ------
        SamplesError
            If the answer cannot be learned from: no candidate, a negative or non-finite score, ``chosen`` or
            a candidate out of range.
        """
        n_candidates = len(candidates)
        if n_candidates == 0 or len(scores) != n_candidates or not 0 <= chosen < n_candidates:
            raise SamplesError(
                f"{n_candidates} candidates, {len(scores)} scores, choice {chosen}: drop this node"
            )
        if candidates.min() < 0 or candidates.max() >= state.n_columns:
            raise SamplesError(f"a candidate is not one of the {state.n_columns} LP columns: drop this node")
        if not (np.isfinite(scores).all() and scores.min() >= 0.0):
            raise SamplesError("a strong-branching score is negative or not finite: drop this node")
        return cls(
            column_features=state.column_features.astype(np.float32),
            row_features=state.row_features.astype(np.float32),
            row_ptr=state.row_ptr.astype(np.int32),
            edge_columns=state.edge_columns.astype(np.int32),
            edge_values=state.edge_values.astype(np.float32),
            candidates=candidates.astype(np.int32),
            scores=scores.astype(np.float64),
            chosen=int(chosen),
            instance=instance,
            seed=seed,
            episode=episode,
            node=node,
            depth=depth,
        )


def shard_name(episode: int) -> str:
    """Return the file name of an episode's shard."""
    return f"episode-{episode:06d}.safetensors"


def write_shard(path: Path, samples: Sequence[BranchingSample]) -> None:
    """Write samples, usually all of one episode and possibly none, as one shard; whole or not at all.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    tensors = _pack(samples)
    names = sorted({s.instance for s in samples})
    tensors["instance"] = np.array([names.index(s.instance) for s in samples], dtype=np.int32)
    metadata = {
        "format": FORMAT,
        "feature_version": FEATURE_VERSION,
        "instances": json.dumps(names),
        "crc32": str(_checksum(tensors)),
    }
    write_atomically(Path(path), save(tensors, metadata=metadata))


def _pack(samples: Sequence[BranchingSample]) -> dict[str, NDArray[Any]]:
    structures: dict[tuple[bytes, bytes, bytes], tuple[int, BranchingSample]] = {}
    structure_of = []
    for s in samples:
        key = (s.row_ptr.tobytes(), s.edge_columns.tobytes(), s.edge_values.tobytes())
        structure_of.append(structures.setdefault(key, (len(structures), s))[0])
    unique = [s for _, s in structures.values()]
    tensors: dict[str, NDArray[Any]] = {
        "column_features": _joined("column_features", samples),
        "column_ptr": pointer([len(s.column_features) for s in samples]),
        "row_features": _joined("row_features", samples),
        "row_ptr": pointer([len(s.row_features) for s in samples]),
        "candidates": _joined("candidates", samples),
        "scores": _joined("scores", samples),
        "candidate_ptr": pointer([len(s.candidates) for s in samples]),
        "chosen": np.array([s.chosen for s in samples], dtype=np.int32),
        "structure": np.array(structure_of, dtype=np.int32),
        "structure_rows": np.concatenate([_VALUES["structure_rows"], *(s.row_ptr for s in unique)]),
        "structure_row_ptr": pointer([len(s.row_ptr) for s in unique]),
        "edge_columns": _joined("edge_columns", unique),
        "edge_values": _joined("edge_values", unique),
        "edge_ptr": pointer([len(s.edge_columns) for s in unique]),
    }
    if max((len(s.column_features) for s in samples), default=0) <= _UINT16_COLUMNS:
        tensors["edge_columns"] = tensors["edge_columns"].astype(np.uint16)
    return tensors | {name: np.array([getattr(s, name) for s in samples], dtype=np.int64) for name in _META}


def _joined(name: str, samples: Sequence[BranchingSample]) -> NDArray[Any]:
    return np.concatenate([_VALUES[name], *(getattr(s, name) for s in samples)], dtype=_VALUES[name].dtype)


def _checksum(tensors: dict[str, NDArray[Any]]) -> int:
    crc = 0
    for name in sorted(tensors):
        crc = zlib.crc32(np.ascontiguousarray(tensors[name]).data, crc)
    return crc


class SampleSet:
    """The samples of a directory of shards, read from disk one at a time.

    Parameters
    ----------
    directory : Path
        Holds ``*.safetensors`` shards; hidden files are none. Shards that ``index.json`` does not vouch for (same
        size and time of change) are verified against their checksum; a damaged one is named in a warning, skipped and
        counted.

    Attributes
    ----------
    damaged : list of str
        Names of the skipped shards.

    Raises
    ------
    SamplesError
        If the directory is missing, holds no sample, or a shard of another format or feature version.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = Path(directory)
        self.damaged: list[str] = []
        if not self.directory.is_dir():
            raise SamplesError(f"no sample directory {directory}; make one with `coplug collect branching`")
        self._shards: dict[str, _Shard] = {}
        counts = self._scan(_read_index(self.directory))
        self._names = list(counts)
        self._first = pointer(counts.values())
        if len(self) == 0:
            problem = (
                f"all of its samples are damaged ({len(self.damaged)} shards)"
                if self.damaged
                else "no samples"
            )
            raise SamplesError(f"{directory} holds {problem}; collect with `coplug collect branching`")

    def __len__(self) -> int:
        return int(self._first[-1])

    def sample(self, index: int) -> BranchingSample:
        """Read sample ``index``, counted over the shards in the order of their names."""
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        shard = int(np.searchsorted(self._first, index, side="right")) - 1
        name = self._names[shard]
        if name not in self._shards:
            self._shards[name] = _Shard(self.directory / name)
        return self._shards[name].sample(index - int(self._first[shard]))

    def _scan(self, index: dict[str, list[int]]) -> dict[str, int]:
        """Return how many samples each usable shard holds, and bring the index up to date."""
        counts: dict[str, int] = {}
        entries: dict[str, list[int]] = {}
        for path in visible(self.directory.glob("*.safetensors")):
            status = path.stat()
            known = index.get(path.name)
            if known is None or known[1:] != [status.st_size, status.st_mtime_ns]:
                count = self._verified(path)
                if count is None:
                    continue
                known = [count, status.st_size, status.st_mtime_ns]
            entries[path.name] = known
            counts[path.name] = known[0]
        if entries != index:
            _write_index(self.directory, entries)
        return counts

    def _verified(self, path: Path) -> int | None:
        try:
            with safe_open(path, framework="numpy") as file:
                metadata = file.metadata() or {}
                found = (metadata.get("format"), metadata.get("feature_version"))
                if found != (FORMAT, FEATURE_VERSION):
                    raise SamplesError(
                        f"{path} has format {found[0]} and features {found[1]}, this coplug reads {FORMAT} "
                        f"and {FEATURE_VERSION}; collect the samples again"
                    )
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            if str(_checksum(tensors)) == metadata["crc32"]:
                return len(tensors["chosen"])
            reason = "its checksum does not match"
        except (SafetensorError, OSError, KeyError) as error:
            reason = str(error)
        logger.warning("skipping damaged shard %s: %s", path, reason)
        self.damaged.append(path.name)
        return None


class SampleUnion:
    """Several sample directories one after the other.

    Parameters
    ----------
    directories : sequence of Path
        At least one.

    Raises
    ------
    SamplesError
        As :class:`SampleSet`.
    """

    def __init__(self, directories: Sequence[Path]) -> None:
        self._sets = [SampleSet(directory) for directory in directories]
        self._first = pointer([len(samples) for samples in self._sets])

    def __len__(self) -> int:
        return int(self._first[-1])

    def sample(self, index: int) -> BranchingSample:
        """Read sample ``index``."""
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        part = int(np.searchsorted(self._first, index, side="right")) - 1
        return self._sets[part].sample(index - int(self._first[part]))


class _Shard:
    """An open shard: small arrays in memory, values read through the file's memory map."""

    def __init__(self, path: Path) -> None:
        file: Any = safe_open(path, framework="numpy")
        self._values = {name: file.get_slice(name) for name in _VALUES}
        small = set(file.keys()) - set(_VALUES)
        self._small: dict[str, NDArray[Any]] = {name: file.get_tensor(name) for name in small}
        self._instances: list[str] = json.loads(file.metadata()["instances"])

    def sample(self, k: int) -> BranchingSample:
        structure = int(self._small["structure"][k])
        return BranchingSample(
            column_features=self._part("column_features", "column_ptr", k),
            row_features=self._part("row_features", "row_ptr", k),
            row_ptr=self._part("structure_rows", "structure_row_ptr", structure),
            edge_columns=self._part("edge_columns", "edge_ptr", structure).astype(np.int32),
            edge_values=self._part("edge_values", "edge_ptr", structure),
            candidates=self._part("candidates", "candidate_ptr", k),
            scores=self._part("scores", "candidate_ptr", k),
            chosen=int(self._small["chosen"][k]),
            instance=self._instances[self._small["instance"][k]],
            **{name: int(self._small[name][k]) for name in _META},
        )

    def _part(self, values: str, pointer: str, k: int) -> NDArray[Any]:
        start, stop = (int(position) for position in self._small[pointer][k : k + 2])
        if start == stop:  # safetensors refuses to slice nothing
            return _VALUES[values].copy()
        return self._values[values][start:stop]  # type: ignore[no-any-return]


def _read_index(directory: Path) -> dict[str, list[int]]:
    """Return ``{shard: [samples, bytes, mtime_ns]}``, empty when there is no index that can be used."""
    try:
        index = json.loads((directory / INDEX_NAME).read_text(encoding="utf-8"))
        if (index["format"], index["feature_version"]) != (FORMAT, FEATURE_VERSION):
            return {}
        return {str(name): [int(n) for n in entry] for name, entry in index["shards"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _write_index(directory: Path, entries: dict[str, list[int]]) -> None:
    index = {"format": FORMAT, "feature_version": FEATURE_VERSION, "shards": entries}
    try:
        write_atomically(directory / INDEX_NAME, json.dumps(index, indent=1).encode())
    except OutputError as error:
        logger.debug("samples stay unindexed: %s", error)
