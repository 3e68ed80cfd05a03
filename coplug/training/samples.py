"""Directories of branching samples.

A directory holds a shard an episode (:mod:`coplug.training.shards`). ``index.json`` remembers which of them were
verified; deleting it costs one scan and nothing else.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from coplug.contracts.node import FEATURE_VERSION
from coplug.documents import Natural, parsed
from coplug.errors import OutputError, SamplesError
from coplug.files import visible, write_atomically
from coplug.graphs import pointer
from coplug.training.sample import BranchingSample
from coplug.training.shards import FORMAT, Shard, verify_shard

logger = logging.getLogger(__name__)

INDEX_NAME = "index.json"
_CHECKS = 2
"""Changes whenever shards are looked at more closely, so that all are verified anew."""

Entry = tuple[Natural, Natural, Natural]
"""Samples, bytes and time of change (ns) of a verified shard."""


@dataclass(frozen=True)
class _Index:
    format: str
    feature_version: str
    checks: int
    shards: dict[str, Entry]


@dataclass(frozen=True)
class Contents:
    """What a directory holds.

    Attributes
    ----------
    counts : dict of str to int
        Samples of each sound shard, by its file name, in the order of names.
    damaged : dict of str to str
        The other shards, each with what is wrong with it.
    """

    counts: dict[str, int]
    damaged: dict[str, str]


def scan(directory: Path) -> Contents:
    """Look at the shards of a directory, and bring its index up to date.

    Shards that ``index.json`` does not vouch for (same size and time of change) are verified.

    Raises
    ------
    SamplesError
        If a shard has another format or feature version.
    """
    index = _read_index(directory)
    entries: dict[str, Entry] = {}
    damaged: dict[str, str] = {}
    for path in visible(directory.glob("*.safetensors")):
        status = path.stat()
        known = index.get(path.name)
        if known is None or known[1:] != (status.st_size, status.st_mtime_ns):
            try:
                known = (verify_shard(path), status.st_size, status.st_mtime_ns)
            except ValueError as error:
                damaged[path.name] = str(error)
                continue
        entries[path.name] = known
    if entries != index:
        _write_index(directory, entries)
    return Contents({name: entry[0] for name, entry in entries.items()}, damaged)


class SampleSet:
    """The samples of a directory of shards, read from disk one at a time.

    Parameters
    ----------
    directory : Path
        Holds ``*.safetensors`` shards; hidden files are none. A damaged shard is named in a warning, skipped and
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
        if not self.directory.is_dir():
            raise SamplesError(f"no sample directory {directory}; make one with `coplug collect branching`")
        found = scan(self.directory)
        for name, reason in found.damaged.items():
            logger.warning("skipping damaged shard %s: %s", self.directory / name, reason)
        self.damaged = list(found.damaged)
        self._counts = found.counts
        self._names = list(found.counts)
        self._first = pointer(found.counts.values())
        self._shards: dict[str, Shard] = {}
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
        """Read sample ``index``, counted over the shards in the order of their names.

        Raises
        ------
        SamplesError
            If the index file was wrong about its shard.
        """
        if not 0 <= index < len(self):
            raise IndexError(f"sample {index} of {len(self)}")
        number = int(np.searchsorted(self._first, index, side="right")) - 1
        return self._shard(self._names[number]).sample(index - int(self._first[number]))

    def _shard(self, name: str) -> Shard:
        if name not in self._shards:
            shard = Shard(self.directory / name)
            if len(shard) != self._counts[name]:
                raise SamplesError(
                    f"{self.directory / INDEX_NAME} is wrong about {name}; delete it and train again"
                )
            self._shards[name] = shard
        return self._shards[name]


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


def _read_index(directory: Path) -> dict[str, Entry]:
    """Return the verified shards, none when there is no index that can be used."""
    try:
        index = parsed((directory / INDEX_NAME).read_bytes(), _Index)
    except (OSError, ValueError):
        return {}
    current = (FORMAT, FEATURE_VERSION, _CHECKS)
    return index.shards if (index.format, index.feature_version, index.checks) == current else {}


def _write_index(directory: Path, entries: dict[str, Entry]) -> None:
    index = _Index(FORMAT, FEATURE_VERSION, _CHECKS, entries)
    try:
        write_atomically(directory / INDEX_NAME, msgspec.json.format(msgspec.json.encode(index), indent=1))
    except OutputError as error:
        logger.debug("samples stay unindexed: %s", error)
