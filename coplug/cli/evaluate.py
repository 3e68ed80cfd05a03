"""``coplug evaluate``: policies beside baselines, on the same episodes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from coplug.evaluation.returns import Evaluation


def evaluate(
    target: Annotated[
        str, typer.Argument(metavar="ENV|RUN", help="The id of an environment, or a run directory.")
    ],
    policies: Annotated[
        str, typer.Option(metavar="A,B,...", help="Of which policies.  [default: all there are]")
    ] = "",
    seeds: Annotated[int, typer.Option(metavar="N", help="Episodes of each, with the same seeds.")] = 20,
    first_seed: Annotated[int, typer.Option(metavar="N", help="The first of the seeds.")] = 0,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Argument of the environment; may be repeated."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")] = False,
) -> None:
    """Compare the returns of policies in ENV, or of a trained one and baselines in what RUN was trained in.

    Every policy acts in episodes of the same seeds; shown are means and their 95 % intervals.
    """
    from coplug.evaluation.environments import evaluate_environment
    from coplug.evaluation.returns import checked_seeds
    from coplug.evaluation.runs import evaluate_run
    from coplug.key_values import split_pairs

    names = [name.strip() for name in policies.split(",") if name.strip()]
    numbers = checked_seeds(seeds, first_seed)
    arguments = {key: _value(text) for key, text in split_pairs(settings or []).items()}
    if Path(target).is_dir():
        found = evaluate_run(Path(target), names, numbers)
    else:
        found = evaluate_environment(target, names, numbers, arguments)
    typer.echo(json.dumps(_document(found)) if as_json else _table(found))


def _value(text: str) -> object:
    """Return what a text means as JSON, or else the text itself."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _document(found: Evaluation) -> dict[str, object]:
    return {
        "schema_version": 1,
        "target": found.target,
        "seeds": list(found.seeds),
        "policies": {
            name: {"mean": mean.value, "interval": [mean.low, mean.high] if len(found.seeds) > 1 else None}
            | {"returns": list(found.returns[name])}
            for name, mean in found.means().items()
        },
    }


def _table(found: Evaluation) -> str:
    rows = [("policy", "mean return", "95 % interval")]
    for name, mean in found.means().items():
        interval = f"{mean.low:.4g} to {mean.high:.4g}" if len(found.seeds) > 1 else ""
        rows.append((name, f"{mean.value:.4g}", interval))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return "\n".join(lines)
