"""Sphinx configuration. The pages build offline; the command-line page is made from ``--help`` (``_ext``)."""

import os
import pkgutil
import sys
from pathlib import Path

os.environ["NUMBA_DISABLE_JIT"] = "1"  # autodoc reads the kernels as the Python functions that they are

import coplug  # after the variable is set

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "coplug"
author = "the coplug authors"
project_copyright = author
release = coplug.__version__
extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.napoleon",
    "coplug_help",
]
templates_path = ["_templates"]
autosummary_context = {
    "packages": [
        name for _, name, is_package in pkgutil.walk_packages(coplug.__path__, "coplug.") if is_package
    ],
    "skipped": [
        "coplug.__main__",
        "coplug.ecole.as_ecole",
    ],  # their import starts a command; takes the name ecole
}
html_theme = "furo"
html_title = f"coplug {release}"
exclude_patterns = ["_build", "_ext", "_templates"]
myst_heading_anchors = 2
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_mock_imports = ["pyepo"]  # the page of our bridge to it needs no PyEPO
napoleon_google_docstring = False
napoleon_use_ivar = True  # fields of a dataclass and its properties are described once
suppress_warnings = ["ref.python"]  # a docstring's "shape (n_rows,)" looks like a reference with two targets
