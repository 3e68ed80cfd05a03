"""What a fit ships: a policy's folder, whole or not at all, with a card of what was measured."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from coplug.comparison.account import Account
from coplug.errors import OutputError
from coplug.figures import save_panels
from coplug.files import write_atomically
from coplug.fitting.card import Card, card_text
from coplug.fitting.look import Look, draw_looks
from coplug.inference.bundles import user_policies
from coplug.inference.weights import load_weights, new_config, save_weights
from coplug.scip.settings import ParameterValue
from coplug.tuning.settings_file import write_settings

CARD_FILE, SETTINGS_FILE = "README.md", "settings.set"
DECISION_PICTURE, TIME_PICTURE = "decision.png", "time.png"


def save_bundle(
    folder: Path,
    network: Path | None,
    settings: Mapping[str, ParameterValue],
    fingerprint: Mapping[str, tuple[float, float]],
    fitted: Mapping[str, Any],
) -> None:
    """Write configuration and weights of a policy, or of settings alone.

    Parameters
    ----------
    folder : Path
    network : Path or None
        Folder of the network that branches; None for settings alone.
    settings : mapping
    fingerprint : mapping
        Of the problem as it is given.
    fitted : mapping
        How it came about, plain values.
    """
    ranges = {name: list(limits) for name, limits in fingerprint.items()}
    more = {
        "scip_parameters": dict(settings),
        "fingerprint": ranges,
        "fingerprint_of": "problem",
        "fitted": dict(fitted),
    }
    if network is None:
        save_weights(folder, {}, new_config("settings", {}, branches=False, **more))
        return
    tensors, config = load_weights(network)
    save_weights(folder, tensors, config | more)


def write_report(
    folder: Path, card: Card, account: Account | None, looks: Sequence[tuple[str, Look]]
) -> None:
    """Write card, pictures and settings into a folder; pictures need matplotlib and are left out without it."""
    pictures = find_spec("matplotlib") is not None
    if pictures:
        save_panels(folder / TIME_PICTURE, draw_looks(looks))
        if account is not None:
            save_panels(folder / DECISION_PICTURE, account.panels())
    text = card_text(
        card, account, looks, TIME_PICTURE if pictures else "", DECISION_PICTURE if pictures else ""
    )
    write_atomically(folder / CARD_FILE, text.encode())
    if card.settings:
        write_settings(folder / SETTINGS_FILE, card.settings, [f"coplug fit: {card.decision.reason}"])


def publish(folder: Path, out: Path) -> None:
    """Put a finished folder in the place of ``out``.

    Raises
    ------
    OutputError
        If it cannot be moved there.
    """
    old = out.with_name(f".{out.name}.old")
    try:
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.rename(old)
        folder.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}; choose a writable path") from error


def install(out: Path) -> Path:
    """Copy a policy into the folder of the user's data, where ``auto`` looks; returns where it is.

    Raises
    ------
    OutputError
        If it cannot be copied.
    """
    target = user_policies() / out.name
    temporary = target.with_name(f".{target.name}.new")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(out, temporary)
    except OSError as error:
        raise OutputError(f"cannot install into {target}: {error.strerror or error}") from error
    publish(temporary, target)
    return target
