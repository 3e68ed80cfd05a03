"""Training in a process of its own that is killed or interrupted, then resumed."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

PROGRAM = "import typer; from coplug.cli.train import train; typer.run(train)"
DEADLINE_S = 120


def command(rule_samples, out, *more):
    settings = {
        "samples.train": rule_samples[0],
        "samples.valid": rule_samples[1],
        "model.width": 8,
        "device": "cpu",
        "epoch_steps": 30,
        "max_epochs": 4,
        "checkpoint_s": 0.05,
    }
    sets = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
    return [sys.executable, "-c", PROGRAM, "branching-gcnn", "--out", str(out), *sets, *more]


def environment():
    return os.environ | {"OMP_NUM_THREADS": "1"}


def finish(rule_samples, out, *more):
    subprocess.run(
        command(rule_samples, out, *more),
        env=environment(),
        check=True,
        capture_output=True,
        timeout=DEADLINE_S,
    )


def interrupt(rule_samples, out, number, delay_s, *more):
    """Train, send a signal ``delay_s`` after the first new checkpoint, and return exit status and output."""
    checkpoint = out / "checkpoint.safetensors"
    before = checkpoint.stat().st_mtime_ns if checkpoint.exists() else None
    process = subprocess.Popen(
        command(rule_samples, out, *more),
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    give_up = time.monotonic() + DEADLINE_S
    while process.poll() is None and time.monotonic() < give_up:
        if checkpoint.exists() and checkpoint.stat().st_mtime_ns != before:
            break
        time.sleep(0.005)
    time.sleep(delay_s)
    process.send_signal(number)
    output, _ = process.communicate(timeout=DEADLINE_S)
    return process.returncode, output


def result(out):
    """Everything of a run that must not depend on interruptions."""
    lines = (out / "metrics.jsonl").read_text().splitlines()
    metrics = [
        {key: value for key, value in json.loads(line).items() if not key.endswith("_s")} for line in lines
    ]
    weights = {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.glob("polic*/**/model.safetensors"))
    }
    return metrics, weights


@pytest.fixture(scope="module")
def uninterrupted(rule_samples, tmp_path_factory):
    out = tmp_path_factory.mktemp("uninterrupted") / "run"
    finish(rule_samples, out)
    return result(out)


def kill_and_resume(rule_samples, out, delays_s):
    for session, delay_s in enumerate(delays_s):
        status, output = interrupt(rule_samples, out, signal.SIGKILL, delay_s, *["--resume"][:session])
        assert status in (0, -signal.SIGKILL), output
    finish(rule_samples, out, "--resume")
    return result(out)


def test_killed_run_continues_to_the_bit(rule_samples, tmp_path, uninterrupted):
    assert [m["epoch"] for m in uninterrupted[0]] == [0, 1, 2, 3]
    assert kill_and_resume(rule_samples, tmp_path / "run", [random.uniform(0.0, 1.0)]) == uninterrupted


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_run_that_is_killed_three_times_continues_to_the_bit(rule_samples, tmp_path, uninterrupted, seed):
    generator = random.Random(seed)
    delays_s = [generator.uniform(0.0, 0.6) for _ in range(3)]
    assert kill_and_resume(rule_samples, tmp_path / "run", delays_s) == uninterrupted


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_interrupted_run_ends_with_a_checkpoint_and_continues(rule_samples, tmp_path, uninterrupted, number):
    out = tmp_path / "run"
    status, output = interrupt(rule_samples, out, number, 0.1)
    assert status == 128 + number, output
    assert "Traceback" not in output
    assert f"continue with: coplug train branching-gcnn --out {out} --resume" in output
    finish(rule_samples, out, "--resume")
    assert result(out) == uninterrupted
