"""Shell completion of a command that takes every word as it is: that of the command it makes of these words."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperCommand


class RawCommand(TyperCommand):
    """Completes options, and the values of those that know them; the shell completes files."""

    def shell_complete(self, ctx: Any, incomplete: str) -> Any:
        """Return what may follow; see click."""
        from coplug.cli.search import searches
        from coplug.cli.solve import solve_app
        from coplug.errors import CoplugError

        words = list(ctx.args)
        *whole, last = words or [""]  # of an option that waits for its value nothing follows yet
        try:
            app = searches() if self.name == "search" else solve_app(whole if last[:1] == "-" else words)
        except CoplugError:  # words that mean nothing are followed by nothing
            return []
        command: Any = typer.main.get_command(app)
        if words and hasattr(command, "commands"):
            command = command.commands.get(words.pop(0), command)
        inner = command.make_context(self.name, [], resilient_parsing=True)
        for parameter in command.params:
            if words and words[-1] in parameter.opts and not getattr(parameter, "is_flag", False):
                return parameter.shell_complete(inner, incomplete)
        return command.shell_complete(inner, incomplete)
