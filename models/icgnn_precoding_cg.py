"""ICGNN for precoding without an inverse: learned steps of conjugate gradients, each stage from where the last ended.

A precoder is ``W = H^H Y diag(g / s)`` with ``Y`` near ``(G + diag(c))^-1``, ``G = H H^H`` and
``c = noise sum(s^2) / s^2``, the form of :mod:`coplug.models.icgnn_precoding` with ``Y = S V S``. What a precoder
reaches follows from ``Y`` and ``G Y``, however far ``Y`` is from the inverse. A stage changes ``s`` and ``g`` as
weighted MMSE would, with the network's correction, and takes a few steps of conjugate gradients for all columns of
``Y``, whose preconditioner and step sizes are learned. A step costs one product of two matrices of users by users.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coplug.inference.architectures.icgnn import CG_FEATURES, CG_OUTPUTS, LEAST, LOG_RANGE

from .icgnn import Drawn, UserMessages
from .icgnn_precoding import corrected, user_features, wmmse_step
from .weights_directory import export_network


@dataclass
class Iterate:
    """A precoder and what it does; shapes (b, n_users) unless said otherwise.

    Attributes
    ----------
    s, g, sinr, gain, own, shares, noise, power
        See :class:`coplug.models.icgnn_precoding.Station`; ``own`` is the diagonal of ``G Y``.
    solution, moved : complex Tensor, shape (b, n_users, n_users)
        ``Y`` and ``G Y``.
    direction, moved_direction : complex Tensor, shape (b, n_users, n_users)
        The last step's, and ``G`` times it.
    residual : Tensor
        Squared norms of the columns of ``I - (G + diag(c)) Y``.
    """

    s: Tensor
    g: Tensor
    solution: Tensor
    moved: Tensor
    direction: Tensor
    moved_direction: Tensor
    residual: Tensor
    sinr: Tensor
    gain: Tensor
    own: Tensor
    shares: Tensor
    noise: Tensor
    power: Tensor

    @property
    def duals(self) -> Tensor:
        """``X`` of the precoder ``H^H X``, before it is scaled to power 1."""
        return self.solution * (self.g / self.s)[:, None, :]


def loading(noise: Tensor, s: Tensor) -> Tensor:
    """Return what is added to the diagonal of the Gram matrix, shape (b, n_users)."""
    return noise[:, None] * s.square().sum(dim=-1, keepdim=True) / s.square()


def squared(matrices: Tensor) -> Tensor:
    """Return squared absolute values."""
    return matrices.real.square() + matrices.imag.square()


def inner(a: Tensor, b: Tensor) -> Tensor:
    """Return real parts of the inner products of columns, shape (b, n_users)."""
    return (a.real * b.real + a.imag * b.imag).sum(dim=-2)


def evaluated(
    noise: Tensor, s: Tensor, g: Tensor, solution: Tensor, moved: Tensor, steps: tuple[Tensor, Tensor, Tensor]
) -> Iterate:
    """Evaluate a precoder; ``steps`` are the last direction, ``G`` times it, and the residual."""
    amplitude = g / s
    received = squared(moved) * amplitude.square()[:, None, :] * s.square()[:, :, None]
    signal = torch.diagonal(received, dim1=-2, dim2=-1)
    own = (torch.diagonal(squared(moved), dim1=-2, dim2=-1) + LEAST**2).sqrt()
    off = received - torch.diag_embed(signal)
    power = (amplitude.square() * inner(solution, moved)).clamp_min(0.0).sum(dim=-1, keepdim=True)
    noise_part = s.square() * noise[:, None] * power
    disturbance = off.sum(dim=-1) + noise_part + LEAST
    return Iterate(
        s,
        g,
        solution,
        moved,
        *steps,
        signal / disturbance,
        own * g / (power + LEAST).sqrt(),
        own,
        off / disturbance[:, :, None],
        noise_part / disturbance,
        power,
    )


class IcgnnPrecodingCg(nn.Module):
    """Finds precoders of any number of users and antennas by products alone.

    Parameters
    ----------
    n_stages : int
        Changes of ``s`` and ``g``.
    n_steps : int
        Of conjugate gradients in a stage.
    """

    def __init__(self, n_stages: int = 4, n_steps: int = 2) -> None:
        super().__init__()
        self.sizes = {"n_stages": n_stages, "n_steps": n_steps}
        self.stages = nn.ModuleList(UserMessages(len(CG_FEATURES), CG_OUTPUTS) for _ in range(n_stages))
        self.paces = nn.Parameter(torch.zeros(n_stages, n_steps))

    def forward(
        self, gram: Tensor, noise: Tensor, error: Tensor, weights: Tensor, drawn: Drawn | None = None
    ) -> list[Iterate]:
        """Return the precoders of all stages; first maximum ratio transmission, whose columns are scaled.

        Parameters
        ----------
        gram, noise, error, weights, drawn
            See :meth:`coplug.models.icgnn_precoding.IcgnnPrecoding.forward`.
        """
        diagonal = torch.diagonal(gram, dim1=-2, dim2=-1).real
        ones = torch.ones_like(weights)
        start = 1.0 / (diagonal + loading(noise, ones))
        solution, moved = torch.diag_embed(start).to(gram.dtype), gram * start[:, None, :]
        nothing = torch.zeros_like(gram)
        found = [evaluated(noise, ones, ones, solution, moved, (nothing, nothing, ones))]
        for stage, paces in zip(self.stages, self.paces, strict=True):
            found.append(self._stage(stage, paces, found[-1], gram, diagonal, noise, error, weights, drawn))
        return found

    def _stage(
        self,
        stage: nn.Module,
        paces: Tensor,
        at: Iterate,
        gram: Tensor,
        diagonal: Tensor,
        noise: Tensor,
        error: Tensor,
        weights: Tensor,
        drawn: Drawn | None,
    ) -> Iterate:
        s, g = wmmse_step(at, weights)
        own_features = torch.stack([(at.residual + LEAST).log() / 10.0, (diagonal + LEAST).log()], dim=-1)
        features = torch.cat([user_features(at, s, g, noise, error, weights), own_features], dim=-1)
        change = stage(features, at.shares)
        if drawn is not None:
            change = drawn.around(change)
        change = change.clamp(-LOG_RANGE, LOG_RANGE)
        s, g = corrected(s, g, change)
        c = loading(noise, s)[:, :, None]
        preconditioner = (change[..., 2].exp() / (diagonal + c[..., 0]))[:, :, None]
        solution, moved, direction, advance = at.solution, at.moved, at.direction, at.moved_direction
        unit = torch.eye(s.shape[-1])
        residual = unit - moved - c * solution
        for pace in paces:
            toward = preconditioner * residual
            carried = advance + c * direction
            curve = inner(direction, carried)
            turn = inner(carried, toward) / (curve + LEAST)
            direction = toward - turn[:, None, :] * direction
            advance = gram @ direction
            image = advance + c * direction
            length = pace.exp() * inner(direction, residual) / (inner(direction, image) + LEAST)
            step = length[:, None, :]
            solution = solution + step * direction
            moved = moved + step * advance
            residual = residual - step * image
        left = squared(residual).sum(dim=-2)
        return evaluated(noise, s, g, solution, moved, (direction, advance, left))

    def export(self, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory.

        Raises
        ------
        WeightsError
            If a weight is not finite.
        OutputError
            If the files cannot be written.
        """
        export_network(self, directory, "icgnn-precoding-cg", self.sizes, **info)
