import gzip
import importlib.util
from pathlib import Path

import pytest

from coplug.families import generate_instances
from coplug.problems.milp.files import render
from tests.problems.milp.milp_helpers import optimum_by_scip

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "instances"


def shipped_series():
    spec = importlib.util.spec_from_file_location("make_instances", ROOT / "scripts" / "make_instances.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.SHIPPED


def table():
    """Return the README's rows as file name -> cells."""
    lines = (FOLDER / "README.md").read_text().splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| `")]
    return {row[0].strip("`"): row for row in rows}


def optimum_in_table(name):
    return float(table()[name][8])


@pytest.mark.parametrize("series", shipped_series(), ids=lambda series: f"{series.family}-{series.size}")
def test_files_are_what_the_script_makes(series):
    for drawn in generate_instances(series.family, series.n_instances, series.seed, series.size):
        instance = drawn.instance
        path = FOLDER / f"{instance.name}.{series.file_format}"
        data = path.read_bytes()
        text = gzip.decompress(data) if path.suffix == ".gz" else data
        assert text == render(instance, "lp")
        row = table()[path.name]
        expected = [series.seed, instance.seed, instance.n_rows, instance.n_columns, instance.sense]
        assert row[1:8] == [series.family, series.size, *(str(cell) for cell in expected)]


def test_table_lists_every_file_and_no_other():
    files = {path.name for path in FOLDER.iterdir() if path.is_file() and path.name != "README.md"}
    assert set(table()) == files
    assert sum((FOLDER / name).stat().st_size for name in files) < 1.5e6


@pytest.mark.parametrize("name", [name for name in table() if "-tiny-" in name])
def test_optimum_of_the_small_ones(name):
    assert optimum_by_scip(FOLDER / name) == pytest.approx(optimum_in_table(name), rel=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in table() if "-tiny-" not in name])
def test_optimum_of_the_others(name):
    assert optimum_by_scip(FOLDER / name) == pytest.approx(optimum_in_table(name), rel=1e-6)
