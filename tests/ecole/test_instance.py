import itertools
import logging
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.ecole import rng as rng_module
from coplug.ecole.errors import IteratorExhausted, ScipError
from coplug.ecole.instance import (
    CapacitatedFacilityLocationGenerator,
    CombinatorialAuctionGenerator,
    FileGenerator,
    IndependentSetGenerator,
    SetCoverGenerator,
)
from coplug.ecole.rng import RandomGenerator
from coplug.ecole.scip import Model
from coplug.errors import InstanceError, UsageError

SMALL = {
    SetCoverGenerator: {"n_rows": 30, "n_cols": 40, "density": 0.1},
    IndependentSetGenerator: {"n_nodes": 30},
    CombinatorialAuctionGenerator: {"n_items": 10, "n_bids": 30},
    CapacitatedFacilityLocationGenerator: {"n_customers": 8, "n_facilities": 6},
}

DEFAULTS = {
    SetCoverGenerator: {"n_rows": 500, "n_cols": 1000, "density": 0.05, "max_coef": 100},
    IndependentSetGenerator: {
        "n_nodes": 500,
        "graph_type": IndependentSetGenerator.GraphType.barabasi_albert,
        "edge_probability": 0.25,
        "affinity": 4,
    },
    CombinatorialAuctionGenerator: {
        "n_items": 100,
        "n_bids": 500,
        "min_value": 1,
        "max_value": 100,
        "value_deviation": 0.5,
        "add_item_prob": 0.65,
        "max_n_sub_bids": 5,
        "additivity": 0.2,
        "budget_factor": 1.5,
        "resale_factor": 0.5,
        "integers": False,
        "warnings": False,
    },
    CapacitatedFacilityLocationGenerator: {
        "n_customers": 100,
        "n_facilities": 100,
        "continuous_assignment": True,
        "ratio": 5.0,
        "demand_interval": (5, 36),
        "capacity_interval": (10, 161),
        "fixed_cost_cste_interval": (0, 91),
        "fixed_cost_scale_interval": (100, 111),
    },
}

families = pytest.mark.parametrize("kind", SMALL)


def text(model, folder):
    path = folder / "model.lp"
    model.write_problem(path)
    return path.read_text()


def counts(model):
    solver = model.as_pyscipopt()
    return solver.getNConss(), solver.getNVars(), solver.getNIntVars() + solver.getNBinVars()


@families
def test_parameters_have_the_defaults_of_ecole_and_its_order(kind):
    expected = DEFAULTS[kind]
    generator = kind()
    assert {name: getattr(generator, name) for name in expected} == expected
    again = kind(*expected.values(), RandomGenerator())
    assert {name: getattr(again, name) for name in expected} == expected


@families
def test_parameters_are_read_only(kind):
    generator = kind()
    for name, value in DEFAULTS[kind].items():
        with pytest.raises(AttributeError):
            setattr(generator, name, value)


@pytest.mark.parametrize(
    ("kind", "rows", "columns", "integral", "name"),
    [
        (SetCoverGenerator, 30, 40, 40, "SetCover-30-40"),
        (IndependentSetGenerator, None, 30, 30, "IndependentSet-30"),
        (CombinatorialAuctionGenerator, None, 30, 30, "CombinatorialAuction-10-30"),
        (CapacitatedFacilityLocationGenerator, 8 + 6 + 1 + 48, 54, 6, "CapacitatedFacilityLocation-8-6"),
    ],
)
def test_models_have_the_size_asked_for(kind, rows, columns, integral, name):
    model = next(kind(**SMALL[kind], rng=RandomGenerator(1)))
    n_rows, n_columns, n_integral = counts(model)
    assert rows in (None, n_rows)
    assert (n_columns, n_integral) == (columns, integral)
    assert model.name == name


@families
def test_iteration_does_not_end(kind):
    generator = kind(**SMALL[kind])
    assert iter(generator) is generator
    for _ in range(2):
        assert all(isinstance(model, Model) for model in itertools.islice(generator, 2))


@families
def test_seed_gives_the_series(kind, tmp_path):
    generator = kind(**SMALL[kind])
    generator.seed(5)
    series = [text(model, tmp_path) for model in itertools.islice(generator, 3)]
    assert len(set(series)) == 3
    generator.seed(5)
    assert [text(model, tmp_path) for model in itertools.islice(generator, 3)] == series
    other = kind(**SMALL[kind], rng=RandomGenerator(5))
    assert [text(model, tmp_path) for model in itertools.islice(other, 3)] == series


@families
def test_generate_instance_advances_the_generator_it_is_given(kind, tmp_path):
    rng = RandomGenerator(5)
    series = [text(kind.generate_instance(**SMALL[kind], rng=rng), tmp_path) for _ in range(2)]
    generator = kind(**SMALL[kind], rng=RandomGenerator(5))
    assert [text(model, tmp_path) for model in itertools.islice(generator, 2)] == series


@families
def test_random_generator_handed_in_is_copied(kind):
    rng = RandomGenerator(5)
    next(kind(**SMALL[kind], rng=rng))
    assert rng == RandomGenerator(5)


@families
def test_only_a_generator_without_rng_spawns_one(kind, monkeypatch):
    source = rng_module._Source(3)
    untouched = rng_module._Source(3).spawn()
    monkeypatch.setattr(rng_module, "_SOURCE", source)
    kind(rng=RandomGenerator())
    kind.generate_instance(**SMALL[kind], rng=RandomGenerator())
    assert source.spawn() == untouched


@families
def test_unseeded_generators_differ(kind, tmp_path):
    first, second = (text(next(kind(**SMALL[kind])), tmp_path) for _ in range(2))
    assert first != second


@pytest.mark.parametrize(
    ("kind", "parameters", "message"),
    [
        (SetCoverGenerator, {"n_cols": 10, "n_rows": 1}, "n_rows >= 2"),
        (IndependentSetGenerator, {"affinity": 0}, "1 <= affinity < n_nodes"),
        (IndependentSetGenerator, {"graph_type": "erdos_renyi", "edge_probability": 2}, r"in \[0, 1\]"),
        (CombinatorialAuctionGenerator, {"min_value": 7, "max_value": 6}, "min_value <= max_value"),
        (CapacitatedFacilityLocationGenerator, {"ratio": -1, "demand_interval": (1, 5)}, "ratio >= 1"),
        (CapacitatedFacilityLocationGenerator, {"demand_interval": (5, 5)}, "min_demand <= max_demand"),
    ],
)
def test_parameters_out_of_range_are_refused_when_drawing(kind, parameters, message):
    generator = kind(**parameters)
    assert all(
        getattr(generator, name) == value for name, value in parameters.items() if name != "graph_type"
    )
    with pytest.raises(UsageError, match=message):
        next(generator)


def test_graph_type_goes_by_its_name():
    generator = IndependentSetGenerator(graph_type="erdos_renyi")
    assert generator.graph_type is IndependentSetGenerator.GraphType.erdos_renyi
    assert generator.graph_type is IndependentSetGenerator.erdos_renyi
    assert generator.graph_type.name == "erdos_renyi"
    assert IndependentSetGenerator.GraphType("barabasi_albert") is IndependentSetGenerator.barabasi_albert
    with pytest.raises(
        UsageError, match="GraphType 'tree' is unknown; choose one of: barabasi_albert, erdos"
    ):
        IndependentSetGenerator(graph_type="tree")


@pytest.mark.parametrize(("edge_probability", "n_rows"), [(0.0, 0), (1.0, 1)])
def test_graphs_may_be_empty_or_complete(edge_probability, n_rows):
    model = IndependentSetGenerator.generate_instance(
        n_nodes=12, graph_type="erdos_renyi", edge_probability=edge_probability, rng=RandomGenerator()
    )
    assert counts(model) == (n_rows, 12, 12)
    model.solve()
    assert model.primal_bound == pytest.approx(1 if n_rows else 12)


def test_prices_of_auctions_may_be_whole():
    generator = CombinatorialAuctionGenerator(n_items=10, n_bids=30, integers=True)
    model = next(generator).as_pyscipopt()
    prices = [variable.getObj() for variable in model.getVars()]
    assert all(price.is_integer() for price in prices)


@pytest.mark.parametrize("warnings", [True, False])
def test_bundles_left_out_are_logged_if_asked_for(warnings, caplog):
    with caplog.at_level(logging.WARNING):
        CombinatorialAuctionGenerator.generate_instance(
            n_items=10, n_bids=30, budget_factor=0.5, warnings=warnings, rng=RandomGenerator()
        )
    assert any("price" in record.message for record in caplog.records) == warnings


def test_customers_may_have_one_facility_alone():
    model = CapacitatedFacilityLocationGenerator.generate_instance(
        8, 6, continuous_assignment=False, rng=RandomGenerator()
    )
    assert counts(model)[1:] == (54, 54)


def test_intervals_leave_their_second_number_out():
    model = CapacitatedFacilityLocationGenerator.generate_instance(
        8,
        6,
        demand_interval=(7, 8),
        capacity_interval=(9, 10),
        fixed_cost_cste_interval=(5, 6),
        fixed_cost_scale_interval=(2, 3),
        rng=RandomGenerator(),
    ).as_pyscipopt()
    costs = {variable.name: variable.getObj() for variable in model.getVars()}
    assert {costs[f"y_{j}"] for j in range(1, 7)} == {2 * 3 + 5}
    capacity = next(row for row in model.getConss() if row.name == "capacity_1")
    values = model.getValsLinear(capacity)
    assert {value for name, value in values.items() if name.startswith("x_")} == {7}


MODES = [mode.name for mode in FileGenerator.SamplingMode]
NAMES = ["SetCover-10-11", "SetCover-10-12", "SetCover-10-13", "SetCover-10-14"]


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Return a folder with two files and two more in folders below; a file's name is its model's."""
    folder = tmp_path_factory.mktemp("dataset")
    (folder / "below" / "deep").mkdir(parents=True)
    for n_cols, place in zip((11, 12, 13, 14), (".", ".", "below", "below/deep"), strict=True):
        model = SetCoverGenerator.generate_instance(10, n_cols, density=0.3, rng=RandomGenerator(n_cols))
        model.write_problem(folder / place / f"{model.name}.mps")
    (folder / ".SetCover-10-15.mps.x.mps").write_text("left by a kill")
    return folder


def names(generator, count=None):
    """Return the sizes of the next models as names, all of them without a count."""
    return [f"SetCover-10-{counts(model)[1]}" for model in itertools.islice(generator, count)]


def test_file_generator_has_the_defaults_of_ecole(monkeypatch, dataset):
    monkeypatch.chdir(dataset)
    with pytest.raises(InstanceError, match="cannot list instances: No such file"):
        FileGenerator()
    (dataset / "instances").mkdir()
    generator = FileGenerator()
    (dataset / "instances").rmdir()
    assert (generator.directory, generator.recursive) == ("instances", True)
    assert generator.sampling_mode is FileGenerator.SamplingMode.remove_and_repeat


def test_file_generator_parameters(dataset):
    generator = FileGenerator(str(dataset), False, "remove", RandomGenerator())
    assert generator.directory == str(dataset)
    assert generator.recursive is False
    assert generator.sampling_mode.name == "remove"
    with pytest.raises(AttributeError):
        generator.directory = "elsewhere"


def test_remove_gives_each_file_once_and_ends(dataset):
    generator = FileGenerator(dataset, sampling_mode="remove")
    assert sorted(names(generator)) == NAMES
    with pytest.raises(IteratorExhausted, match="has no more instance files"):
        next(generator)
    assert names(generator) == []
    generator.seed(0)
    assert sorted(names(generator)) == NAMES


def test_remove_and_repeat_gives_each_file_once_a_pass_in_new_orders(dataset):
    generator = FileGenerator(dataset, rng=RandomGenerator(0))
    passes = [names(generator, 4) for _ in range(6)]
    assert all(sorted(one) == NAMES for one in passes)
    assert len({tuple(one) for one in passes}) > 1


def test_replace_gives_files_again_before_all_have_come(dataset):
    generator = FileGenerator(dataset, sampling_mode="replace", rng=RandomGenerator(0))
    drawn = names(generator, 60)
    assert set(drawn) == set(NAMES)
    assert any(one == other for one, other in itertools.pairwise(drawn))
    assert all(count > 5 for count in Counter(drawn).values())


@pytest.mark.parametrize("mode", MODES)
def test_order_belongs_to_the_seed(dataset, mode):
    orders = {}
    for seed in range(8):
        generator = FileGenerator(dataset, sampling_mode=mode, rng=RandomGenerator(seed))
        orders[seed] = names(generator, 4)
        next(generator, None)
        generator.seed(seed)
        assert names(generator, 4) == orders[seed]
    assert len({tuple(order) for order in orders.values()}) > 1


@pytest.mark.parametrize("mode", MODES)
def test_folders_below_count_if_recursive(dataset, mode):
    generator = FileGenerator(dataset, recursive=False, sampling_mode=mode)
    assert set(names(generator, 20)) == set(NAMES[:2])


@pytest.mark.parametrize("mode", MODES)
def test_folder_without_files_is_exhausted_at_once(tmp_path, mode):
    (tmp_path / "below").mkdir()
    with pytest.raises(IteratorExhausted):
        next(FileGenerator(tmp_path, sampling_mode=mode))


def test_exhaustion_is_a_stop_of_the_iteration():
    assert issubclass(IteratorExhausted, StopIteration)


def test_links_are_followed_and_none_in_circles(dataset, tmp_path):
    (tmp_path / "file.mps").symlink_to(dataset / f"{NAMES[0]}.mps")
    (tmp_path / "folder").symlink_to(dataset / "below")
    (tmp_path / "folder_again").symlink_to(dataset / "below")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    generator = FileGenerator(tmp_path, sampling_mode="remove")
    assert sorted(names(generator)) == [NAMES[0], *NAMES[2:]]


def test_unreadable_file_is_an_error_when_its_turn_comes(tmp_path):
    (tmp_path / "notes.txt").write_text("no instance")
    SetCoverGenerator.generate_instance(10, 11, density=0.3, rng=RandomGenerator()).write_problem(
        tmp_path / "model.mps"
    )
    generator = FileGenerator(tmp_path, sampling_mode="remove")
    read, failed = [], 0
    for _ in range(2):
        try:
            read += names(generator, 1)
        except ScipError:
            failed += 1
    assert (read, failed) == (["SetCover-10-11"], 1)
    assert names(generator) == []


def test_file_in_place_of_a_directory_is_refused(dataset):
    with pytest.raises(InstanceError, match=r"Not a directory; give a directory of instance files"):
        FileGenerator(dataset / f"{NAMES[0]}.mps")


def test_unknown_sampling_mode_is_refused(dataset):
    with pytest.raises(UsageError, match="choose one of: replace, remove, remove_and_repeat"):
        FileGenerator(dataset, sampling_mode="random")


@settings(max_examples=40, deadline=None)
@given(n_files=st.integers(1, 12), n_passes=st.integers(1, 3), seed=st.integers(0, 2**32 - 1))
def test_every_pass_holds_every_file_once(tmp_path_factory, n_files, n_passes, seed):
    folder = tmp_path_factory.mktemp("pass")
    for k in range(n_files):
        (folder / f"{k}.lp").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Model, "from_file", staticmethod(lambda path: path.stem))
        generator = FileGenerator(folder, rng=RandomGenerator(seed))
        for _ in range(n_passes):
            drawn = list(itertools.islice(generator, n_files))
            assert sorted(drawn) == sorted(str(k) for k in range(n_files))
