"""A log of what policies did, solve by solve: a line of JSON each."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from coplug.files import appending
from coplug.report import Report


def log_use(report: Report, path: Path) -> None:
    """Add a line about a solve.

    Its keys are ``time`` (ISO 8601, UTC), ``problem``, ``instance``, ``status``, ``time_s``, ``policy`` as in the
    document of ``--json``, with ``withdrawn``, and ``drift``; and ``remarks``, which say why it was chosen or was not.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    line = {
        "time": datetime.now(UTC).isoformat(timespec="seconds"),
        "problem": report.problem,
        "instance": report.instance,
        "status": report.status,
        "time_s": report.time_s,
        "policy": report.policy.document | {"drift": report.policy.drift},
        "remarks": list(report.remarks),
    }
    with appending(path) as append:
        append(json.dumps(line).encode() + b"\n")
