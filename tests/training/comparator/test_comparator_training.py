import json

import numpy as np
import pytest
import torch

from coplug.errors import RecipeError
from coplug.families import generate_instances
from coplug.graphs.graph import from_edges
from coplug.models.comparator import ComparatorNetwork
from coplug.problems.mis.learned import find_comparator
from coplug.problems.mis.recursion import NEIGHBOURHOOD, OUT_OR_IN
from coplug.training.comparator.labels import ROLL_OUTS, labelled_pairs
from coplug.training.comparator.task import ComparatorTask, compiled, dense
from coplug.training.recipe_files import load_recipe
from tests.problems.mis.mis_helpers import best_set
from tests.training.test_supervised import Reporter

SETTINGS = [
    "task_arguments.families=special:tiny",
    "task_arguments.valid_graphs=8",
    "task_arguments.n_roots=4",
    "task_arguments.n_pairs=4",
    "batch_size=16",
    "epoch_steps=10",
]


def network(seed=0):
    torch.manual_seed(seed)
    return ComparatorNetwork()


@pytest.mark.parametrize("roll_outs", ROLL_OUTS)
def test_labels_are_sizes_of_independent_sets_of_the_pair(roll_outs):
    (drawn,) = generate_instances("rb", 1, 4, "tiny")
    pairs = labelled_pairs(
        compiled(network()),
        drawn.instance,
        rule=OUT_OR_IN,
        n_pairs=5,
        n_rollouts=2,
        roll_outs=roll_outs,
        rng=np.random.default_rng(0),
    )
    assert len(pairs) == 5
    exact = []
    for pair in pairs.split():
        flags = pair.nodes["node"].values.astype(bool)
        whole = from_edges(len(flags), pair.edges["edge"].index.T)
        assert (flags[:, 0] | flags[:, 1]).all()
        assert (~flags[:, 0]).sum() == 1
        (pivot,) = np.flatnonzero(~flags[:, 0])
        assert set(np.flatnonzero(~flags[:, 1])) == set(whole.adjacent(pivot))
        for side in (0, 1):
            kept = flags[:, side]
            number = np.cumsum(kept) - 1
            edges = whole.edges()
            part = from_edges(int(kept.sum()), number[edges[kept[edges].all(axis=1)]])
            found, best = pair.extras["size"].values[0, side], best_set(part).sum()
            assert 1 <= found <= best
            exact.append(found == best)
    assert all(exact) or roll_outs != "search"


def test_pairs_of_a_neighbourhood_take_two_of_its_nodes():
    (drawn,) = generate_instances("rb", 1, 4, "tiny")
    pairs = labelled_pairs(
        compiled(network()),
        drawn.instance,
        rule=NEIGHBOURHOOD,
        n_pairs=4,
        n_rollouts=1,
        roll_outs="normal",
        rng=np.random.default_rng(0),
    )
    for pair in pairs.split():
        flags = pair.nodes["node"].values.astype(bool)
        whole = from_edges(len(flags), pair.edges["edge"].index.T)
        for side in (0, 1):
            gone = set(np.flatnonzero(~flags[:, side]))
            assert any(gone == set(whole.adjacent(node)) for node in range(whole.n_nodes))


def test_mixed_labels_are_no_smaller_than_greedy():
    (drawn,) = generate_instances("erdos_renyi", 1, 0, "tiny")
    arguments = {"rule": OUT_OR_IN, "n_pairs": 6, "n_rollouts": 1}
    labels = [
        labelled_pairs(
            compiled(network()),
            drawn.instance,
            roll_outs=roll_outs,
            rng=np.random.default_rng(1),
            **arguments,
        )
        .extras["size"]
        .values
        for roll_outs in ("normal", "mixed")
    ]
    assert (
        labels[1][0] >= labels[0][0]
    ).all()  # of the first pair, which both saw with the same numbers drawn


def test_the_loss_is_the_cross_entropy_of_one_softmax():
    task = ComparatorTask("rb:tiny", valid_graphs=1, regression=0.0, tie=0.5)
    model = network()
    batch = task.label(model, np.random.default_rng(0)).take([0, 5, 9]).to_torch()
    adjacency, flags = dense(batch)
    with torch.no_grad():
        estimates = torch.stack([model(adjacency, flags[:, :, side]) for side in (0, 1)], dim=1)
        logits = estimates * model.scale.exp()
        sizes = batch.extras["size"].values
        wanted = torch.softmax(1e6 * sizes, dim=1)  # 0, 1, or one half each
        expected = torch.nn.functional.cross_entropy(logits, wanted)
        assert task.loss(model, batch).item() == pytest.approx(expected.item(), rel=1e-5)


def test_padding_and_company_change_no_estimate():
    task = ComparatorTask("rb:tiny special:tiny", valid_graphs=1)
    model = network()
    batch = task.label(model, np.random.default_rng(3))
    with torch.no_grad():
        together = model(*_first(batch))
        for number in (0, len(batch) // 2, len(batch) - 1):
            alone = model(*_first(batch.take([number])))
            assert alone.item() == pytest.approx(together[number].item(), rel=1e-4)


def _first(batch):
    adjacency, flags = dense(batch.to_torch())
    return adjacency, flags[:, :, 0]


def test_the_recipe_learns_the_trap_resumes_and_ships(tmp_path):
    settings = [*SETTINGS, "optimizer.schedule=constant", f"out={tmp_path / 'run'}"]
    trainer, recipe = load_recipe("mis-comparator", [*settings, "max_epochs=6"])
    outcome = trainer.train(recipe, tmp_path / "run", resume=False, reporter=Reporter())
    rows = [json.loads(line) for line in (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()]
    assert rows[0]["valid_greedy_ratio"] < 0.4
    assert outcome.best["valid_ratio"] > 0.95
    config = json.loads((outcome.policy / "config.json").read_text())
    assert (config["problem"], config["rule"]) == ("mis", "out-or-in")
    find_comparator(str(outcome.policy))
    trainer, longer = load_recipe("mis-comparator", [*settings, "max_epochs=7"])
    assert trainer.train(longer, tmp_path / "run", resume=True, reporter=Reporter()).epochs == 7


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"rule": "first"}, "rule is 'first', expected one of out-or-in"),
        ({"roll_outs": "none"}, "roll_outs is 'none', expected one of normal, mixed, search"),
        ({"families": ""}, "families is empty"),
        ({"families": "rb"}, "expected FAMILY:SIZE"),
        ({"n_pairs": 0}, "n_pairs is 0"),
        ({"tie": 2.0}, "tie is 2.0"),
    ],
)
def test_an_argument_out_of_range_is_one_line(arguments, message):
    with pytest.raises(RecipeError, match=message):
        ComparatorTask(**arguments)
