"""Fitting SCIP to a folder of instances: settings, a branching policy, and the choice between them by measurement."""

from coplug.fitting.fit import Fitted, fit

__all__ = ["Fitted", "fit"]
