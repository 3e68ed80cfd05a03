import json

import pytest
import torch

from coplug.errors import OutputError, UsageError
from coplug.training.dagger import average_parameters, read_rounds, run_dagger


class Task:
    """Policies are files with a number; the score is how near it is to 10."""

    def __init__(self, directory, numbers, fail_at=None):
        self.directory, self.numbers, self.fail_at = directory, numbers, fail_at
        self.log = []

    def collect(self, number, actor):
        if number == self.fail_at:
            raise InterruptedError
        self.log.append((number, actor and actor.name))

    def learn(self, number):
        return self.write(f"round-{number}", self.numbers[number])

    def write(self, name, value):
        path = self.directory / name
        path.write_text(str(value))
        return path

    def score(self, policy):
        return -abs(float(policy.read_text()) - 10.0)

    def average(self, policies, directory):
        values = [float(p.read_text()) for p in policies]
        return self.write(directory.name, sum(values) / len(values))


def test_each_round_is_acted_by_the_last_and_the_best_are_averaged(tmp_path):
    task = Task(tmp_path, [3.0, 12.0, 9.0, 6.0])
    found = run_dagger(task, tmp_path, 4, 3)
    assert task.log == [(0, None), (1, "round-0"), (2, "round-1"), (3, "round-2")]
    assert [r.score for r in found.rounds] == [-7.0, -2.0, -1.0, -4.0]
    assert found.averaged == {2: -0.5, 3: -1.0}
    assert (found.policy.name, found.score) == ("inherited-2", -0.5)


def test_a_single_round_wins_where_means_are_worse(tmp_path):
    found = run_dagger(Task(tmp_path, [10.0, 2.0]), tmp_path, 2, 5)
    assert (found.policy.name, found.averaged) == ("round-0", {2: -4.0})


def test_an_interrupted_run_goes_on_with_the_round_that_was_cut(tmp_path):
    numbers = [3.0, 12.0, 9.0]
    with pytest.raises(InterruptedError):
        run_dagger(Task(tmp_path, numbers, fail_at=2), tmp_path, 3, 2)
    assert [r.number for r in read_rounds(tmp_path)] == [0, 1]
    task = Task(tmp_path, numbers)
    found = run_dagger(task, tmp_path, 3, 2)
    assert task.log == [(2, "round-1")]
    whole = run_dagger(Task(tmp_path, numbers), tmp_path, 3, 2)
    assert found == whole
    assert len(json.loads((tmp_path / "rounds.json").read_text())) == 3


@pytest.mark.parametrize(
    "text",
    ["", "[", "{}", '[{"number": 0}]', '[{"number": 1, "policy": "p", "score": 1.0}]', "[" * 10**5, "\x00"],
)
def test_a_damaged_journal_is_one_line(tmp_path, text):
    (tmp_path / "rounds.json").write_text(text)
    with pytest.raises(OutputError, match=r"rounds.json is damaged .*; choose another --out") as caught:
        run_dagger(Task(tmp_path, [1.0]), tmp_path, 1, 1)
    assert "\n" not in str(caught.value)


def test_parameters_are_averaged_in_double_precision():
    states = [{"w": torch.tensor([1.0, 2.0**24]), "n": torch.tensor(3)} for _ in range(3)]
    states[1]["w"][1] += 2.0
    mean = average_parameters(states)
    assert mean["w"].dtype == torch.float32
    assert mean["w"][0] == 1.0
    assert mean["w"][1] == pytest.approx(2.0**24 + 2 / 3)
    assert mean["n"] == 3
    mean["n"] += 1
    assert states[0]["n"] == 3


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ([], "no parameters"),
        ([{"w": torch.zeros(2)}, {"w": torch.zeros(3)}], "same names and shapes"),
        ([{"w": torch.zeros(2)}, {"v": torch.zeros(2)}], "same names and shapes"),
        ([{"n": torch.tensor(1)}, {"n": torch.tensor(2)}], "n holds integers"),
    ],
)
def test_what_cannot_be_averaged(states, message):
    with pytest.raises(UsageError, match=message):
        average_parameters(states)


def test_numbers_out_of_range(tmp_path):
    with pytest.raises(UsageError, match="at least one round"):
        run_dagger(Task(tmp_path, []), tmp_path, 0, 1)
