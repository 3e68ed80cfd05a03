"""A trained policy and the baselines of what it was trained in, on the same fresh episodes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from coplug.contracts.episodes import Baseline, baselines_of
from coplug.errors import UsageError
from coplug.evaluation.returns import Evaluation, chosen_names
from coplug.run_metrics import RECIPE_FILE

LEARNED, DRAWN = "learned", "drawn"
"""The trained policy by its most probable actions, and by actions drawn from it."""

SIDE_BY_SIDE = 32


def evaluate_run(
    directory: Path,
    policies: Sequence[str] = (),
    seeds: Sequence[int] = range(20),
    listen: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Let the best policy of a run, and the baselines of its episodes, act in fresh episodes of the same seeds.

    Parameters
    ----------
    directory : Path
        A run directory of kind ``policy-gradient``. It is code: what its recipe names is imported.
    policies : sequence of str
        ``learned``, ``drawn``, ``random`` and the names of other baselines; all by default.
    seeds : sequence of int
        One an episode.
    listen : callable
        Hears how many of all episodes are done.

    Raises
    ------
    UsageError
        If the directory holds no such run or no policy yet, or there is no baseline of a name.
    RecipeError
        If what the recipe names cannot be made.
    WeightsError
        If the policy cannot be read.
    """
    baselines = _baselines(directory)
    names = chosen_names(policies, list(baselines), str(directory))
    returns = {}
    for done, name in enumerate(names, 1):
        returns[name] = baselines[name](seeds).tolist()
        listen(done * len(seeds), len(names) * len(seeds))
    return Evaluation(str(directory), list(seeds), returns)


def _baselines(directory: Path) -> dict[str, Baseline]:
    from coplug.models.weights_directory import load_module
    from coplug.training.named import make_named
    from coplug.training.policy_gradient.learner import PolicyGradientRecipe, trainer
    from coplug.training.policy_gradient.rollout import acting
    from coplug.training.recipe_files import load_recipe

    path = directory / RECIPE_FILE
    if not path.is_file():
        raise UsageError(
            f"{directory} holds no run; give the --out of coplug train, or the id of an environment"
        )
    _, recipe = load_recipe(str(path))
    if not isinstance(recipe, PolicyGradientRecipe):
        raise UsageError(
            f"{directory} is a run of kind {recipe.kind}; only policy-gradient has episodes that others can act in"
        )
    if not (directory / "policy").is_dir():
        raise UsageError(f"{directory} has no policy yet; train it for at least an epoch")
    if not (directory / "policy" / "config.json").is_file():
        raise UsageError(
            f"{directory}/policy says no architecture, so its network cannot be made again; let export() write it with "
            "coplug.models.weights_directory.export_network"
        )
    episodes = make_named(recipe.environment, "environment", recipe.environment_arguments, trainer.methods)
    network, _ = load_module(directory / "policy")
    network.eval()
    return {
        LEARNED: acting(network, episodes, None, SIDE_BY_SIDE),
        DRAWN: acting(network, episodes, 0, SIDE_BY_SIDE),
        **baselines_of(episodes),
    }
