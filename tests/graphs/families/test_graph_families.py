import hashlib

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from coplug.cli.generate import generate
from coplug.errors import UsageError
from coplug.families import family_names, generate_instances, load_family
from coplug.graphs.formats.reading import read_graph
from coplug.graphs.formats.writing import GRAPHS
from coplug.problems.mis.greedy import min_degree_greedy

SHIPPED = (
    "barabasi_albert",
    "collaboration_ego",
    "erdos_renyi",
    "holme_kim",
    "rb",
    "social_ego",
    "special",
    "watts_strogatz",
)


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(generate)

    def call(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


def digest(family, seed):
    whole = hashlib.sha256()
    for drawn in generate_instances(family, 3, seed, "tiny"):
        whole.update(drawn.instance.edges().tobytes())
    return whole.hexdigest()


def test_all_are_registered():
    assert set(SHIPPED) <= set(family_names(GRAPHS))


@pytest.mark.parametrize("family", SHIPPED)
def test_a_seed_gives_one_series_and_another_seed_another(family):
    assert digest(family, 5) == digest(family, 5)
    assert digest(family, 5) != digest(family, 6)


@pytest.mark.parametrize("family", SHIPPED)
@pytest.mark.parametrize("size", ["tiny", "easy", "medium"])
def test_graphs_are_simple_and_of_the_size_asked_for(family, size):
    (drawn,) = generate_instances(family, 1, 1, size)
    parameters = load_family(family).sizes[size]
    edges = drawn.instance.edges()
    assert drawn.name == f"{family}-{size}-0001"
    assert (edges[:, 0] < edges[:, 1]).all()
    if "min_nodes" in parameters:
        assert parameters["min_nodes"] <= drawn.instance.n_nodes <= parameters["max_nodes"]


def test_sizes_of_the_literature():
    for drawn in generate_instances("rb", 20, 0):
        assert 200 <= drawn.instance.n_nodes <= 300
    (large,) = generate_instances("rb", 1, 0, "hard")
    assert 800 <= large.instance.n_nodes <= 1200
    (medium,) = generate_instances("erdos_renyi", 1, 0, "medium")
    assert 700 <= medium.instance.n_nodes <= 800
    assert abs(medium.instance.density() - 0.15) < 0.01


def test_rb_cliques_bound_every_set():
    parameters = {"min_cliques": 10, "max_cliques": 10, "min_clique_size": 5, "max_clique_size": 5}
    sizes = {"min_nodes": 50, "max_nodes": 50}
    (drawn,) = generate_instances("rb", 1, 3, parameters=parameters | sizes)
    for clique in range(10):
        members = np.arange(5 * clique, 5 * clique + 5)
        for node in members:
            assert set(members) - {node} <= set(drawn.instance.adjacent(node).tolist())


def test_greedy_falls_into_its_trap():
    for drawn in generate_instances("special", 5, 0):
        assert min_degree_greedy(drawn.instance).sum() == 3


def test_the_share_of_edges_is_the_probability():
    for probability in (0.0, 0.02, 0.9, 1.0):
        sizes = {"min_nodes": 400, "max_nodes": 400, "edge_probability": probability}
        (drawn,) = generate_instances("erdos_renyi", 1, 0, parameters=sizes)
        assert abs(drawn.instance.density() - probability) < 0.01


@pytest.mark.parametrize(
    ("family", "parameters", "message"),
    [
        ("erdos_renyi", {"edge_probability": 2}, "take it in"),
        ("erdos_renyi", {"min_nodes": 9, "max_nodes": 5}, "no range"),
        ("barabasi_albert", {"affinity": 0}, "affinity"),
        ("watts_strogatz", {"ring_degree": 3}, "even"),
        ("holme_kim", {"triangle_probability": -1}, "take it in"),
        ("rb", {"min_nodes": 900, "max_nodes": 901}, "change one of the ranges"),
        ("rb", {"min_tightness": 0}, "above 0"),
        ("special", {"min_set": 1}, "min_set"),
        ("rb", {"colour": 1}, "choose one of"),
        ("triangular", {}, "choose one of"),
    ],
)
def test_parameters_out_of_range_are_one_clear_line(family, parameters, message):
    with pytest.raises(UsageError, match=message) as caught:
        generate_instances(family, 1, 0, parameters=parameters)
    assert "\n" not in str(caught.value)


def test_generate_writes_graph6_or_what_is_asked_for(run, tmp_path):
    done = run("special", "--count", 2, "--size", "tiny", "--out", tmp_path)
    assert done.exit_code == 0, done.output
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "special-tiny-0001.g6",
        "special-tiny-0002.g6",
    ]
    assert "nodes" in done.output
    (drawn, _) = generate_instances("special", 2, 0, "tiny")
    assert (read_graph(tmp_path / "special-tiny-0001.g6").graph.edges() == drawn.instance.edges()).all()
    run("special", "--size", "tiny", "--format", "edgelist.gz", "--out", tmp_path)
    assert read_graph(tmp_path / "special-tiny-0001.edgelist.gz").graph.n_edges == drawn.instance.n_edges


def test_formats_of_programs_and_graphs_are_not_mixed_up(run, tmp_path):
    for words in (("rb", "--format", "lp"), ("setcover", "--format", "g6")):
        result = run(*words, "--out", tmp_path / "new")
        assert isinstance(result.exception, UsageError)
    assert not (tmp_path / "new").exists()
    result = run("rucksack", "--out", tmp_path)
    assert "rb" in str(result.exception)
    assert "setcover" in str(result.exception)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_generator_will_do_and_gives_a_seed(name):
    family = load_family(name)(**load_family(name).sizes["tiny"])
    drawn = family.generate(np.random.default_rng(3))
    again = family.generate(np.random.RandomState(int(np.random.default_rng(3).integers(2**32))))
    assert np.array_equal(drawn.edges(), again.edges())
