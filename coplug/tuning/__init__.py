"""Tuning SCIP's settings for a folder of instances: races between settings on permuted instances, within a budget."""

from coplug.tuning.tune import Tuned, tune

__all__ = ["Tuned", "tune"]
