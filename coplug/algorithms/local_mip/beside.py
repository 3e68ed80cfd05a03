"""Local-MIP beside the process that asks it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from coplug.algorithms.local_mip.program import Float, RangedProgram
from coplug.errors import UsageError
from coplug.extras import install_command

PACKAGE = "localmip_py"


def check_installed() -> None:
    """See that Local-MIP is there.

    Raises
    ------
    UsageError
        If it is not; the message says how to install it.
    """
    if find_spec(PACKAGE) is None:
        raise UsageError(f"--local-mip needs the package localmip: {install_command('localmip')}")


class SearchBeside:
    """A search in a process of its own.

    Parameters
    ----------
    program : RangedProgram
    seed : int
        At least 0.
    seconds : float
        Wall-clock, after which it ends by itself.
    """

    def __init__(self, program: RangedProgram, seed: int, seconds: float) -> None:
        self._size = 8 * len(program.objective)
        self._rest = b""
        self._folder = tempfile.TemporaryDirectory(prefix="coplug-")
        path = Path(self._folder.name) / "program.npz"
        program.write(path)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "coplug.algorithms.local_mip.worker", str(path), str(seed), str(seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # a terminal sends Ctrl-C to the whole group
        )
        assert self._process.stdout is not None
        self._answers = self._process.stdout.fileno()
        os.set_blocking(self._answers, False)

    def best(self) -> Float | None:
        """Return the best solution since the last time, float64, shape (variables,); None where there is none new."""
        try:
            while part := os.read(self._answers, 1 << 20):
                self._rest += part
        except BlockingIOError:
            pass
        whole = len(self._rest) // self._size
        if not whole:
            return None
        last = self._rest[(whole - 1) * self._size : whole * self._size]
        self._rest = self._rest[whole * self._size :]
        return np.frombuffer(last, np.float64)

    @property
    def has_ended(self) -> bool:
        """Whether it searches no more; what it found may still be taken."""
        return self._process.poll() is not None

    def end(self) -> None:
        """End the process, and remove its file."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            assert stream is not None
            stream.close()
        self._folder.cleanup()
