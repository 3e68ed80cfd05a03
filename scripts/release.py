"""Build what is published, a source distribution and a wheel, and see that they hold what they should.

The source distribution is made of the files that git has at HEAD, and the wheel of the source distribution. Needs the
extra ``release``. Nothing is uploaded: the last line says how.

    python scripts/release.py [--out dist]
"""

from __future__ import annotations

import argparse
import configparser
import re
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGED = {"coplug/": "coplug/", "envs/": "coplug/envs/", "models/": "coplug/models/"}
"""Where folders of the checkout are in the wheel."""

DATA = (".py", ".toml", ".safetensors", ".json", "py.typed", "README.md")


def tracked() -> list[str]:
    """Return the files that git has at HEAD."""
    listed = subprocess.run(
        ["git", "ls-tree", "-r", "--name-only", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return listed.stdout.splitlines()


def build(out: Path) -> tuple[Path, Path]:
    """Build from what git has at HEAD; return the source distribution and the wheel."""
    with tempfile.TemporaryDirectory() as folder:
        archive, source = Path(folder) / "head.tar", Path(folder) / "source"
        subprocess.run(["git", "archive", "--output", str(archive), "HEAD"], cwd=ROOT, check=True)
        with tarfile.open(archive) as files:
            files.extractall(source, filter="tar")  # links between folders of the checkout are wanted
        words = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(out), str(source)]
        subprocess.run(words, check=True, stdout=subprocess.DEVNULL)
    version = _version(ROOT / "coplug" / "version.py")
    return out / f"coplug-{version}.tar.gz", out / f"coplug-{version}-py3-none-any.whl"


def _version(version_file: Path) -> str:
    found = re.search(r'"([^"]+)"$', version_file.read_text(), flags=re.MULTILINE)
    assert found is not None
    return found[1]


def faults(wheel: Path) -> Iterator[str]:
    """Yield what is wrong with a wheel."""
    with zipfile.ZipFile(wheel) as files:
        names = set(files.namelist())
        info = next(name for name in names if name.endswith(".dist-info/METADATA")).rpartition("/")[0]
        metadata = message_from_bytes(files.read(f"{info}/METADATA"))
        points = configparser.ConfigParser(delimiters=("=",))
        points.optionxform = str  # type: ignore[assignment,method-assign] # names keep their case
        points.read_string(files.read(f"{info}/entry_points.txt").decode())
    for path in tracked():
        home = next((home for home in PACKAGED if path.startswith(home)), None)
        if home and path.endswith(DATA) and PACKAGED[home] + path.removeprefix(home) not in names:
            yield f"{path} is missing"
    yield from (
        f"{name} does not belong there" for name in sorted(names) if name.startswith(("tests/", "scripts/"))
    )
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for group, named in wanted["entry-points"].items():
        if not points.has_section(group) or dict(points[group]) != named:
            yield f"the entry points of {group} differ"
    if metadata["Version"] not in wheel.name or not str(metadata.get_payload()).startswith("# coplug"):
        yield "version or README are not in the metadata"
    changes = (ROOT / "CHANGELOG.md").read_text()
    if not re.search(
        rf"^## {re.escape(str(metadata['Version']))} - \d{{4}}-\d\d-\d\d$", changes, flags=re.MULTILINE
    ):
        yield f"CHANGELOG.md has no date for {metadata['Version']}"


def main() -> None:
    """Build, check and say what is left to do."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("dist"))
    out = parser.parse_args().out
    if find_spec("build") is None:
        sys.exit("building needs the package build: install the extra release")
    source, wheel = build(out.absolute())
    wrong = list(faults(wheel))
    for line in wrong:
        print(line)
    if find_spec("twine") is None:
        print("twine is not installed: how the README looks on the index was not checked")
    else:
        subprocess.run(
            [sys.executable, "-m", "twine", "check", "--strict", str(source), str(wheel)], check=True
        )
    print(f"{source}\n{wheel}")
    print("not to be published yet" if wrong else f"publish with: twine upload {source} {wheel}")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
