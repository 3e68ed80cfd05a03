"""Sphinx configuration. The pages build offline; the command-line page is made from ``--help`` (``_ext``)."""

import os
import sys
from pathlib import Path

os.environ["NUMBA_DISABLE_JIT"] = "1"  # autodoc reads the kernels as the Python functions that they are

import coplug  # after the variable is set

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

project = "coplug"
author = "the coplug authors"
project_copyright = author
release = coplug.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "coplug_help"]
html_theme = "furo"
html_title = f"coplug {release}"
exclude_patterns = ["_build", "_ext"]
myst_heading_anchors = 2
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_google_docstring = False
napoleon_use_ivar = True  # fields of a dataclass and its properties are described once
suppress_warnings = ["ref.python"]  # a docstring's "shape (n_rows,)" looks like a reference with two targets
