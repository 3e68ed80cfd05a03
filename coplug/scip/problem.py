"""Reading an instance file into a SCIP model, with one clear line when it cannot be read, or only in part.

SCIP's readers skip what they do not know, and the optimum of what is left is reported as that of the file. So LP, MPS,
CIP and OPB files are read strictly first (:mod:`coplug.scip.model_files`), what SCIP made of them is compared,
and its warnings are shown.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path

import pyscipopt

from coplug.errors import InstanceError
from coplug.files import visible
from coplug.scip.messages import captured_errors, captured_warnings, free
from coplug.scip.model_files.aftercare import compare, enforce_rows, mend_binaries
from coplug.scip.model_files.lp import read_outline
from coplug.scip.model_files.text import clean_text, readable_path
from coplug.scip.paths import scip_path
from coplug.scip.suffixes import MODEL_SUFFIXES
from coplug.unpacking import file_bytes

logger = logging.getLogger(__name__)

_NO_TEXT = (".nl", ".osil")  # the first may be binary, the second says its encoding itself
_WITH_SECTIONS = (".lp", ".pip")
_CHECKS = {
    ".mps": "mps.check_mps",
    ".cip": "cip.check_cip",
    ".opb": "pseudo_boolean.check_pseudo_boolean",
    ".wbo": "pseudo_boolean.check_pseudo_boolean",
    ".fzn": "flatzinc.check_flatzinc",
}
"""Modules of :mod:`coplug.scip.model_files`, imported when they are needed, and their functions."""

_CHECKED = re.compile(r"Warning line \d+: (row|Column|RHS|Range) ")
"""What SCIP's MPS reader says of further objectives, which it leaves out; other unknown rows are refused before."""

_shown: set[str] = set()


def model_suffix(path: Path) -> str:
    """Return the format's suffix in lower case, without ``.gz``."""
    name = path.name.lower().removesuffix(".gz")
    return Path(name).suffix


def read_model(path: Path) -> pyscipopt.Model:
    """Read an instance into a quiet SCIP model; the caller frees it.

    What SCIP's reader warns of is logged, once for each file.

    Raises
    ------
    InstanceError
        If the file is missing, empty, truncated, of an unknown format, cannot be parsed, or would be read in part.
    """
    content = _content(path)
    suffix = model_suffix(path)
    text = content if suffix in _NO_TEXT else clean_text(content, path)
    outline = read_outline(text, path, suffix) if suffix in _WITH_SECTIONS else None
    if suffix in _CHECKS:
        module, check = _CHECKS[suffix].split(".")
        getattr(import_module(f"coplug.scip.model_files.{module}"), check)(text, path)
    model = pyscipopt.Model()
    model.hideOutput()
    try:
        with readable_path(path, content, text, suffix) as readable:
            _read(model, readable, path)
        if model.getNVars() == 0 and model.getNConss() == 0:
            raise InstanceError(f"{path} holds no variables and no constraints; is it a complete model file?")
        if outline is not None:
            compare(model, outline, path)
        if outline.has_cuts if outline is not None else b"USERCUTS" in text:
            enforce_rows(model)
        mend_binaries(model)
    except BaseException:
        free(model)
        raise
    return model


def _content(path: Path) -> bytes:
    if not path.exists():
        raise InstanceError(f"instance file {path} does not exist")
    if path.is_dir():
        raise InstanceError(f"{path} is a directory; name one instance file")
    if model_suffix(path) not in MODEL_SUFFIXES:
        raise InstanceError(
            f"{path} is of no known format; expected {', '.join(MODEL_SUFFIXES)}, each also with .gz"
        )
    content = file_bytes(path)
    if not content:
        raise InstanceError(f"{path} is empty")
    return content


def _read(model: pyscipopt.Model, readable: str, path: Path) -> None:
    try:
        with captured_errors() as errors, captured_warnings(model) as warnings:
            model.readProblem(readable)
    except Exception as error:  # PySCIPOpt raises bare exceptions of several types
        if model_suffix(path) == ".zpl" and "plugin" in str(error):
            raise InstanceError(
                f"SCIP cannot read {path}: this SCIP has no ZIMPL; let zimpl -t lp make an .lp file of it"
            ) from error
        reason = errors.summary() if errors.getvalue() else str(error)
        raise InstanceError(f"SCIP cannot read {path}: {reason}") from error
    _show(path, warnings)


def _show(path: Path, warnings: Iterable[str]) -> None:
    """Log what SCIP's reader warns of: the first of each kind, and how many there are."""
    kinds: dict[str, list[str]] = {}
    for warning in warnings:
        if not _CHECKED.match(warning):
            kinds.setdefault(re.sub(r"<[^>]*>|\[[^]]*\]|\d+", "", warning), []).append(warning)
    for group in kinds.values():
        more = f" (and {len(group) - 1} more of the kind)" if len(group) > 1 else ""
        line = f"{path}: SCIP's reader warns: {group[0]}{more}"
        if line not in _shown:
            _shown.add(line)
            logger.warning("%s", line)


def find_instances(paths: Sequence[Path], suffixes: Sequence[str] = MODEL_SUFFIXES) -> tuple[str, ...]:
    """Return the instance files named by files and directories, sorted within each directory; hidden ones are none.

    Raises
    ------
    InstanceError
        If a path does not exist, its name is not UTF-8, or a directory holds no instance.
    """
    found: list[str] = []
    for path in paths:
        if path.is_dir():
            files = [f for f in visible(path.iterdir()) if model_suffix(f) in suffixes]
            if not files:
                raise InstanceError(f"directory {path} holds no file with suffix {', '.join(suffixes)}")
            found.extend(str(f) for f in files)
        elif path.exists():
            found.append(str(path))
        else:
            raise InstanceError(f"instance {path} does not exist")
    for name in found:
        if scip_path(Path(name)) is None:
            raise InstanceError(
                f"instance {name}: results are kept by name, and this one is not UTF-8; rename it"
            )
    return tuple(found)
