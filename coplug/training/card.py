"""The card of a trained policy: what it is, how it came about and how good it was, for whoever finds its folder."""

from __future__ import annotations

import time
from collections.abc import Mapping

from coplug.training.recipe import Recipe, to_toml

CARD_FILE = "README.md"


def card(recipe: Recipe, metrics: Mapping[str, float], versions: Mapping[str, str | None]) -> str:
    """Return the card of the best epoch of a run, in Markdown.

    Parameters
    ----------
    recipe : Recipe
    metrics : mapping
        Of that epoch.
    versions : mapping of package to version
    """
    title = recipe.description or recipe.kind
    rows = "\n".join(
        f"| {name.replace('_', ' ')} | {value:.6g} |" for name, value in metrics.items() if name != "epoch"
    )
    written, epoch = time.strftime("%Y-%m-%d"), int(metrics["epoch"]) + 1
    used = ", ".join(f"{package} {version}" for package, version in versions.items() if version)
    return f"""# {title}

Trained by `coplug train` with kind `{recipe.kind}` and seed {recipe.seed}, with {used}.
Written on {written}. This is epoch {epoch}, the best of its run by the validation metric.

## Measured in training

| metric | value |
|---|---|
{rows}

What a validation metric chose it also flatters: measure on instances that training never saw, for example
with `coplug compare`.

## Recipe

```toml
{to_toml(recipe)}```
"""
