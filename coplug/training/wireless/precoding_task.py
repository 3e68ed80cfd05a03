"""Learning to precode: the loss is the rate of the precoders, and there are no labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from coplug.models.icgnn_precoding import Evaluated, IcgnnPrecoding, wmmse_step
from coplug.models.icgnn_precoding import station as evaluate_station
from coplug.problems.wireless.channels import gains_db, one_ring, rayleigh, with_error
from coplug.training.wireless.sizes import EARLY, EXAMPLES, numbers

ERROR_DB = (-20.0, -5.0)
SNR_DB = (-5.0, 35.0)
DEVIATION_DB = 5.0
WMMSE_STEPS = 100


@dataclass(frozen=True)
class Batch:
    """Channels of one size; b of them.

    Attributes
    ----------
    gram : complex, shape (b, n_users, n_users)
        ``H H^H`` of the known channels, scaled so that the mean of its diagonal is 1.
    cross : complex, shape (n_draws, b, n_users, n_users)
        True channels times known ones, scaled alike.
    noise, true_noise : float, shape (b,)
        Over power, scaled alike, with and without what the error adds.
    error : float, shape (b,)
        Its share in ``noise``.
    weights : float, shape (b, n_users)
    """

    gram: Tensor
    cross: Tensor
    noise: Tensor
    true_noise: Tensor
    error: Tensor
    weights: Tensor


def make_batch(
    known: np.ndarray[Any, Any],
    true: np.ndarray[Any, Any],
    noise: np.ndarray[Any, Any],
    error: np.ndarray[Any, Any],
    weights: np.ndarray[Any, Any],
) -> Batch:
    """Bring channels to the form in which they are learned from.

    Parameters
    ----------
    known : complex, shape (b, n_users, n_antennas)
    true : complex, shape (n_draws, b, n_users, n_antennas)
    noise : float, shape (b,)
        Over power.
    error : float, shape (b,)
        Variance of an entry of ``true - known``.
    weights : float, shape (b, n_users)
    """
    turned = known.conj().transpose(0, 2, 1)
    gram = known @ turned
    scale = np.einsum("bkk->bk", gram).real.mean(axis=1)
    return Batch(
        torch.from_numpy((gram / scale[:, None, None]).astype(np.complex64)),
        torch.from_numpy((true @ turned / scale[:, None, None]).astype(np.complex64)),
        torch.from_numpy(((noise + error) / scale).astype(np.float32)),
        torch.from_numpy((noise / scale).astype(np.float32)),
        torch.from_numpy((error / (noise + error)).astype(np.float32)),
        torch.from_numpy(weights.astype(np.float32)),
    )


def rates(at: Evaluated, batch: Batch) -> Tensor:
    """Return the rates of users in bit/s/Hz, means over the true channels, shape (b, n_users)."""
    if not bool(batch.error.any()):
        return torch.log2(1.0 + at.sinr)
    received = batch.cross @ at.duals
    powers = (received.real.square() + received.imag.square()) / at.power[:, :, None]
    own = torch.diagonal(powers, dim1=-2, dim2=-1)
    return torch.log2(1.0 + own / (powers.sum(dim=-1) - own + batch.true_noise[:, None])).mean(dim=0)


class PrecodingTask:
    """A :class:`coplug.training.supervised.SupervisedTask` of which every example is a batch of fresh channels.

    Parameters
    ----------
    sizes : list of str
        Such as ``"8x16"``: users by antennas.
    entries : int
        Of Gram matrices in a batch, about: small systems come in larger batches.
    errors : float
        Share of batches with an error of the channel, from -20 to -5 dB.
    weighted : float
        Share of batches with weights of users.
    draws : int
        True channels for each known one, where there is an error.
    shaped : float
        Share of batches of one-ring channels, and of batches whose users differ by 5 dB.
    valid : list of str
        ``USERSxANTENNAS@SNR`` of what is evaluated, 200 channels each; ``USERSxANTENNAS@SNR/ERROR`` with an error.
    early : float
        Weight of the rates of the start and of earlier stages in the loss: above 0, stopping early is learned too.

    Raises
    ------
    RecipeError
        If a size is none.
    """

    metric = "share"
    maximize = True

    def __init__(
        self,
        sizes: Sequence[str],
        valid: Sequence[str],
        entries: int = 16384,
        errors: float = 0.3,
        weighted: float = 0.2,
        shaped: float = 0.3,
        draws: int = 4,
        early: float = EARLY,
    ) -> None:
        self.sizes = [numbers(text) for text in sizes]
        self.entries, self.errors, self.weighted = entries, errors, weighted
        self.shaped, self.draws, self.early = shaped, draws, early
        self.valid = {text: _valid_batch(text, number) for number, text in enumerate(valid)}
        self.references = {text: _references(batch) for text, batch in self.valid.items()}

    def __len__(self) -> int:
        return EXAMPLES

    def prepare(self, network: IcgnnPrecoding, reporter: Any) -> None:
        """Do nothing: a fresh network takes the steps of weighted MMSE."""

    def batches(self, groups: Iterable[Sequence[int]], device: torch.device) -> Iterator[Batch]:
        """Yield the batch of each group: the first number is its seed."""
        for group in groups:
            batch = self._draw(np.random.default_rng(group[0]))
            yield Batch(**{name: tensor.to(device) for name, tensor in vars(batch).items()})

    def loss(self, network: IcgnnPrecoding, batch: Batch) -> Tensor:
        """Return minus the mean rate a user, and a share of that of earlier stages."""
        stations = network(batch.gram, batch.noise, batch.error, batch.weights)
        found = [(batch.weights * rates(at, batch)).mean() for at in stations]
        return -found[-1] - self.early * sum(found[:-1], start=torch.zeros(()))

    def contents(self, batch: Batch) -> Mapping[str, Any]:
        """Return the tensors."""
        return asdict(batch)

    def evaluate(self, network: IcgnnPrecoding) -> dict[str, float]:
        """Return ``share``, the mean over cases of the rate over that of weighted MMSE, and each case's own."""
        shares = {}
        with torch.no_grad():
            for text, batch in self.valid.items():
                at = network(batch.gram, batch.noise, batch.error, batch.weights)[-1]
                rate = float(rates(at, batch).sum(dim=-1).mean())
                shares[text] = rate / self.references[text]
        return {"share": float(np.mean(list(shares.values()))), **shares}

    def export(self, network: IcgnnPrecoding, directory: Path, info: Mapping[str, Any]) -> None:
        """Write the weights."""
        network.export(directory, {"training": dict(info)})

    def _draw(self, rng: np.random.Generator) -> Batch:
        n_users, n_antennas = self.sizes[rng.integers(len(self.sizes))]
        b = min(max(8, self.entries // n_users**2), 512)
        make = one_ring if rng.random() < self.shaped else rayleigh
        known = make(rng, b, n_users, n_antennas)
        if rng.random() < self.shaped:
            known = known * gains_db(rng, b, n_users, DEVIATION_DB)
        noise = 10.0 ** (-rng.uniform(*SNR_DB, b) / 10.0)
        error, true = np.zeros(b), known[None]
        if rng.random() < self.errors:
            error = 10.0 ** (rng.uniform(*ERROR_DB, b) / 10.0)
            true = np.stack([with_error(rng, known, error[:, None, None]) for _ in range(self.draws)])
        weights = np.ones((b, n_users))
        if rng.random() < self.weighted:
            weights = rng.uniform(0.1, 1.0, (b, n_users))
            weights /= weights.mean(axis=1, keepdims=True)
        return make_batch(known, true, noise, error, weights)


def _valid_batch(text: str, number: int) -> Batch:
    size, _, level = text.partition("@")
    snr_db, _, error_db = level.partition("/")
    n_users, n_antennas = numbers(size)
    rng = np.random.default_rng((777, number))
    known = rayleigh(rng, 200, n_users, n_antennas)
    error = np.full(200, 10.0 ** (float(error_db) / 10.0) if error_db else 0.0)
    true = np.stack([with_error(rng, known, error[:, None, None]) for _ in range(8 if error_db else 1)])
    noise = np.full(200, 10.0 ** (-float(snr_db) / 10.0))
    return make_batch(known, true, noise, error, np.ones((200, n_users)))


def _references(batch: Batch) -> float:
    """Return the mean sum of rates of weighted MMSE from RZF."""
    ones = torch.ones_like(batch.weights)
    with torch.no_grad():
        at = evaluate_station(batch.gram, batch.noise, ones, ones)
        for _ in range(WMMSE_STEPS):
            at = evaluate_station(batch.gram, batch.noise, *wmmse_step(at, batch.weights))
        return float(rates(at, batch).sum(dim=-1).mean())
