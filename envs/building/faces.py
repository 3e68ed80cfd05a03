"""The DAGs of coplug's problems under Gymnasium's ids."""

from __future__ import annotations

from collections.abc import Sequence

from coplug.problems.bag import Bag
from coplug.problems.bit_sequence import BitSequence
from coplug.problems.function_grid import FunctionGrid
from coplug.problems.hypergrid import HyperGrid
from coplug.problems.mis.objectives_dag import drawn_objectives_dag

from .environment import BuildingEnv


class HyperGridEnv(BuildingEnv):
    """Walk on a grid of any dimension by steps of +1, and stop anywhere; the rewards are highest near its corners.

    **Actions, observations, reward, end.** As :class:`~.environment.BuildingEnv` has them for
    :class:`coplug.problems.hypergrid.HyperGrid`.

    Parameters
    ----------
    n_dimensions, side, r0, r1, r2
        As of the latter.
    illegal, render_mode
        As of the former.
    """

    def __init__(
        self,
        n_dimensions: int = 2,
        side: int = 8,
        r0: float = 0.1,
        r1: float = 0.5,
        r2: float = 2.0,
        *,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        super().__init__(HyperGrid(n_dimensions, side, r0, r1, r2), illegal=illegal, render_mode=render_mode)


class FunctionGridEnv(BuildingEnv):
    """Walk on a grid over a square by steps of +1, and stop anywhere; several functions are to be high there.

    **Actions, observations, reward, end.** As :class:`~.environment.BuildingEnv` has them for
    :class:`coplug.problems.function_grid.FunctionGrid`.

    Parameters
    ----------
    functions, side
        As of the latter.
    weights, illegal, render_mode
        As of the former.
    """

    def __init__(
        self,
        functions: Sequence[str] = ("branin", "currin"),
        side: int = 32,
        *,
        weights: Sequence[float] | None = None,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        dag = FunctionGrid(tuple(functions), side)
        super().__init__(dag, weights=weights, illegal=illegal, render_mode=render_mode)


class BagEnv(BuildingEnv):
    """Fill a bag letter by letter; a letter that is in it often makes it good, and some of those bags are better.

    **Actions, observations, reward, end.** As :class:`~.environment.BuildingEnv` has them for
    :class:`coplug.problems.bag.Bag`; which bags are best is drawn by ``mode_seed``, the latter's ``seed``.

    Parameters
    ----------
    n_letters, size, repeats, mode_share, mode_seed
        As of the latter.
    illegal, render_mode
        As of the former.
    """

    def __init__(
        self,
        n_letters: int = 7,
        size: int = 13,
        repeats: int = 7,
        mode_share: float = 0.25,
        mode_seed: int = 0,
        *,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        dag = Bag(n_letters, size, repeats, mode_share, mode_seed)
        super().__init__(dag, illegal=illegal, render_mode=render_mode)


class BitSequenceEnv(BuildingEnv):
    """Write a sequence of bits word by word at either end; it should come near one of several hidden ones.

    **Actions, observations, reward, end.** As :class:`~.environment.BuildingEnv` has them for
    :class:`coplug.problems.bit_sequence.BitSequence`; the hidden ones are drawn by ``mode_seed``, the latter's
    ``seed``.

    Parameters
    ----------
    n_bits, word_bits, n_modes, beta, mode_seed
        As of the latter.
    illegal, render_mode
        As of the former.
    """

    def __init__(
        self,
        n_bits: int = 40,
        word_bits: int = 4,
        n_modes: int = 20,
        beta: float = 20.0,
        mode_seed: int = 0,
        *,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        dag = BitSequence(n_bits, word_bits, n_modes, beta, mode_seed)
        super().__init__(dag, illegal=illegal, render_mode=render_mode)


class MultiObjectiveSetsEnv(BuildingEnv):
    """Add nodes of one graph to an independent set until none can be added; it should be heavy by several weights.

    **Actions, observations, reward, end.** As :class:`~.environment.BuildingEnv` has them for
    :class:`coplug.problems.mis.objectives_dag.MultiObjectiveSetDag`.

    Parameters
    ----------
    family, size : str
        Of the graph.
    graph_seed : int
        Of the graph and its weights.
    n_objectives, largest : int
        Weights of a node, whole numbers in ``1..largest``.
    weights, illegal, render_mode
        As of the former.
    """

    def __init__(
        self,
        family: str = "rb",
        size: str = "tiny",
        graph_seed: int = 0,
        n_objectives: int = 2,
        largest: int = 100,
        *,
        weights: Sequence[float] | None = None,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        dag = drawn_objectives_dag(family, size, graph_seed, n_objectives, largest)
        super().__init__(dag, weights=weights, illegal=illegal, render_mode=render_mode)
