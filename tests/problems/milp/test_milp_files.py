import gzip
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import OutputError, UsageError
from coplug.files import make_directory
from coplug.problems.milp.files import FORMATS, LINE_WIDTH, render, write_instance
from tests.problems.milp.milp_helpers import mixed_instance, optimum_by_highs, optimum_by_scip, read


def text(instance, file_format):
    data = render(instance, file_format)
    return (gzip.decompress(data) if file_format.endswith(".gz") else data).decode()


def bound(value):
    return value if abs(value) < 1e20 else np.copysign(np.inf, value)


@pytest.mark.parametrize("file_format", FORMATS)
def test_scip_reads_the_same_numbers(tmp_path, file_format):
    instance = mixed_instance()
    path = tmp_path / f"mixed.{file_format}"
    write_instance(instance, path)
    model = read(path)
    assert model.getObjectiveSense() == "maximize"
    variables = {variable.name: variable for variable in model.getVars()}
    assert set(variables) == set(instance.variable_names)
    for j, name in enumerate(instance.variable_names):
        variable = variables[name]
        assert variable.getObj() == instance.objective[j]
        assert bound(variable.getLbOriginal()) == instance.lower[j]
        assert bound(variable.getUbOriginal()) == instance.upper[j]
        assert (variable.vtype() != "CONTINUOUS") == instance.integral[j]
    sides = {}
    for row in model.getConss():
        name = row.name.removesuffix("_lhs").removesuffix("_rhs")
        i = instance.row_names.index(name)
        dense = instance.matrix[[i]].toarray().ravel()
        values = {instance.variable_names[j]: dense[j] for j in np.flatnonzero(dense)}
        assert model.getValsLinear(row) == values
        lhs, rhs = sides.get(name, (-np.inf, np.inf))
        sides[name] = max(lhs, bound(model.getLhs(row))), min(rhs, bound(model.getRhs(row)))
    assert sides == dict(
        zip(instance.row_names, zip(instance.row_lhs, instance.row_rhs, strict=True), strict=True)
    )
    model.free()


@pytest.mark.parametrize("file_format", FORMATS)
@pytest.mark.parametrize("sense", ["min", "max"])
def test_optimum_is_that_of_the_instance(tmp_path, file_format, sense):
    instance = mixed_instance(sense=sense, upper=[1, 3, 9, 1, 4, 1.25], lower=[0, -3, -2, 0, 1, 1.25])
    path = tmp_path / f"mixed.{file_format}"
    write_instance(instance, path)
    assert optimum_by_scip(path) == pytest.approx(optimum_by_highs(instance), abs=1e-6)


# SCIP takes what is nearer to zero than its epsilon for zero, and what is beyond 1e20 for infinite.
magnitudes = st.floats(1e-6, 1e19) | st.just(0.0) | st.integers(1, 2**53).map(float)
numbers = st.builds(lambda size, sign: sign * size, magnitudes, st.sampled_from([1.0, -1.0]))


@settings(max_examples=60, deadline=None)
@given(st.lists(numbers, min_size=6, max_size=6))
def test_every_number_reads_back_bit_for_bit(tmp_path_factory, values):
    instance = mixed_instance(objective=values)
    for file_format in ("lp", "mps"):
        path = tmp_path_factory.mktemp("numbers") / f"numbers.{file_format}"
        write_instance(instance, path)
        model = read(path)
        found = {variable.name: variable.getObj() for variable in model.getVars()}
        model.free()
        assert [found[name] for name in instance.variable_names] == instance.objective.tolist()


@pytest.mark.parametrize("file_format", FORMATS)
def test_comments_name_the_origin(file_format):
    head = text(mixed_instance(), file_format).splitlines()[:5]
    mark = "\\" if file_format.startswith("lp") else "*"
    assert head == [
        f"{mark} coplug instance mixed-0001",
        f"{mark} family: mixed",
        f"{mark} parameters: a=1 b=0.5",
        f"{mark} seed: 12345",
        f"{mark} generator version: 1",
    ]


def test_missing_seed_and_parameters_are_said():
    head = text(mixed_instance(seed=None, parameters={}), "lp")
    assert "\\ parameters: none\n\\ seed: none\n" in head


def test_lp_lines_are_wrapped():
    names = [f"a_rather_long_name_{j}" for j in range(6)]
    lines = text(mixed_instance(variable_names=names), "lp").splitlines()
    assert max(len(line) for line in lines) <= LINE_WIDTH


@pytest.mark.parametrize("file_format", FORMATS)
def test_same_instance_gives_the_same_bytes(file_format):
    assert render(mixed_instance(), file_format) == render(mixed_instance(), file_format)


@pytest.mark.parametrize("name", ["model.txt", "model", "model.lp.bz2", "lp"])
def test_unknown_suffix_is_refused(tmp_path, name):
    with pytest.raises(UsageError, match=r"\.lp, \.mps, \.lp\.gz, \.mps\.gz"):
        write_instance(mixed_instance(), tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_unknown_format_is_refused():
    with pytest.raises(UsageError, match="'cip' is unknown"):
        render(mixed_instance(), "cip")


def test_missing_directory_is_named(tmp_path):
    with pytest.raises(OutputError, match="missing is no directory"):
        write_instance(mixed_instance(), tmp_path / "missing" / "a.lp")


def test_directory_in_the_way_is_named(tmp_path):
    (tmp_path / "a.lp").mkdir()
    with pytest.raises(OutputError, match=r"cannot write .*a\.lp"):
        write_instance(mixed_instance(), tmp_path / "a.lp")
    assert [path.name for path in tmp_path.iterdir()] == ["a.lp"]


def test_file_in_place_of_a_directory_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot create directory"):
        make_directory(tmp_path / "file" / "below")


def test_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.lp"
    path.write_text("old")

    def fail(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OutputError, match="No space left"):
        write_instance(mixed_instance(), path)
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.lp"]


def test_other_content_stays_unless_it_may_be_replaced(tmp_path):
    path = tmp_path / "a.lp"
    write_instance(mixed_instance(), path)
    write_instance(mixed_instance(), path, overwrite=False)
    with pytest.raises(OutputError, match="other content"):
        write_instance(mixed_instance(seed=1), path, overwrite=False)
    assert path.read_bytes() == render(mixed_instance(), "lp")
    write_instance(mixed_instance(seed=1), path)
    assert path.read_bytes() == render(mixed_instance(seed=1), "lp")


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_file_has_the_usual_mode(tmp_path):
    (tmp_path / "usual").write_text("")
    write_instance(mixed_instance(), tmp_path / "a.lp")
    assert (tmp_path / "a.lp").stat().st_mode == (tmp_path / "usual").stat().st_mode
