"""The render mode of an environment: checked when it is made, warned about when there is none."""

from __future__ import annotations

from collections.abc import Sequence

import gymnasium

from coplug.errors import UsageError


def checked_render_mode(render_mode: str | None, modes: Sequence[str]) -> str | None:
    """Return the render mode.

    Raises
    ------
    UsageError
        If it is neither one of the modes nor None.
    """
    if render_mode is not None and render_mode not in modes:
        raise UsageError(
            f"render_mode {render_mode!r} is unknown; choose one of: {', '.join(modes)}, or None"
        )
    return render_mode


def warn_without_render_mode() -> None:
    """Say by Gymnasium's logger that ``render()`` has nothing to do."""
    gymnasium.logger.warn("render() needs a render mode; make the environment with render_mode='ansi'")
