"""The generator that reads instance files in random order."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from coplug.ecole.errors import IteratorExhausted
from coplug.ecole.instance.generator import Choice, Generator
from coplug.ecole.rng import RandomGenerator
from coplug.ecole.scip import Model
from coplug.errors import InstanceError
from coplug.files import visible


class FileGenerator(Generator):
    """An iterator over the models in a directory's files, in random order.

    Every file counts that is not hidden; one that SCIP cannot read raises an error when its turn comes, and
    the iteration can go on after it. The files are listed once, by the constructor; a link counts as what it
    leads to, and a directory that links lead to twice is listed once.

    Parameters
    ----------
    directory : path
    recursive : bool
        Whether files in the directories below count too.
    sampling_mode : SamplingMode or str
        What becomes of a file that was drawn; may be given by its name.
    rng : RandomGenerator or None
        Copied; None stands for the next of :func:`~coplug.ecole.rng.spawn_random_generator`.

    Raises
    ------
    InstanceError
        If the directory is missing or cannot be listed.
    UsageError
        If the sampling mode is unknown.
    """

    class SamplingMode(Choice):
        """What becomes of a file that was drawn.

        - ``replace``: it may be drawn again at once.
        - ``remove``: it is not drawn again, and the iteration ends after the last one.
        - ``remove_and_repeat``: it is drawn again when all have been, in a new order.
        """

        replace = 0
        remove = 1
        remove_and_repeat = 2

    def __init__(
        self,
        directory: str | os.PathLike[str] = "instances",
        recursive: bool = True,
        sampling_mode: SamplingMode | str = SamplingMode.remove_and_repeat,
        rng: RandomGenerator | None = None,
    ) -> None:
        super().__init__(rng)
        self._directory = os.fspath(directory)
        self._recursive = recursive
        self._sampling_mode = self.SamplingMode(sampling_mode)
        self._files = sorted(_list_files(self._directory, recursive))
        self._left = list(self._files)

    @property
    def directory(self) -> str:
        """Where the files are."""
        return self._directory

    @property
    def recursive(self) -> bool:
        """Whether files in the directories below count too."""
        return self._recursive

    @property
    def sampling_mode(self) -> SamplingMode:
        """What becomes of a file that was drawn."""
        return self._sampling_mode

    def seed(self, seed: int) -> None:
        """Start the order that belongs to a seed, 0..2**32-1, with no file drawn yet.

        Raises
        ------
        ValueError
            If the seed is out of range.
        """
        super().seed(seed)
        self._left = list(self._files)

    def __next__(self) -> Model:
        """Return the model of the next file.

        Raises
        ------
        IteratorExhausted
            If there are no files, or all have been drawn and the mode is ``remove``.
        ScipError
            If SCIP cannot read the file.
        """
        if not self._left and self._sampling_mode is not self.SamplingMode.remove:
            self._left = list(self._files)
        if not self._left:
            raise IteratorExhausted(f"{self._directory} has no more instance files; seed() starts over")
        index = self._rng.integer(0, len(self._left) - 1)
        replace = self._sampling_mode is self.SamplingMode.replace
        return Model.from_file(self._left[index] if replace else self._left.pop(index))


def _list_files(directory: str, recursive: bool) -> Iterator[Path]:
    """Yield the files of a directory; links are followed, but to no directory a second time."""
    listed = set()
    for folder, below, names in os.walk(directory, followlinks=True, onerror=_refuse):
        place = os.path.realpath(folder)
        new = place not in listed
        listed.add(place)
        # os.walk goes on to what is left in "below".
        below[:] = sorted(below) if recursive and new else []
        if new:
            yield from (path for path in visible(Path(folder, name) for name in names) if path.is_file())


def _refuse(error: OSError) -> None:
    raise InstanceError(
        f"cannot list {error.filename}: {error.strerror}; give a directory of instance files"
    ) from error
