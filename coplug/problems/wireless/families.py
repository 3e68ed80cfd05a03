"""Random downlinks and cell-free networks, and how they are written."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from coplug.errors import UsageError
from coplug.families import InstanceKind, any_rng
from coplug.problems.wireless.channels import gains_db, one_ring, rayleigh, with_error
from coplug.problems.wireless.layouts import draw_layouts, noise_w
from coplug.problems.wireless.sionna_channels import SCENARIOS, sionna_channels

Arrays = dict[str, NDArray[Any]]

MODELS = ("rayleigh", "one-ring", *SCENARIOS)
"""Of channels."""


def render(arrays: Arrays, file_format: str) -> bytes:
    """Return the bytes of a file, see :data:`CHANNELS`."""
    CHANNELS.check_format(file_format)
    file = io.BytesIO()
    if file_format == "mat":
        from scipy.io import savemat

        savemat(file, arrays)
    else:
        np.savez(file, **arrays)  # type: ignore[arg-type] # a name could be that of an option
    return file.getvalue()


def _summary(arrays: Arrays) -> str:
    array = arrays["H"] if "H" in arrays else arrays["beta"]
    words = ("users", "antennas") if "H" in arrays else ("access points", "users")
    return f"{array.shape[0]} draws, {array.shape[1]} {words[0]}, {array.shape[2]} {words[1]}"


CHANNELS = InstanceKind[Arrays](name="channels", formats=("npz", "mat"), render=render, summary=_summary)
"""Batches of channels or of large-scale fading, as what a family draws."""


@dataclass(frozen=True)
class Downlink:
    """Channels of a base station to users, at power 1.

    Attributes
    ----------
    n_channels, n_users, n_antennas : int
        At least 1.
    snr_db : float
        Power over noise.
    model : str
        rayleigh: independent entries; one-ring: a uniform linear array whose users are seen within ``spread_degrees``;
        umi, uma, rma: urban micro, urban macro and rural macro cells of 3GPP TR 38.901, drawn by Sionna, which is an
        extra.
    spread_degrees : float
        Half of the width of the angles, above 0, at most 90.
    deviation_db : float
        By which the users' mean gains differ, a standard deviation.
    error_db : float
        Variance of the error of what the transmitter knows over the mean power of an entry; above 0 there is none. The
        file has ``H_true`` besides, and ``error``.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    draws: ClassVar = CHANNELS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_channels": 4, "n_users": 3, "n_antennas": 4},
        "easy": {"n_users": 8, "n_antennas": 16},
        "medium": {"n_users": 8, "n_antennas": 8},
        "hard": {"n_users": 32, "n_antennas": 32},
    }

    n_channels: int = 100
    n_users: int = 8
    n_antennas: int = 16
    snr_db: float = 20.0
    model: str = "rayleigh"
    spread_degrees: float = 10.0
    deviation_db: float = 0.0
    error_db: float = 1.0

    def __post_init__(self) -> None:
        if min(self.n_channels, self.n_users, self.n_antennas) < 1:
            raise UsageError(
                f"downlink of {self.n_channels} channels, {self.n_users} users, {self.n_antennas} antennas is none; "
                "take 1 or more of each"
            )
        if self.model not in MODELS:
            raise UsageError(f"downlink has no model {self.model!r}; take one of {', '.join(MODELS)}")
        if not 0.0 < self.spread_degrees <= 90.0 or not 0.0 <= self.deviation_db <= 100.0:
            raise UsageError(
                f"downlink with a spread of {self.spread_degrees} degrees and a deviation of {self.deviation_db} dB; "
                "take 0 to 90, and 0 to 100"
            )
        if not -200.0 <= self.snr_db <= 200.0 or not self.error_db >= -200.0:
            raise UsageError(f"downlink at {self.snr_db} dB, error {self.error_db} dB; take -200 to 200")

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Arrays:
        """Draw one batch.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            One seed is drawn from it.
        """
        own = np.random.default_rng(rng.randint(2**32, dtype=np.uint64))
        channels = self._drawn(own) * gains_db(own, self.n_channels, self.n_users, self.deviation_db)
        arrays: Arrays = {
            "H": channels,
            "noise": np.array(10.0 ** (-self.snr_db / 10.0)),
            "power": np.array(1.0),
        }
        if self.error_db > 0.0:
            return arrays
        error = 10.0 ** (self.error_db / 10.0)
        return arrays | {"H_true": with_error(own, channels, error), "error": np.array(error)}

    def _drawn(self, rng: np.random.Generator) -> NDArray[np.complexfloating]:
        shape = (self.n_channels, self.n_users, self.n_antennas)
        if self.model in SCENARIOS:
            return sionna_channels(rng, *shape, self.model)
        return (
            one_ring(rng, *shape, self.spread_degrees) if self.model == "one-ring" else rayleigh(rng, *shape)
        )


@dataclass(frozen=True)
class CellFree:
    """Cell-free networks: uniform places in a square that wraps around, COST-Hata, and correlated shadowing.

    1900 MHz, 20 MHz, noise figure 9 dB. Source: H. Q. Ngo et al., IEEE Transactions on Wireless Communications 16
    (2017), 1834-1850; the sizes are those of published code for learned max-min power control.

    Attributes
    ----------
    n_networks, n_aps, n_users, n_antennas : int
        At least 1; antennas of an access point.
    side_km : float
        Of the square, above 0.
    power_w : float
        Of an access point and of a pilot, above 0.
    pilots : int
        Symbols of a pilot, at least the number of users.

    Raises
    ------
    UsageError
        If a parameter is out of range.
    """

    draws: ClassVar = CHANNELS
    sizes: ClassVar[Mapping[str, Mapping[str, float]]] = {
        "tiny": {"n_networks": 4, "n_aps": 8, "n_users": 3},
        "easy": {},
        "medium": {"n_aps": 60, "n_users": 12},
        "hard": {"n_aps": 100, "n_users": 20},
    }

    n_networks: int = 100
    n_aps: int = 30
    n_users: int = 6
    n_antennas: int = 1
    side_km: float = 0.5
    power_w: float = 0.1
    pilots: int = 20

    def __post_init__(self) -> None:
        if min(self.n_networks, self.n_aps, self.n_users, self.n_antennas) < 1:
            raise UsageError(
                f"cell_free of {self.n_networks} networks, {self.n_aps} access points, {self.n_users} users, "
                f"{self.n_antennas} antennas is none; take 1 or more of each"
            )
        if not (0.0 < self.side_km <= 100.0 and 0.0 < self.power_w <= 1e6):
            raise UsageError(
                f"cell_free with {self.side_km} km and {self.power_w} W; take up to 100 km and 10**6 W, above 0"
            )
        if self.pilots < self.n_users:
            raise UsageError(
                f"cell_free with {self.pilots} pilots and {self.n_users} users; take as many pilots"
            )

    @any_rng
    def generate(self, rng: np.random.RandomState) -> Arrays:
        """Draw one batch.

        Parameters
        ----------
        rng : numpy.random.RandomState or numpy.random.Generator
            One seed is drawn from it.
        """
        own = np.random.default_rng(rng.randint(2**32, dtype=np.uint64))
        layouts = draw_layouts(own, self.n_networks, self.n_aps, self.n_users, self.side_km)
        return {
            "beta": layouts.beta,
            "noise": np.array(noise_w()),
            "power": np.array(self.power_w),
            "antennas": np.array(self.n_antennas),
            "pilots": np.array(self.pilots),
        }
