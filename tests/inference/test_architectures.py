"""Architectures by name: those of coplug against their modules in torch, and one of another package."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from coplug.errors import WeightsError
from coplug.inference.architecture import ARCHITECTURES
from coplug.inference.weights import (
    load_config,
    load_network,
    load_weights,
    new_config,
    problem_of,
    save_weights,
)
from coplug.inference.zoo import shipped, zoo_directory
from coplug.models.weights_directory import arrays_of, export_network, load_module
from coplug.policy import load_policy
from coplug.scip.branching import include_policy
from coplug.scip.settings import apply_parameters
from coplug.scip.solve import open_model
from tests.conftest import ROOT
from tests.scip.nodes import MANY_NODES

SIZES = {
    "routing-explorer": {"width": 5, "second_width": 4, "two_hops": True},
    "routing-forwarder": {"width": 5, "second_width": 4},
    "routing-tensile": {"width": 5, "second_width": 4},
    "icgnn-power": {"n_stages": 2, "least_rate": True},
    "icgnn-precoding": {"n_stages": 2, "learned_start": True},
    "icgnn-precoding-cg": {"n_stages": 2, "n_steps": 2},
    "gcnn": {"width": 5},
    "gflownet-mlp": {"n_features": 4, "n_actions": 3, "width": 5, "depth": 3, "learned_backward": True},
    "mis-comparator": {},
    "mis-policy": {"width": 4, "depth": 2},
    "network-costs": {"n_contexts": 3, "n_costs": 4, "width": 5, "depth": 2},
    "pair-resnet": {"width": 3, "depth": 2},
    "pairformer": {"width": 4, "depth": 3},
    "seed-policy": {"width": 4, "depth": 2},
}

WITHOUT_NETWORK = ("polynomial-costs", "radial-costs", "settings")


def module(name):
    package, _, attribute = ARCHITECTURES.load(name).module.partition(":")
    torch.manual_seed(0)
    return getattr(__import__(package, fromlist=[attribute]), attribute)(**SIZES[name])


def test_those_of_coplug_are_found():
    assert ARCHITECTURES.names() == sorted([*SIZES, *WITHOUT_NETWORK])
    problems = {name: ARCHITECTURES.load(name).problem for name in SIZES}
    assert problems == dict.fromkeys(SIZES, "") | {
        "gcnn": "milp",
        "icgnn-power": "power",
        "icgnn-precoding": "precoding",
        "icgnn-precoding-cg": "precoding",
        "mis-comparator": "mis",
        "network-costs": "contextual-lp",
        "pairformer": "extremal",
        "routing-explorer": "routing",
        "routing-forwarder": "routing",
        "routing-tensile": "routing",
        "seed-policy": "influence",
    }


def test_looking_them_up_imports_neither_torch_nor_numba():
    program = (
        "import sys; from coplug.inference.architecture import ARCHITECTURES\n"
        "for name in ARCHITECTURES.names(): ARCHITECTURES.load(name)\n"
        "sys.exit(bool({'torch', 'numba', 'pyscipopt'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize("name", SIZES)
def test_shapes_are_those_of_the_module(name):
    config = new_config(name, SIZES[name])
    found = {key: tuple(tensor.shape) for key, tensor in module(name).state_dict().items()}
    assert ARCHITECTURES.load(name).shapes(config) == found


@pytest.mark.parametrize("name", SIZES)
def test_a_module_comes_back_as_it_was(name, tmp_path):
    network = module(name)
    export_network(network, tmp_path, name, SIZES[name], training={"seed": 3})
    other, config = load_module(tmp_path)
    assert type(other) is type(network)
    assert config["training"] == {"seed": 3}
    for key, array in arrays_of(network).items():
        np.testing.assert_array_equal(array, other.state_dict()[key].numpy())
    assert problem_of(tmp_path) == ARCHITECTURES.load(name).problem


@pytest.mark.parametrize("name", SIZES)
def test_what_serves_no_solve_or_another_is_no_network_for_it(name, tmp_path):
    export_network(module(name), tmp_path, name, SIZES[name])
    own = ARCHITECTURES.load(name).problem
    for problem in {"milp", "mis", "extremal", "influence"} - {own}:
        with pytest.raises(WeightsError, match=f"{name}' serves .*; expected weights that serve {problem}"):
            load_network(tmp_path, problem)
    if own:
        load_network(tmp_path, own)


def test_each_shipped_folder_serves_one_problem():
    served = [
        name
        for problem in ("milp", "mis", "extremal", "influence", "power", "precoding", "routing")
        for name in shipped(problem)
    ]
    assert sorted(served) == sorted(path.parent.name for path in zoo_directory().glob("*/config.json"))


def test_a_metric_that_is_no_number_is_written_as_null(tmp_path):
    training = {"metrics": {"loss": float("nan"), "all": [1.0, -float("inf")]}}
    export_network(module("mis-policy"), tmp_path, "mis-policy", SIZES["mis-policy"], training=training)
    assert load_config(tmp_path)["training"] == {"metrics": {"loss": None, "all": [1.0, None]}}


def test_weights_whose_metrics_are_no_numbers_load(tmp_path):
    export_network(module("mis-policy"), tmp_path, "mis-policy", SIZES["mis-policy"], training={})
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"training": {"loss": float("nan")}}))
    load_weights(tmp_path)


FOREIGN = """
import numpy as np
from coplug.inference.architecture import Architecture

class Linear:
    def __init__(self, weight):
        self.weight = weight
    def scores(self, state, candidates):
        return state.column_features[candidates] @ self.weight

def build(tensors, config):
    return Linear(tensors["weight"])

linear = Architecture(
    name="linear",
    problem="milp",
    shapes=lambda config: {"weight": (config["n"],)},
    sizes={"n": 100},
    flags=("signed",),
    expected={"units": ("a", "b"), "version": 2},
    fault=lambda tensors: "tensor weight is all 0" if not tensors["weight"].any() else "",
    build="foreign_nets:build",
)
renamed = Architecture(name="other", shapes=lambda config: {})
unbuilt = Architecture(name="unbuilt", problem="milp", shapes=lambda config: {})
raising = Architecture(name="raising", problem="milp", shapes=lambda config: 1 / 0, build="math:pow")
unbuildable = Architecture(name="unbuildable", problem="milp", shapes=lambda config: {}, build="math:nothing")
unsized = Architecture(name="unsized", shapes=lambda config: {}, sizes=("n",))
wrong = {}
"""

GOOD = {"n": 19, "signed": True, "units": ["a", "b"], "version": 2}


@pytest.fixture
def foreign(install):
    names = ("linear", "renamed", "unbuilt", "raising", "unbuildable", "unsized", "wrong", "missing")
    install("foreign_nets", FOREIGN, architectures={name: f"foreign_nets:{name}" for name in names})


def write(directory, weight=None, **config):
    """Write a folder by hand, as it may come from anywhere."""
    directory.mkdir()
    from safetensors.numpy import save_file

    tensors = {} if weight is None else {"weight": np.asarray(weight, np.float32)}
    save_file(tensors, directory / "model.safetensors")
    (directory / "config.json").write_text(json.dumps({"format": 1, **config}))
    return directory


def test_a_package_of_others_brings_an_architecture(foreign, tmp_path):
    tensors = {"weight": np.arange(19, dtype=np.float32)}
    config = new_config("linear", {"n": 19, "signed": False}, training={})
    assert (config["units"], config["version"]) == (["a", "b"], 2)
    save_weights(tmp_path / "w", tensors, config)
    network, found = load_network(tmp_path / "w", "milp")
    assert found == config
    np.testing.assert_array_equal(network.weight, tensors["weight"])
    assert problem_of(tmp_path / "w") == "milp"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 101}, "n is 101; expected a positive integer of at most 100"),
        ({"n": 19.0}, "n is 19.0; expected a positive integer"),
        ({"n": 18}, r"tensor weight has shape \(19,\), expected \(18,\)"),
        ({"signed": 1}, "signed is 1; expected true or false"),
        ({"units": ["a"]}, "units has 1 names, expected 2"),
        ({"units": ["a", "a" * 10_000]}, r"units\[1\] is 'a{119}\.\.\., expected 'b'"),
        ({"version": True}, "version is True, this coplug has 2"),
        ({"architecture": "renamed"}, "'renamed' calls itself 'other'"),
        (
            {"architecture": "unbuilt"},
            r"'unbuilt' \(foreign_nets:unbuilt\) serves a problem, but has no build",
        ),
        ({"architecture": "wrong"}, "is a dict, expected a coplug.inference.architecture.Architecture"),
        (
            {"architecture": "unsized"},
            r"'unsized' \(foreign_nets:unsized\) has sizes \('n',\); expected a mapping",
        ),
        ({"architecture": "missing"}, r"cannot be imported: AttributeError: .*; update its package"),
        ({"architecture": "raising"}, r"'raising' fails \(ZeroDivisionError: .*\); update its package"),
        ({"architecture": "unbuildable"}, "tensor weight does not belong"),
        ({"architecture": "nosuch"}, "known are: gcnn, .*linear"),
    ],
)
def test_what_is_wrong_with_it_is_one_line(foreign, tmp_path, change, message):
    directory = write(tmp_path / "w", np.ones(19), **{"architecture": "linear", **GOOD, **change})
    with pytest.raises(WeightsError, match=message) as raised:
        load_network(directory, "milp")
    assert "\n" not in str(raised.value)
    assert str(directory) in str(raised.value)


def test_its_own_check_and_build_may_refuse(foreign, tmp_path):
    with pytest.raises(WeightsError, match="tensor weight is all 0"):
        load_network(write(tmp_path / "zero", np.zeros(19), architecture="linear", **GOOD), "milp")
    with pytest.raises(WeightsError, match=r"'unbuildable' fails \(AttributeError"):
        load_network(write(tmp_path / "none", architecture="unbuildable"), "milp")


def test_the_example_of_the_page_branches(install, tmp_path, monkeypatch, tiny):
    page = (ROOT / "docs" / "howto" / "own-policy.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```", page.partition("## A network")[2], re.MULTILINE | re.DOTALL)
    architecture, weights = (block.replace("my_package.linear", "page_linear") for block in blocks)
    install("page_linear", architecture, architectures={"linear": "page_linear:linear"})
    monkeypatch.chdir(tmp_path)
    exec(weights, {})
    policy = load_policy("my-weights")
    assert (policy.name, policy.scip_parameters) == ("my-weights", {"separating/maxrounds": 0})
    with open_model(tiny) as model:
        apply_parameters(model, MANY_NODES)
        rule = include_policy(model, policy, strict=True)
        model.optimize()
        assert model.getStatus() == "optimal"
        assert rule.statistics.decisions > 3
