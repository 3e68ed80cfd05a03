import hashlib
from dataclasses import dataclass, fields
from importlib.metadata import EntryPoint, EntryPoints
from typing import ClassVar

import numpy as np
import pytest

from coplug import registry
from coplug.errors import UsageError
from coplug.families import (
    FAMILIES,
    family_names,
    generate_instances,
    instance_seed,
    load_family,
    make_family,
)
from coplug.problems.milp.files import FORMATS, PROGRAMS, render, write_instance
from tests.problems.milp.milp_helpers import optimum_by_highs, optimum_by_scip

SHIPPED = (
    "auctions",
    "facilities",
    "independent_set",
    "item_placement",
    "load_balancing",
    "multiple_knapsack",
    "setcover",
)

SMALL = {
    "auctions": {"n_items": 10, "n_bids": 30},
    "facilities": {"n_customers": 8, "n_facilities": 6},
    "independent_set": {"n_nodes": 30},
    "item_placement": {"n_small_items": 8, "n_big_items": 1, "n_bins": 2},
    "load_balancing": {
        "n_large_workers": 9,
        "n_small_workers": 6,
        "n_light_workloads": 1,
        "n_heavy_workloads": 0,
        "suited_probability": 1.0,
    },
    "multiple_knapsack": {"n_items": 12, "n_knapsacks": 2},
    "setcover": {"n_rows": 30, "n_columns": 40, "density": 0.1},
}

# The stream is frozen: a change here needs a higher ``version`` in the family.
GOLDEN = {
    "auctions": "757b4d55302b9684",
    "facilities": "fa20e087fc381a84",
    "independent_set": "6af0ed730f3b005c",
    "item_placement": "590bdc9c29dc197e",
    "load_balancing": "e30214e4394e4379",
    "multiple_knapsack": "571b63007ebb37ac",
    "setcover": "445189c3bee00b27",
}


def fingerprint(instance):
    """Hash structure exactly, and values to nine digits, which no other machine's sqrt or pow moves."""
    digest = hashlib.sha256()
    digest.update(instance.matrix.indptr.astype("<i8").tobytes())
    digest.update(instance.matrix.indices.astype("<i8").tobytes())
    for values in (instance.matrix.data, instance.objective, instance.row_lhs, instance.row_rhs):
        digest.update(" ".join(f"{value:.9g}" for value in values).encode())
    return digest.hexdigest()[:16]


def one(name, seed=0, **choice):
    return next(generate_instances(name, 1, seed, **choice)).instance


def test_shipped_families_are_registered():
    assert set(SHIPPED) <= set(family_names(PROGRAMS))


@pytest.mark.parametrize("name", SHIPPED)
def test_stream_of_a_seed_is_frozen(name):
    instance = make_family(name, "easy").generate(np.random.RandomState(0))
    assert (fingerprint(instance), instance.generator_version) == (GOLDEN[name], 1)


@pytest.mark.parametrize("name", SHIPPED)
def test_sizes_are_those_of_the_literature(name):
    published = {
        "auctions": [(100, 500), (200, 1000), (300, 1500)],
        "facilities": [(100, 100), (200, 100), (400, 100)],
        "independent_set": [(500,), (1000,), (1500,)],
        "item_placement": [(100, 5, 10)],
        "load_balancing": [(500, 500, 50, 10)],
        "multiple_knapsack": [(100, 6), (100, 12)],
        "setcover": [(500, 1000), (1000, 1000), (2000, 1000)],
    }
    sizes = load_family(name).sizes
    names = [size for size in ("easy", "medium", "hard") if size in sizes]
    assert ["tiny", *names] == list(sizes)
    assert [tuple(sizes[size].values()) for size in names] == published[name]
    assert make_family(name) == make_family(name, "easy")


@pytest.mark.parametrize("name", SHIPPED)
@pytest.mark.parametrize("file_format", FORMATS)
def test_file_has_the_optimum_and_the_seed_of_the_instance(name, file_format, tmp_path):
    instance = one(name, parameters=SMALL[name])
    path = tmp_path / f"{instance.name}.{file_format}"
    write_instance(instance, path)
    assert optimum_by_scip(path) == pytest.approx(optimum_by_highs(instance), rel=1e-6)
    if not file_format.endswith(".gz"):
        assert f"seed: {instance.seed}\n" in path.read_text()


@pytest.mark.parametrize("name", SHIPPED)
def test_same_seed_gives_the_same_bytes_and_another_other_ones(name):
    first, again, other = (render(one(name, seed, parameters=SMALL[name]), "lp.gz") for seed in (5, 5, 6))
    assert first == again
    assert first != other


@pytest.mark.parametrize("name", SHIPPED)
def test_only_the_given_generator_is_used(name):
    before = np.random.get_state()  # noqa: NPY002 - the global generator is what is watched
    one(name, parameters=SMALL[name])
    after = np.random.get_state()  # noqa: NPY002
    assert (before[1] == after[1]).all()
    assert before[2] == after[2]


# One parameter or more of each family that came after its first instances.
LATER = {
    "auctions": {"integers": True},
    "facilities": {"continuous_assignment": False, "max_demand": 40},
    "independent_set": {"erdos_renyi": True, "edge_probability": 0.1},
    "item_placement": {"competition_seed": 42},
    "load_balancing": {"competition_seed": 0},
}


GOLDEN_LATER = {
    "auctions": "1a308e221425add8",
    "facilities": "6992d6c87987b176",
    "independent_set": "fc358d9ac6c843f7",
    "item_placement": "5e33e63093d91519",
    "load_balancing": "1dc89f6f5b520484",
}


@pytest.mark.parametrize("name", LATER)
def test_stream_of_later_parameters_is_frozen_too(name):
    instance = make_family(name, "tiny", LATER[name]).generate(np.random.RandomState(0))
    assert (fingerprint(instance), instance.generator_version) == (GOLDEN_LATER[name], 1)


@pytest.mark.parametrize("name", LATER)
def test_later_parameters_are_recorded_only_where_they_differ(name):
    usual = {key: getattr(make_family(name), key) for key in LATER[name]}
    assert not set(LATER[name]) & set(one(name, parameters=SMALL[name]).parameters)
    said = one(name, parameters=SMALL[name] | usual).parameters
    assert not set(LATER[name]) & set(said)
    other = one(name, parameters=SMALL[name] | LATER[name])
    assert other.parameters == said | LATER[name]


def test_every_shipped_parameter_is_a_number_or_a_truth():
    for name in SHIPPED:
        family = make_family(name)
        assert all(type(getattr(family, field.name)) in (int, float, bool) for field in fields(family))


@pytest.mark.parametrize(
    ("value", "expected"), [("true", True), ("False", False), ("1", True), (0, False), (True, True)]
)
def test_truth_may_be_given_as_text(value, expected):
    assert make_family("auctions", parameters={"integers": value}).integers is expected


def test_truth_stands_in_the_name():
    instance = one("auctions", parameters=SMALL["auctions"] | {"integers": "true"})
    assert instance.name == "auctions-n_items10-n_bids30-integersTrue-0001"


def test_series_does_not_depend_on_its_length():
    short = [render(drawn.instance, "lp") for drawn in generate_instances("setcover", 2, 9, "tiny")]
    long = [render(drawn.instance, "lp") for drawn in generate_instances("setcover", 4, 9, "tiny")]
    assert long[:2] == short
    assert len(set(long)) == 4


def test_instance_seeds_are_the_spawned_children():
    children = np.random.SeedSequence(42).spawn(3)
    assert [instance_seed(42, k) for k in range(3)] == [int(child.generate_state(1)[0]) for child in children]


def test_instance_is_drawn_from_the_seed_it_names():
    instance = one("setcover", 3, size="tiny")
    again = make_family("setcover", "tiny").generate(np.random.RandomState(instance.seed))
    assert fingerprint(instance) == fingerprint(again)


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ({}, "setcover-easy-0001"),
        ({"size": "tiny"}, "setcover-tiny-0001"),
        ({"parameters": {"n_columns": "60", "n_rows": 50, "density": "1e-1"}}, None),
        ({"size": "tiny", "parameters": {"density": 0.1}}, "setcover-tiny-density0.1-0001"),
    ],
)
def test_name_carries_the_size(choice, name):
    expected = name or "setcover-n_rows50-n_columns60-density0.1-0001"
    assert one("setcover", **choice).name == expected


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("rucksack", 1, 0), "'rucksack' is unknown; choose one of: .*auctions, .*setcover"),
        (("setcover", 0, 0), "count 0"),
        (("setcover", 1, -1), "seed -1 is negative"),
        (
            ("setcover", 1, 0, "huge"),
            "'huge' of setcover is unknown; choose one of: tiny, easy, medium, hard",
        ),
        (("setcover", 1, 0, None, {"rows": 5}), "'rows' of setcover is unknown; choose one of: n_rows"),
        (("setcover", 1, 0, None, {"n_rows": "many"}), "n_rows=many is not a whole number"),
        (("setcover", 1, 0, None, {"n_rows": 2.5}), "n_rows=2.5 is not a whole number"),
        (("setcover", 1, 0, None, {"n_rows": "2.5"}), "n_rows=2.5 is not a whole number"),
        (("setcover", 1, 0, None, {"density": "nan"}), "density=nan is not a number"),
        (("setcover", 1, 0, None, {"n_rows": float("inf")}), "n_rows=inf is not a whole number"),
        (("auctions", 1, 0, None, {"integers": "yes"}), "integers=yes is not true or false"),
        (("setcover", 1, 0, None, {"density": 2}), "density 2.0 is out of range"),
    ],
)
def test_wrong_arguments_are_refused_at_once(arguments, message):
    with pytest.raises(UsageError, match=message):
        generate_instances(*arguments)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ("no_such_module:Family", "cannot be imported"),
        ("os:getcwd", "is no dataclass with sizes"),
        (f"{__name__}:AN_OBJECT", "is no dataclass with sizes"),
        (f"{__name__}:Listed", "is no dataclass with sizes, a mapping"),
    ],
)
def test_broken_plugin_is_named(monkeypatch, target, message):
    entry = EntryPoint("broken", target, FAMILIES.group)
    monkeypatch.setattr(registry, "entry_points", lambda: EntryPoints([entry]))
    with pytest.raises(UsageError, match=f"'broken'.*{message}"):
        load_family("broken")


@dataclass(frozen=True)
class Listed:
    """A family whose sizes are no mapping."""

    draws: ClassVar = PROGRAMS
    sizes: ClassVar = ("easy",)

    def generate(self, rng):
        return None


AN_OBJECT = load_family("setcover")()


def test_missing_metadata_is_explained(monkeypatch):
    monkeypatch.setattr(registry, "entry_points", lambda: EntryPoints())
    monkeypatch.setattr(registry, "_own", lambda stamp: None)
    with pytest.raises(UsageError, match="metadata is missing or old: install it again"):
        load_family("setcover")


@pytest.mark.parametrize("name", SHIPPED)
def test_a_generator_will_do_and_gives_a_seed(name):
    family = make_family(name, parameters=SMALL[name])
    drawn = family.generate(np.random.default_rng(3))
    seed = int(np.random.default_rng(3).integers(2**32))
    assert fingerprint(drawn) == fingerprint(family.generate(np.random.RandomState(seed)))
