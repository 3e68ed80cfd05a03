import pytest
import typer
from typer.testing import CliRunner

from coplug.cli.generate import generate
from coplug.errors import OutputError, UsageError

SMALL = ["n_rows=30", "n_columns=40", "density=0.1"]


@pytest.fixture
def run():
    app = typer.Typer()
    app.command()(generate)

    def call(*arguments):
        return CliRunner().invoke(app, [str(argument) for argument in arguments])

    return call


def test_files_are_written_and_named(run, tmp_path):
    out = tmp_path / "new" / "folder"
    result = run("setcover", *SMALL, "--count", 3, "--out", out, "--seed", 7)
    assert result.exit_code == 0, result.output
    names = [f"setcover-n_rows30-n_columns40-density0.1-000{k}.lp" for k in (1, 2, 3)]
    assert sorted(path.name for path in out.iterdir()) == names
    lines = result.output.splitlines()
    assert len(lines) == 3
    assert all(name in line for name, line in zip(names, lines, strict=True))


@pytest.mark.parametrize("file_format", ["lp", "mps", "lp.gz", "mps.gz"])
def test_size_and_format(run, tmp_path, file_format):
    result = run("auctions", "--size", "tiny", "--format", file_format, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    assert [path.name for path in tmp_path.iterdir()] == [f"auctions-tiny-0001.{file_format}"]


def test_second_run_gives_the_same_bytes(run, tmp_path):
    arguments = ("setcover", *SMALL, "--count", 2, "--out", tmp_path)
    run(*arguments)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert run(*arguments).exit_code == 0
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


def test_other_content_is_replaced_on_request_only(run, tmp_path):
    arguments = ("setcover", *SMALL, "--out", tmp_path)
    run(*arguments)
    result = run(*arguments, "--seed", 1)
    assert isinstance(result.exception, OutputError)
    assert "other content" in str(result.exception)
    assert run(*arguments, "--seed", 1, "--overwrite").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["rucksack"], "choose one of"),
        (["setcover", "--size", "huge"], "tiny, easy, medium, hard"),
        (["setcover", "--format", "xml"], "lp, mps, lp.gz, mps.gz"),
        (["setcover", "n_rows"], "write KEY=VALUE"),
        (["setcover", "=5"], "write KEY=VALUE"),
        (["setcover", "n_rows=5", "n_rows=6"], "given twice"),
        (["setcover", "density=0.0001"], "raise density above"),
    ],
)
def test_wrong_usage_is_one_clear_line_and_makes_nothing(run, tmp_path, arguments, message):
    result = run(*arguments, "--out", tmp_path / "new")
    assert isinstance(result.exception, UsageError)
    assert message in str(result.exception)
    assert "\n" not in str(result.exception)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("arguments", [["--count", "0"], ["--seed", "-1"], ["--count", "two"]])
def test_numbers_out_of_range_are_usage_errors(run, arguments):
    assert run("setcover", *arguments).exit_code == 2
