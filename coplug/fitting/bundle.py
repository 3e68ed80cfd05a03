"""What a fit ships: a policy's folder, whole or not at all, with a card of what was measured."""

from __future__ import annotations

import json
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
from coplug.inference.weights import (
    CONFIG_FILE,
    DECISION_FILE,
    TENSORS_FILE,
    load_weights,
    new_config,
    save_weights,
)
from coplug.scip.settings import ParameterValue
from coplug.tuning.settings_file import write_settings

CARD_FILE, SETTINGS_FILE, ROWS_FILE = "README.md", "settings.set", "decision.csv"
DECISION_PICTURE, TIME_PICTURE = "decision.png", "time.png"
OWN_FILES = frozenset(
    {
        CONFIG_FILE,
        TENSORS_FILE,
        DECISION_FILE,
        CARD_FILE,
        SETTINGS_FILE,
        ROWS_FILE,
        DECISION_PICTURE,
        TIME_PICTURE,
    }
)
"""All that a fit writes into a policy's folder."""


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
    made = {"winner": card.decision.winner, "reason": card.decision.reason}
    write_atomically(folder / DECISION_FILE, (json.dumps(made, indent=1) + "\n").encode())
    text = card_text(
        card, account, looks, TIME_PICTURE if pictures else "", DECISION_PICTURE if pictures else ""
    )
    write_atomically(folder / CARD_FILE, text.encode())
    if card.settings:
        write_settings(folder / SETTINGS_FILE, card.settings, [f"coplug fit: {card.decision.reason}"])


def holds_policy(folder: Path) -> bool:
    """Tell whether a fit left a policy in a folder, rather than a card alone."""
    return (folder / CONFIG_FILE).exists()


def check_own(out: Path) -> None:
    """See that a folder, if it is there, holds nothing but what a fit writes, as it is going to be replaced.

    Raises
    ------
    OutputError
        If it holds something else.
    """
    if not out.exists():
        return
    if not out.is_dir():
        raise OutputError(f"{out} is there already and no folder; choose another --out")
    foreign = sorted({path.name for path in out.iterdir()} - OWN_FILES)
    if foreign:
        raise OutputError(
            f"{out} holds {foreign[0]}, which coplug fit did not write and would delete; move it away, or choose "
            "another --out"
        )


def publish(folder: Path, out: Path) -> None:
    """Put a finished folder in the place of ``out``.

    Raises
    ------
    OutputError
        If it cannot be moved there, or something else is there.
    """
    check_own(out)
    old = out.with_name(f".{out.name}.old")
    try:
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.rename(old)
        folder.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise OutputError(f"cannot write {out}: {error.strerror or error}; choose a writable path") from error


def copy_folder(folder: Path, target: Path) -> None:
    """Copy a policy's folder, whole or not at all, in the place of what is there.

    Raises
    ------
    OutputError
        If it cannot be copied, or something else is there.
    """
    temporary = target.with_name(f".{target.name}.new")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        shutil.copytree(folder, temporary)
    except OSError as error:
        raise OutputError(f"cannot copy {folder} to {target}: {error.strerror or error}") from error
    publish(temporary, target)


def installed(out: Path) -> Path:
    """Return where ``--install`` puts a policy: the folder of the user's data, where ``auto`` looks."""
    return user_policies() / out.name
