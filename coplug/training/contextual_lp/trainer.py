"""The trainer ``contextual-lp``: one convex program, or some epochs, then a report on samples that were held out."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError
from coplug.figures import save_figure
from coplug.files import write_atomically
from coplug.problems.contextual_lp.data import Observations, read_observations
from coplug.problems.contextual_lp.decisions import observe
from coplug.problems.contextual_lp.learning import learn, with_decisions
from coplug.problems.contextual_lp.predictors import (
    CostPredictor,
    LinearInFeatures,
    load_predictor,
    names_of,
    save_predictor,
)
from coplug.problems.contextual_lp.program import LinearProgram, read_program
from coplug.problems.contextual_lp.regret import Evaluation, evaluate
from coplug.problems.contextual_lp.settings import Settings
from coplug.training.contextual_lp.recipe import ContextualRecipe
from coplug.training.outcome import Outcome
from coplug.training.reporter import Reporter
from coplug.training.run_directory import RunDirectory

REPORT_FILE = "report.json"
PICTURE_FILE = "report.png"


@dataclass(frozen=True)
class ContextualTrainer:
    """See :class:`coplug.training.trainer.Trainer`.

    A run directory holds the predictor as ``policy/``, ``report.json`` and, with matplotlib, ``report.png``. An
    interrupted run has learned nothing yet: ``--resume`` begins it again.
    """

    recipe_type: type[ContextualRecipe] = ContextualRecipe

    def train(self, recipe: ContextualRecipe, out: Path, *, resume: bool, reporter: Reporter) -> Outcome:
        """Learn, and report.

        Raises
        ------
        CoplugError
            If files, settings and method do not fit together.
        """
        settings = recipe.settings()
        if recipe.method == "forest":
            raise UsageError(
                "a forest is a comparator and is not kept; take ridge, or coplug.problems.contextual_lp"
            )
        program = read_program(Path(recipe.model))
        data = _data(recipe, program, settings)
        predicted = _predicted(recipe.predict, program)
        rest, test = _split(data, recipe.test_share, recipe.seed)
        for note in program.notes:
            reporter.message(note)
        with RunDirectory(out, recipe, resume=resume) as run:
            folder = run.policy_path(0)
            training = {"method": recipe.method, "seed": recipe.seed, "samples": len(rest)}
            names = data.context_names
            if recipe.predictor == "network":
                from coplug.training.contextual_lp.network import train_network

                more = {"training": training, **names_of(program, names)}
                train_network(program, rest, recipe, predicted, folder, more, reporter)
                held_out: dict[str, float] = {}
            else:
                learned = learn(program, rest, settings, predicted=predicted, tell=reporter.message)
                for note in learned.notes:
                    reporter.message(note)
                assert isinstance(learned.predictor, LinearInFeatures)  # all but the forest are
                save_predictor(folder, learned.predictor, program, names, training=training)
                held_out = learned.held_out
            # What is reported is what was kept, in the precision of the file.
            kept = load_predictor(folder).predictor
            found = evaluate(program, kept, test, recipe.solver, recipe.jobs) if test is not None else None
            metrics = {"epoch": 0.0, **_metrics(found, held_out)}
            run.log(metrics)
            policy = run.publish(metrics)
            if found is not None and test is not None:
                _report(out, recipe, found, held_out, kept, test)
            shutil.rmtree(out / "policies", ignore_errors=True)
        metric = next((name for name in metrics if name != "epoch"), "epoch")
        return Outcome("max_epochs", 1, metrics, policy, metric)


def _data(recipe: ContextualRecipe, program: LinearProgram, settings: Settings) -> Observations:
    """Return the data, all of it checked before any is held out: samples are then named as in the file."""
    data = with_decisions(program, read_observations(Path(recipe.data), program), settings)
    found = observe(program, data.chosen("training"), recipe.data)
    if recipe.method in ("mom", "cilp") and len(found.unexplained) == len(data):
        raise InstanceError(
            f"{recipe.data}: every decision lies inside, optimal for no cost but 0; expected some at a bound or a row"
        )
    return data


def _predicted(names: str, program: LinearProgram) -> NDArray[np.int64] | None:
    if not names:
        return None
    places = {name: k for k, name in enumerate(program.variable_names)}
    chosen = [name.strip() for name in names.split(",")]
    for name in chosen:
        if name not in places:
            raise UsageError(
                f"predict: {program.name} has no variable {name!r}; its names begin with {program.variable_names[0]}"
            )
    return np.array(sorted({places[name] for name in chosen}))


def _split(data: Observations, share: float, seed: int) -> tuple[Observations, Observations | None]:
    """Return the samples that are learned from, and those that only the report sees."""
    n_test = int(share * len(data))
    if not n_test:
        return data, None
    order = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(1,))).permutation(len(data))
    return data.part(np.sort(order[n_test:])), data.part(np.sort(order[:n_test]))


def _metrics(found: Evaluation | None, held_out: dict[str, float]) -> dict[str, float]:
    """Return what is known, regret first."""
    document = {} if found is None else found.document
    metrics = {name: float(value) for name, value in document.items() if value is not None}
    return metrics | ({"held_out_distance": min(held_out.values())} if held_out else {})


def _report(
    out: Path,
    recipe: ContextualRecipe,
    found: Evaluation,
    held_out: dict[str, float],
    predictor: CostPredictor,
    test: Observations,
) -> None:
    document: dict[str, Any] = {
        "recipe": asdict(recipe),
        "test_samples": len(test),
        **found.document,
        "held_out": held_out,
        "regrets": None if found.regret is None else found.regret.tolist(),
    }
    write_atomically(out / REPORT_FILE, (json.dumps(document, indent=1) + "\n").encode())
    if find_spec("matplotlib") is not None:
        save_figure(out / PICTURE_FILE, lambda axes: _draw(axes, recipe, found, predictor, test))


def _draw(
    axes: Any, recipe: ContextualRecipe, found: Evaluation, predictor: CostPredictor, test: Observations
) -> None:
    """Draw regrets by the best objective; without costs, observed against predicted decisions."""
    title = f"{Path(recipe.data).name}, {recipe.method}, {recipe.predictor}"
    if found.regret is not None and found.best is not None:
        axes.scatter(found.best, found.regret, s=12, color="#2c7fb8")
        axes.axhline(
            found.regret.mean(), color="#c0392b", linewidth=0.8, label=f"mean {found.regret.mean():.4g}"
        )
        axes.set(
            xlabel="objective of the best decision, at the true costs",
            ylabel="regret of the decision by predicted costs",
            title=f"{title}\nnormalised regret {100 * (found.normalised or 0):.2f} % on {len(test)} held-out samples",
        )
        axes.legend()
        return
    mean, share = predictor.costs(test.contexts).mean(axis=0), found.decisions.mean(axis=0)
    axes.scatter(mean, share, s=14, color="#c0392b", label="decisions by predicted costs")
    if test.decisions is not None:
        axes.scatter(
            mean, test.decisions.mean(axis=0), s=14, color="#2c7fb8", marker="x", label="observed decisions"
        )
    said = (
        ""
        if found.reproduced is None
        else f"\n{100 * found.reproduced:.1f} % of {len(test)} held-out decisions met"
    )
    axes.set(
        xlabel="mean predicted cost of a variable", ylabel="mean value of the variable", title=title + said
    )
    axes.legend()


trainer = ContextualTrainer()
