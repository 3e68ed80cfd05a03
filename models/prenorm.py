"""Normalisation layers whose shift and scale are measured on data before training, then frozen.

Source: Gasse et al. 2019, section 4.3 ("prenorm layers"); the online mean and variance are those of Chan,
Golub and LeVeque 1979.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import torch
from torch import Tensor, nn


class Measured(Exception):  # noqa: N818  # a signal that a forward pass may stop, not an error
    """Raised by a :class:`PreNorm` that is being measured: what follows it in the network is not needed."""


class PreNorm(nn.Module):
    """``(x + shift) * scale`` with frozen ``shift`` and ``scale``; the identity until it was measured.

    Parameters
    ----------
    n_units : int
        Size of the last axis of the input. Each unit has its own statistics; with 1 unit, all entries of the
        input share them.
    with_shift : bool
        Whether the mean is subtracted. Without, only the scale is adjusted.

    Attributes
    ----------
    shift : Tensor, float32, shape (n_units,)
        Minus the measured mean. Absent without shift.
    scale : Tensor, float32, shape (n_units,)
        One over the measured standard deviation; 1 where the variance is 0.
    """

    scale: Tensor
    shift: Tensor

    def __init__(self, n_units: int, with_shift: bool = True) -> None:
        super().__init__()
        self.n_units = n_units
        self.with_shift = with_shift
        self._statistics: _Statistics | None = None
        if with_shift:
            self.register_buffer("shift", torch.zeros(n_units))
        self.register_buffer("scale", torch.ones(n_units))

    def forward(self, x: Tensor) -> Tensor:
        """Normalise ``x``, shape (..., n_units), or of any shape if there is one unit.

        Raises
        ------
        Measured
            While the layer is measured, once ``x`` is counted.
        """
        if self._statistics is not None:
            self.measure([x])
        return (x + self.shift) * self.scale if self.with_shift else x * self.scale

    @property
    def is_measuring(self) -> bool:
        """Whether the layer is between :meth:`start` and :meth:`freeze`."""
        return self._statistics is not None

    def start(self) -> None:
        """Forget earlier statistics and begin to measure."""
        self._statistics = _Statistics(self.n_units)

    def measure(self, parts: Iterable[Tensor]) -> None:
        """Count an input that comes in parts, so that it need not be held at once.

        Raises
        ------
        Measured
            Always, after the last part.
        """
        assert self._statistics is not None
        for part in parts:
            self._statistics.add(part.detach().reshape(-1, self.n_units))
        raise Measured

    def freeze(self) -> None:
        """Fix ``shift`` and ``scale`` to what was measured.

        Raises
        ------
        ValueError
            If nothing was measured.
        """
        if self._statistics is None or self._statistics.count == 0:
            raise ValueError("a PreNorm layer was frozen before it saw data: pre-train on at least one batch")
        variance = self._statistics.variance()
        self.scale.copy_(torch.where(variance == 0, torch.ones_like(variance), variance).rsqrt())
        if self.with_shift:
            self.shift.copy_(-self._statistics.mean)
        self._statistics = None


class _Statistics:
    """Mean and population variance of each column of matrices that arrive one by one, in float64."""

    def __init__(self, n_units: int) -> None:
        self.count = 0
        self.mean = torch.zeros(n_units, dtype=torch.float64)
        self._squares = torch.zeros(n_units, dtype=torch.float64)

    def add(self, x: Tensor) -> None:
        """Merge the rows of ``x``, shape (n, n_units)."""
        n = x.shape[0]
        if n == 0:
            return
        x = x.double().cpu()
        mean = x.mean(dim=0)
        squares = (x - mean).square().sum(dim=0)
        delta = mean - self.mean
        total = self.count + n
        self._squares += squares + delta.square() * (self.count * n / total)
        self.mean += delta * (n / total)
        self.count = total

    def variance(self) -> Tensor:
        """Return the population variance, shape (n_units,)."""
        return self._squares / self.count


class PreNormed(Protocol):
    """A network with PreNorm layers."""

    def __call__(self, *batch: Tensor) -> object:
        """Run the network on one batch."""

    def prenorm_layers(self) -> list[PreNorm]:
        """PreNorm layers in the order in which the forward pass meets them."""


@torch.no_grad()
def pretrain(model: PreNormed, batches: Iterable[Sequence[Tensor]]) -> None:
    """Measure and freeze the PreNorm layers of ``model``, one after the other.

    A layer's input depends on the layers before it, so each layer takes its own pass over ``batches``, and
    each forward pass stops at the layer that is measured.

    Parameters
    ----------
    model : PreNormed
        Changed in place.
    batches : iterable of sequences of tensors
        The arguments of the model's forward pass, a batch at a time. Iterated once for each layer: a list, or
        an object that makes a new iterator each time, not a generator.

    Raises
    ------
    ValueError
        If a layer saw no data.
    """
    for layer in model.prenorm_layers():
        layer.start()
        for batch in batches:
            try:
                model(*batch)
            except Measured:
                continue
        layer.freeze()
