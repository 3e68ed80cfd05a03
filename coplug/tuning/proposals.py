"""Which settings are tried next: known combinations, single moves from the best so far, and what a model suggests.

The model is Optuna's tree-structured Parzen estimator (T. Akiba et al., Optuna, KDD 2019; J. Bergstra et al.,
Algorithms for hyper-parameter optimization, NeurIPS 2011). SMAC (M. Lindauer et al., JMLR 23 (2022)) races and
models by itself, but brings a compiled random forest, a cluster scheduler and a configuration space of its own, and
keeps its runs where another process cannot go on from; Optuna is asked and told, in this process and without files.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from itertools import count
from typing import Any

from coplug.errors import UsageError
from coplug.extras import install_command
from coplug.tuning.space import OWN, Choice, Space

MODEL_AFTER = 10
"""Trials before the model suggests anything that is not at random."""


class Proposals:
    """An endless list of choices that depends on the seed and on what it was told alone.

    Parameters
    ----------
    space : Space
    seed : int
    first : sequence of Choice
        What comes before all else, as far as the space has it.

    Raises
    ------
    UsageError
        If Optuna is missing.
    """

    def __init__(self, space: Space, seed: int, first: Sequence[Choice] = ()) -> None:
        optuna = _optuna()
        self._space = space
        self._first = first
        self._distributions = {
            name: optuna.distributions.CategoricalDistribution(options)
            for name, options in space.options().items()
        }
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=MODEL_AFTER, multivariate=True)
        self._study = optuna.create_study(sampler=sampler, direction="minimize")
        self._tried: set[tuple[tuple[str, str], ...]] = {_frozen({})}
        self._best: Choice = {}
        self._open: Any = None
        self._order = self._choices()

    def next(self) -> Choice:
        """Return what to try, never the same twice; :meth:`tell` comes before the next."""
        for choice in self._order:
            if _frozen(choice) not in self._tried:
                self._tried.add(_frozen(choice))
                if self._open is None:
                    self._study.enqueue_trial(self._whole(choice))
                    self._open = self._study.ask(self._distributions)
                return choice
            self.tell(0.0)  # what was tried and suggested again is not worth another look
        raise AssertionError("the list of proposals does not end")

    def tell(self, value: float) -> None:
        """Say how good the last one was: mean difference of its log costs to SCIP as it comes."""
        if self._open is not None:
            self._study.tell(self._open, value)
            self._open = None

    def promote(self, choice: Choice) -> None:
        """Say that it is the best from now on, from which single moves are made."""
        self._best = dict(choice)

    def _choices(self) -> Iterator[Choice]:
        yield from (self._space.known(choice) for choice in self._first)
        yield from self._space.starts()
        for group, option in self._space.single_moves():
            yield self._moved(group, option)
        moves = self._space.single_moves()
        for k in count():
            self._open = self._study.ask(self._distributions)
            yield _without_own(self._open.params)
            yield self._moved(*moves[k % len(moves)])

    def _moved(self, group: str, option: str) -> Choice:
        """Return the best choice with one group changed, back to SCIP's own where it is that already."""
        changed = OWN if self._best.get(group, OWN) == option else option
        return _without_own({**self._best, group: changed})

    def _whole(self, choice: Choice) -> Choice:
        return {name: choice.get(name, OWN) for name in self._distributions}


def _without_own(choice: Choice) -> Choice:
    return {name: option for name, option in choice.items() if option != OWN}


def _frozen(choice: Choice) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(choice.items()))


def require_optuna() -> None:
    """See that Optuna is there, before any work is done.

    Raises
    ------
    UsageError
        If it is missing.
    """
    if find_spec("optuna") is None:
        raise UsageError(f"tuning needs Optuna: {install_command('tune')}")


def _optuna() -> Any:
    require_optuna()
    import optuna

    logging.getLogger("optuna").setLevel(logging.ERROR)
    optuna.logging.disable_default_handler()
    warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)
    return optuna
