"""Imitation in two processes under torchrun: the weights of one process with the same batches."""

import os
import socket
import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file

from coplug.errors import RecipeError
from coplug.training.distributed import ALONE, World

PROGRAM = "import typer; from coplug.cli.train import train; typer.run(train)"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def command(rule_samples, out, *more):
    settings = {
        "samples.train": rule_samples[0],
        "samples.valid": rule_samples[1],
        "model.width": 8,
        "device": "cpu",
        "batch_size": 8,
        "epoch_steps": 6,
        "max_epochs": 2,
    }
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return ["branching-gcnn", "--out", str(out), *sets, *more]


def run(words, program, n):
    script = (
        ["-c", PROGRAM]
        if n == 1
        else [
            "-m",
            "torch.distributed.run",
            f"--nproc-per-node={n}",
            "--master-addr=127.0.0.1",
            f"--master-port={free_port()}",
            str(program),
        ]
    )
    environment = os.environ | {"OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"}
    return subprocess.run(
        [sys.executable, *script, *words], env=environment, capture_output=True, text=True, timeout=200
    )


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


def weights(out):
    return load_file(out / "policy" / "model.safetensors")


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_two_processes_learn_what_one_does_and_resume(rule_samples, tmp_path, program):
    one = run(command(rule_samples, tmp_path / "one"), program, 1)
    assert one.returncode == 0, one.stderr
    two = run(command(rule_samples, tmp_path / "two"), program, 2)
    assert two.returncode == 0, two.stderr
    assert "on cpu, 2 processes" in two.stdout
    assert two.stdout.count("best: epoch") == 1
    expected, found = weights(tmp_path / "one"), weights(tmp_path / "two")
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=2e-5)
    assert len((tmp_path / "two" / "metrics.jsonl").read_text().splitlines()) == 2
    more = run(command(rule_samples, tmp_path / "two", "--resume", "--set", "max_epochs=3"), program, 2)
    assert more.returncode == 0, more.stderr
    assert len((tmp_path / "two" / "metrics.jsonl").read_text().splitlines()) == 3


def test_a_batch_that_cannot_be_divided():
    assert World(1, 4).share(12) == 3
    with pytest.raises(RecipeError, match="batch_size 10 cannot be divided among 4"):
        World(1, 4).share(10)


def test_a_world_of_one_needs_no_communication():
    assert ALONE.any(True)
    assert not ALONE.any(False)
    assert ALONE.from_first(lambda: 7) == 7
    assert ALONE.is_first
