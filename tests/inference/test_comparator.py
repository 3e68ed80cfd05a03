import json

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from coplug.errors import WeightsError
from coplug.families import generate_instances
from coplug.graphs.graph import from_edges
from coplug.inference.architectures.mis_comparator import comparator_shapes
from coplug.inference.comparator import make_comparator
from coplug.inference.zoo import shipped
from coplug.models.comparator import ComparatorNetwork
from coplug.problems.mis.learned import comparator_names, find_comparator
from coplug.problems.mis.recursion import begin, estimate_left
from coplug.problems.mis.residual import remove, remove_neighbours


def network(seed):
    torch.manual_seed(seed)
    model = ComparatorNetwork()
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return model


def compiled(model):
    return make_comparator({name: tensor.numpy() for name, tensor in model.state_dict().items()})


def in_torch(model, graph, there):
    matrix = torch.zeros(1, graph.n_nodes, graph.n_nodes, dtype=torch.float64)
    tails, heads = graph.edges().astype(np.int64).T
    matrix[0, tails, heads] = matrix[0, heads, tails] = 1.0
    with torch.no_grad():
        return model.double()(matrix, torch.from_numpy(there.astype(np.float64))[None]).item()


@pytest.mark.parametrize("family", ["rb", "special", "barabasi_albert", "social_ego"])
def test_the_kernel_agrees_with_torch_while_nodes_are_removed(family):
    (drawn,) = generate_instances(family, 1, 3, "tiny")
    for seed in range(3):
        model = network(seed)
        net = compiled(model)
        state = begin(drawn.instance, 0)
        for node in (0, 5, 11):
            expected = in_torch(model, drawn.instance, state.left.there)
            assert estimate_left(net, state) == pytest.approx(expected, rel=1e-5)
            if state.left.there[node]:
                (remove if node % 2 else remove_neighbours)(state.left, node)
        model.float()


def test_isolated_nodes_count_one_each():
    net = compiled(network(0))
    alone = begin(from_edges(7, np.empty((0, 2), dtype=np.int64)), 0)
    assert estimate_left(net, alone) == 7.0
    path = np.array([(0, 1), (1, 2)])
    more = estimate_left(net, begin(from_edges(5, path), 0)) - estimate_left(
        net, begin(from_edges(3, path), 0)
    )
    assert more == pytest.approx(2.0, abs=1e-6)


def test_names_do_not_matter():
    (drawn,) = generate_instances("rb", 1, 0, "tiny")
    graph, net = drawn.instance, compiled(network(1))
    order = np.random.default_rng(0).permutation(graph.n_nodes)
    other = from_edges(graph.n_nodes, order[graph.edges()])
    assert estimate_left(net, begin(graph, 0)) == pytest.approx(estimate_left(net, begin(other, 0)), rel=1e-5)


def test_an_export_is_read_back_and_damage_is_one_line(tmp_path):
    model = network(2)
    model.export(tmp_path / "w", {"problem": "mis", "rule": "out-or-in"})
    for mine, theirs in zip(find_comparator(str(tmp_path / "w")), compiled(model), strict=True):
        assert (mine == theirs).all()
    tensors = load_file(tmp_path / "w" / "model.safetensors")
    assert {name: tensor.shape for name, tensor in tensors.items()} == comparator_shapes({})
    save_file(tensors | {"scale": np.float32([1.0])}, tmp_path / "w" / "model.safetensors")
    with pytest.raises(WeightsError, match=r"tensor scale has shape \(1,\), expected \(\)"):
        find_comparator(str(tmp_path / "w"))
    save_file(
        tensors | {"hidden.bias": np.full(32, np.nan, np.float32)}, tmp_path / "w" / "model.safetensors"
    )
    with pytest.raises(WeightsError, match="NaN"):
        find_comparator(str(tmp_path / "w"))
    (tmp_path / "w" / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(WeightsError, match="cannot be read"):
        find_comparator(str(tmp_path / "w"))
    (tmp_path / "w" / "config.json").write_text(json.dumps({"format": 1, "architecture": "gcnn"}))
    with pytest.raises(WeightsError, match="'gcnn' serves milp; expected weights that serve mis"):
        find_comparator(str(tmp_path / "w"))
    with pytest.raises(WeightsError, match="there is no comparator"):
        find_comparator(str(tmp_path / "nowhere"))


@pytest.mark.parametrize("name", comparator_names())
def test_shipped_comparators_load_have_a_card_and_are_small(name):
    find_comparator(name)
    directory = shipped("mis")[name]
    assert name not in shipped("milp")
    assert "# " + name in (directory / "README.md").read_text()
    assert sum(path.stat().st_size for path in directory.iterdir()) < 100_000


def test_an_unknown_comparator_lists_the_shipped_ones():
    with pytest.raises(WeightsError, match="there is no comparator 'nosuch'"):
        find_comparator("nosuch")
