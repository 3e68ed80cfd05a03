"""Shards of branching samples: safetensors files of ragged arrays, one an episode.

All values lie end to end, with a ``ptr`` array of where each sample starts. The nodes of one episode mostly share their
LP rows, so equal structures (``row_ptr``, ``edge_columns``, ``edge_values``) are stored once a shard.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from coplug.contracts.node import FEATURE_VERSION, N_COLUMN_FEATURES, N_ROW_FEATURES
from coplug.documents import parsed
from coplug.errors import SamplesError
from coplug.files import write_atomically
from coplug.graphs import pointer
from coplug.training.sample import BranchingSample
from coplug.training.shard_check import check_tensors

FORMAT = "coplug-branching-samples-1"
"""Changes whenever the layout of a shard changes."""

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


def verify_shard(path: Path) -> int:
    """Return how many samples a shard holds, after looking at all that it holds.

    Raises
    ------
    SamplesError
        If it has another format or feature version.
    ValueError
        If it is damaged; the text says how.
    """
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
        names = parsed(metadata.get("instances", ""), list[str])
    except (SafetensorError, OSError) as error:
        raise ValueError(str(error)) from error
    if str(_checksum(tensors)) != metadata.get("crc32"):
        raise ValueError("its checksum does not match")
    check_tensors(tensors, len(names))
    return len(tensors["chosen"])


class Shard:
    """An open shard that was verified: small arrays in memory, values read through the file's memory map.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        file: Any = safe_open(path, framework="numpy")
        self._values = {name: file.get_slice(name) for name in _VALUES}
        small = set(file.keys()) - set(_VALUES)
        self._small: dict[str, NDArray[Any]] = {name: file.get_tensor(name) for name in small}
        self._instances: list[str] = json.loads(file.metadata()["instances"])

    def __len__(self) -> int:
        return len(self._small["chosen"])

    def sample(self, k: int) -> BranchingSample:
        """Read sample ``k``."""
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
