"""Ecole's own Python tests with ``coplug.ecole`` in place of ``ecole``.

The tests are in Ecole's source distribution, which this repository does not contain: ``ecole-0.8.1.tar.gz`` from
PyPI. Ecole 0.8.1 itself passes 284 of them and skips 4.

    pip install pytest-helpers-namespace
    python scripts/run_ecole_suite.py ecole-0.8.1.tar.gz   # or the folder it unpacks to
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

TESTS = Path("python", "ecole", "tests")


def main() -> None:
    """Run the tests and exit with pytest's status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("source", type=Path, help="the archive or its unpacked folder")
    arguments, pytest_arguments = parser.parse_known_args()
    with tempfile.TemporaryDirectory() as folder:
        source = arguments.source if arguments.source.is_dir() else _unpack(arguments.source, Path(folder))
        if not (source / TESTS).is_dir():
            sys.exit(f"{arguments.source} holds no folder {TESTS}; give Ecole 0.8.1's source distribution")
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "coplug.ecole.as_ecole",
            "-p",
            "no:cacheprovider",
        ]
        sys.exit(
            subprocess.run([*command, *pytest_arguments, "."], cwd=source / TESTS, check=False).returncode
        )


def _unpack(archive: Path, folder: Path) -> Path:
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(folder, filter="data")
    except (OSError, tarfile.TarError) as error:
        sys.exit(f"{archive} cannot be unpacked: {error}")
    return next(folder.iterdir(), folder)


if __name__ == "__main__":
    main()
