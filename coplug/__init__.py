"""coplug: learned plugins for combinatorial optimization."""

from __future__ import annotations

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from coplug._gymnasium import register_with_gymnasium
from coplug.version import __version__

if TYPE_CHECKING:
    import pyscipopt

    from coplug.comparison import compare
    from coplug.contracts.policy import BranchingPolicy, PolicySelector
    from coplug.fitting import fit
    from coplug.scip.branching import PolicyBranching
    from coplug.solving import search, solve
    from coplug.training.train import train
    from coplug.tuning import tune

__all__ = ["__version__", "attach", "compare", "fit", "search", "solve", "train", "tune"]

logger = logging.getLogger(__name__)

_MODULES = {
    "compare": "coplug.comparison",
    "fit": "coplug.fitting",
    "search": "coplug.solving",
    "solve": "coplug.solving",
    "train": "coplug.training.train",
    "tune": "coplug.tuning",
}
"""Functions that are imported when they are first asked for: importing coplug itself stays cheap."""


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def attach(
    model: pyscipopt.Model,
    policy: str | BranchingPolicy | PolicySelector = "auto",
    *,
    strict: bool = False,
    keep_settings: bool = False,
) -> PolicyBranching | None:
    """Let a policy choose the branching variables of a PySCIPOpt model.

    What has to be compiled for it is compiled here, once on a machine, so that no solve counts that as its time.

    Parameters
    ----------
    model : pyscipopt.Model
        A model with its problem, before ``optimize()``.
    policy : str or policy object
        A name as in ``coplug solve --policy``, or an object with ``name``, ``candidate_kind`` and ``scores``.
    strict : bool
        Interrupt the solve if the policy fails, instead of leaving such nodes to SCIP.
    keep_settings : bool
        Leave SCIP's parameters alone even if the policy comes with some.

    Returns
    -------
    PolicyBranching or None
        The branching rule, whose ``statistics`` tell what the policy did; ``None`` for the policy ``none``.

    Raises
    ------
    PolicyError
        If the policy is unknown or cannot be loaded.
    UsageError
        If the model is presolved or solved already, or has a policy already.
    """
    from coplug.jit import compiling
    from coplug.problems.milp.policies import load_policy
    from coplug.problems.milp.warm_up import warm_up
    from coplug.scip.branching import BundleSettings, include_policy

    chosen = load_policy(policy) if isinstance(policy, str) else policy
    if chosen is None:
        return None
    settings = BundleSettings(enabled=not keep_settings)
    rule = include_policy(model, chosen, strict=strict, settings=settings)
    with compiling(
        lambda: logger.warning("compiling kernels, once on this machine; this takes some seconds")
    ):
        warm_up(chosen)
    return rule


register_with_gymnasium()
