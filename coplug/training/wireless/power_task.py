"""Learning to allocate power: the loss is the rate that is wanted, and there are no labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from coplug.algorithms.downlink.max_min import max_min
from coplug.algorithms.downlink.sum_rate import link_wmmse
from coplug.models.icgnn_power import Allocation, IcgnnPower
from coplug.problems.wireless.layouts import draw_layouts, estimate_quality, noise_w
from coplug.training.wireless.sizes import EARLY, EXAMPLES, numbers

POWERS_W = (0.02, 0.5)
SIDES_KM = (0.3, 1.2)
ANTENNAS = (1, 2, 4)
N_PILOTS = 20
VALID = 64
REFERENCE_STEPS, REFERENCE_TOLERANCE = 1000, 1e-6


@dataclass(frozen=True)
class Batch:
    """Networks of one size; float32, shape (b, n_aps, n_users).

    Attributes
    ----------
    gain, fading : Tensor
        See :mod:`coplug.algorithms.downlink.links`.
    """

    gain: Tensor
    fading: Tensor


class PowerTask:
    """A :class:`coplug.training.supervised.SupervisedTask` of which every example is a batch of fresh layouts.

    Squares of 0.3 to 1.2 km, 20 to 500 mW, 1, 2 or 4 antennas an access point, 20 pilots.

    Parameters
    ----------
    sizes : list of str
        Access points by users, such as ``"30x6"``.
    valid : list of str
        Alike: what is evaluated, 64 layouts of 0.5 km and 100 mW each.
    layouts : int
        Of a batch.
    least_rate : bool
        Whether the least rate counts; else the sum.

    Raises
    ------
    RecipeError
        If a size is none.
    """

    metric = "share"
    maximize = True

    def __init__(
        self, sizes: Sequence[str], valid: Sequence[str], layouts: int = 64, least_rate: bool = False
    ) -> None:
        self.sizes = [numbers(text) for text in sizes]
        self.layouts, self.least_rate = layouts, least_rate
        self.valid: dict[str, Batch] = {}
        self.references: dict[str, float] = {}
        for number, text in enumerate(valid):
            rng = np.random.default_rng((778, number))
            gain, fading = _networks(rng, VALID, *numbers(text), power_w=0.1, side_km=0.5, n_antennas=1)
            self.valid[text] = _batch(gain, fading)
            self.references[text] = self._reference(gain, fading)

    def __len__(self) -> int:
        return EXAMPLES

    def prepare(self, network: IcgnnPower, reporter: Any) -> None:
        """Do nothing: a fresh network takes the steps of the classical fixed point."""

    def batches(self, groups: Iterable[Sequence[int]], device: torch.device) -> Iterator[Batch]:
        """Yield the batch of each group: the first number is its seed."""
        for group in groups:
            rng = np.random.default_rng(group[0])
            size = self.sizes[rng.integers(len(self.sizes))]
            power_w = float(np.exp(rng.uniform(*np.log(POWERS_W))))
            side_km, n_antennas = rng.uniform(*SIDES_KM), int(rng.choice(ANTENNAS))
            batch = _batch(*_networks(rng, self.layouts, *size, power_w, side_km, n_antennas))
            yield Batch(batch.gain.to(device), batch.fading.to(device))

    def loss(self, network: IcgnnPower, batch: Batch) -> Tensor:
        """Return minus the mean rate that counts, with a tenth of that of earlier stages."""
        found = [self._rate(at) for at in network(batch.gain, batch.fading)[1:]]
        return -found[-1] - EARLY * sum(found[:-1], start=torch.zeros(()))

    def contents(self, batch: Batch) -> Mapping[str, Any]:
        """Return the tensors."""
        return vars(batch)

    def evaluate(self, network: IcgnnPower) -> dict[str, float]:
        """Return ``share``, the mean over cases of the rate over the classical method's, and each case's own."""
        with torch.no_grad():
            shares = {
                text: float(self._rate(network(batch.gain, batch.fading)[-1])) / self.references[text]
                for text, batch in self.valid.items()
            }
        return {"share": float(np.mean(list(shares.values()))), **shares}

    def export(self, network: IcgnnPower, directory: Path, info: Mapping[str, Any]) -> None:
        """Write the weights."""
        network.export(directory, {"training": dict(info)})

    def _rate(self, at: Allocation) -> Tensor:
        rates = torch.log2(1.0 + at.sinr)
        return (rates.amin(dim=-1) if self.least_rate else rates.mean(dim=-1)).mean()

    def _reference(self, gain: Any, fading: Any) -> float:
        """Return the mean rate of bisection, or of weighted MMSE."""
        b, _, n_users = gain.shape
        amplitudes, sinr, bound = np.empty_like(gain), np.empty(b), np.empty(b)
        if self.least_rate:
            max_min(gain, fading, 1e-3, amplitudes, sinr, bound)
            return float(np.log2(1.0 + sinr).mean())
        link_wmmse(
            gain,
            fading,
            np.ones((b, n_users)),
            REFERENCE_STEPS,
            REFERENCE_TOLERANCE,
            amplitudes,
            np.empty(b, np.int64),
        )
        signal = np.einsum("bmk,bmk->bk", gain, amplitudes)
        disturbance = 1.0 + np.einsum("bmk,bm->bk", fading, (amplitudes**2).sum(axis=-1))
        return float(np.log2(1.0 + signal**2 / disturbance).mean())


def _networks(
    rng: np.random.Generator,
    n_layouts: int,
    n_aps: int,
    n_users: int,
    power_w: float,
    side_km: float,
    n_antennas: int,
) -> tuple[Any, Any]:
    """Return gain and fading of fresh layouts."""
    layouts, noise = draw_layouts(rng, n_layouts, n_aps, n_users, side_km), noise_w()
    quality = estimate_quality(layouts.beta, 0.1, max(N_PILOTS, n_users), noise)
    return np.sqrt(n_antennas * quality * power_w / noise), layouts.beta * power_w / noise


def _batch(gain: Any, fading: Any) -> Batch:
    return Batch(torch.from_numpy(gain.astype(np.float32)), torch.from_numpy(fading.astype(np.float32)))
