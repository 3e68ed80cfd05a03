"""Channels of the models of 3GPP TR 38.901, drawn by Sionna, an extra that is imported only here."""

from __future__ import annotations

import numpy as np

from coplug.errors import UsageError, in_one_line
from coplug.extras import install_command
from coplug.problems.wireless.channels import Complex

SCENARIOS = ("umi", "uma", "rma")
"""Urban micro and macro, rural macro."""

CARRIER_HZ = {"umi": 3.5e9, "uma": 3.5e9, "rma": 0.7e9}


def sionna_channels(
    rng: np.random.Generator, n_channels: int, n_users: int, n_antennas: int, scenario: str
) -> Complex:
    """Draw channels from a base station's horizontal array to users of one antenna who are uniform in its sector.

    The response at the carrier: the sum of the paths' coefficients. Path loss and shadowing are left out, and all is
    scaled to a mean square of 1. Elements are half a wavelength apart, with the pattern of TR 38.901 at the base
    station and none at users.

    Source: 3GPP TR 38.901; J. Hoydis et al., Sionna: An Open-Source Library for Next-Generation Physical Layer
    Research, arXiv 2203.11854, whose version 2 draws.

    Parameters
    ----------
    rng : numpy.random.Generator
        Sionna's own seed is drawn from it; Sionna has one for the whole process, which is set.
    n_channels, n_users, n_antennas : int
        At least 1.
    scenario : {"umi", "uma", "rma"}

    Returns
    -------
    complex128, shape (n_channels, n_users, n_antennas)

    Raises
    ------
    UsageError
        If Sionna is not installed, or another version than 2.
    """
    try:
        from sionna.phy import config
        from sionna.phy.channel import gen_single_sector_topology, tr38901
    except ImportError as error:
        raise UsageError(
            f"model {scenario} needs Sionna 2 ({in_one_line(error)}): {install_command('sionna')}"
        ) from error
    config.seed = int(rng.integers(2**31))
    carrier = CARRIER_HZ[scenario]
    base, user = (
        tr38901.PanelArray(
            num_rows_per_panel=1,
            num_cols_per_panel=n,
            polarization="single",
            polarization_type="V",
            antenna_pattern=pattern,
            carrier_frequency=carrier,
            device="cpu",
        )
        for n, pattern in ((n_antennas, "38.901"), (1, "omni"))
    )
    make = {"umi": tr38901.UMi, "uma": tr38901.UMa, "rma": tr38901.RMa}[scenario]
    inside = {} if scenario == "rma" else {"o2i_model": "low"}
    model = make(
        carrier_frequency=carrier,
        ut_array=user,
        bs_array=base,
        direction="downlink",
        enable_pathloss=False,
        enable_shadow_fading=False,
        device="cpu",
        **inside,
    )
    model.set_topology(*gen_single_sector_topology(n_channels, n_users, scenario, device="cpu"))
    paths, _ = model(num_time_samples=1, sampling_frequency=1.0)
    channels = np.asarray(paths.sum(dim=-2)[:, :, 0, 0, :, 0].numpy(), np.complex128)
    return np.asarray(channels / np.sqrt((np.abs(channels) ** 2).mean()))
