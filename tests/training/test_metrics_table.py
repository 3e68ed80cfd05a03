"""metrics.csv says what metrics.jsonl says."""

from __future__ import annotations

import csv

import pytest

from coplug.training.metrics_table import MetricsTable

ROWS = [
    {"epoch": 0, "loss": 1.5},
    {"epoch": 1, "loss": 0.25},
    {"epoch": 2, "loss": 1e-7, "return": 3.0},
    {"epoch": 3},
]


def read(path):
    with path.open(newline="") as file:
        return [
            {name: float(value) for name, value in row.items() if value != ""} for row in csv.DictReader(file)
        ]


@pytest.mark.parametrize("known", range(len(ROWS) + 1))
def test_a_row_an_epoch_a_column_a_name(tmp_path, known):
    path = tmp_path / "metrics.csv"
    path.write_text("what a killed session left\n")
    table = MetricsTable(path, ROWS[:known])
    for row in ROWS[known:]:
        table.add(row)
    assert read(path) == ROWS
    assert path.read_text().splitlines()[0] == "epoch,loss,return"


def test_there_is_no_table_of_nothing(tmp_path):
    MetricsTable(tmp_path / "metrics.csv", [])
    assert not (tmp_path / "metrics.csv").exists()


def test_lines_are_added_while_names_stay(tmp_path):
    path = tmp_path / "metrics.csv"
    table = MetricsTable(path, [])
    table.add(ROWS[0])
    identity = path.stat().st_ino
    table.add(ROWS[1])
    assert path.stat().st_ino == identity
    assert path.read_text() == "epoch,loss\n0,1.5\n1,0.25\n"
