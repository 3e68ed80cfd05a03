"""The problem ``bags``."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from coplug.contracts.problem import Options, Problem
from coplug.options import option
from coplug.report import OnProgress, PolicyUse, Progress, Report, Stop, relative_gap


@dataclass(frozen=True, kw_only=True)
class BagOptions(Options):
    """What packing can be asked.

    Attributes
    ----------
    tries : int
        Random changes of the scores.
    """

    tries: int = option(20, metavar="N", minimum=0, maximum=1000)


class BagProblem(Problem[Any, BagOptions]):
    """Pack as much value as possible."""

    name = "bags"
    description = "bags of items, packed by scores"
    sense = "max"
    suffixes = (".bag",)
    options_type = BagOptions

    def read(self, path: Path, options: BagOptions) -> Any:
        """Read a bag."""
        from .instance import read

        return str(path), read(path)

    def policies(self) -> dict[str, str]:
        """Return the names of policies."""
        from .policy import available

        return available()

    def load_policy(self, name: str) -> Any:
        """Return a policy by its name."""
        from .policy import load

        return load(name)

    def solve(self, instance: Any, options: BagOptions, progress: OnProgress | None, stop: Stop) -> Report:
        """Pack by the policy's scores, and by some that are near."""
        import numpy as np

        from .packing import packed

        label, bag = instance
        begin_s, rng = time.monotonic(), np.random.default_rng(options.seed)
        policy, ratio = options.policy, bag.values / bag.weights
        scores = ratio if policy is None else policy.score_items(bag)
        chosen, tries = packed(bag, scores), 0
        while tries < options.tries and not stop():
            other = packed(bag, scores + rng.normal(scale=0.1, size=len(scores)))
            chosen, tries = max(chosen, other, key=lambda items: bag.values[items].sum()), tries + 1
            if progress is not None:
                found = int(bag.values[chosen].sum())
                progress(
                    Progress(time_s=time.monotonic() - begin_s, detail=f"{tries} tries", objective=found)
                )
        value, bound = int(bag.values[chosen].sum()), int(bag.values.sum())
        return Report(
            problem=self.name,
            instance=label,
            status="unknown",
            sense="max",
            objective=value,
            bound=bound,
            gap=relative_gap(value, bound),
            time_s=time.monotonic() - begin_s,
            seed=options.seed,
            policy=PolicyUse() if policy is None else PolicyUse(name=policy.name, calls=1),
            solution=[f"item{item}" for item in chosen.tolist()],
            extra={"tries": tries},
            details={"search": f"{tries} tries"},
        )


BAG = BagProblem()
