"""The journal of a collection: a line an episode that is finished."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from coplug.documents import Natural, parsed
from coplug.errors import OutputError
from coplug.files import write_atomically
from coplug.training.samples import scan
from coplug.training.shards import shard_name

logger = logging.getLogger(__name__)

JOURNAL_NAME = "episodes.jsonl"


@dataclass(frozen=True)
class Episode:
    """One finished episode.

    Attributes
    ----------
    episode : int
        Its number, from 0.
    instance : str
        Name of the file.
    samples : int
        In its shard; none if 0.
    dropped : int
        Nodes at which the expert was asked in vain.
    nodes : int
        Of the tree.
    time_s : float
        SCIP's solving time.
    """

    episode: Natural
    instance: str
    samples: Natural
    dropped: int
    nodes: int
    time_s: float


def read_journal(path: Path) -> list[Episode]:
    """Return the finished episodes whose shards are whole, and forget the others.

    A line that a kill cut short, or whose shard is gone or damaged, counts as not run: the episode is run again, and
    gives the same samples.

    Raises
    ------
    SamplesError
        If a shard has another format or feature version.
    OutputError
        If the journal cannot be written.
    """
    if not path.exists():
        return []
    shards = scan(path.parent)
    episodes = [
        episode
        for episode in noted_episodes(path)
        if episode.samples == shards.counts.get(shard_name(episode.episode), 0)
    ]
    for name, reason in shards.damaged.items():
        logger.warning("shard %s is damaged (%s): its episode is run again", path.parent / name, reason)
    write_journal(path, episodes)
    return episodes


def noted_episodes(path: Path) -> list[Episode]:
    """Return the episodes of a journal's whole lines, without looking at shards.

    Raises
    ------
    OutputError
        If the journal cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise OutputError(
            f"{path} cannot be read: {error.strerror or error}; choose another --out"
        ) from error
    episodes = []
    for line in lines:
        with contextlib.suppress(ValueError):
            episodes.append(parsed(line, Episode))
    return episodes


def write_journal(path: Path, episodes: Iterable[Episode]) -> None:
    """Write a journal of these episodes, whole or not at all.

    Raises
    ------
    OutputError
        If it cannot be written.
    """
    write_atomically(path, b"".join(line_of(episode) for episode in episodes))


def line_of(episode: Episode) -> bytes:
    """Return an episode's line."""
    return msgspec.json.encode(episode) + b"\n"
