"""Which files SCIP reads."""

MODEL_SUFFIXES = (".lp", ".mps", ".cip", ".opb", ".wbo", ".fzn", ".zpl", ".pip", ".osil", ".nl")
"""Formats that SCIP's bundled readers know; each may be gzipped."""
