"""A network that was made for another environment is one line, whichever learner asks it."""

import pytest
import torch

from coplug.errors import RecipeError
from coplug.training.outputs import outputs_of
from coplug.training.recipe_files import load_recipe
from tests.training.test_supervised import Reporter


class Other(torch.nn.Module):
    """Looks for nodes that are not there, and is no matrix's either."""

    def __init__(self, **sizes):
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.log_z = torch.nn.Parameter(torch.zeros(()))

    def forward(self, observed):
        return self.layer(observed.nodes["column"].values)

    def export(self, directory, info):
        raise AssertionError("never asked for")


@pytest.mark.parametrize("name", ["independent-set-er20-ppo", "hypergrid-gflownet", "extremal-alphazero"])
def test_a_network_for_something_else_is_one_line(name, tmp_path):
    samples = "evaluation_samples" if name == "hypergrid-gflownet" else "evaluation_episodes"
    small = ["device=cpu", "max_epochs=1", f"{samples}=1", f"network={__name__}:Other"]
    trainer, recipe = load_recipe(name, small)
    with pytest.raises(RecipeError, match="the network cannot take what is observed here: ") as raised:
        trainer.train(recipe, tmp_path / "run", resume=False, reporter=Reporter())
    assert "\n" not in str(raised.value)
    assert raised.value.__cause__ is not None


def test_what_a_network_says_of_its_errors_itself_stays():
    def refuse(observed):
        raise RecipeError("too wide")

    with pytest.raises(RecipeError, match=r"^too wide$"):
        outputs_of(refuse, 1)
    assert outputs_of(lambda observed: observed + 1, 1) == 2
