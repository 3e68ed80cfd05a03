"""Races of several processes: the right answer whoever wins, ends, or dies."""

import json
import multiprocessing

import pytest

import coplug
from coplug.errors import InstanceError, ParameterError, PolicyError, UsageError
from coplug.scip.options import SolveOptions
from coplug.scip.race.race import NAME, race, read_race
from tests.cli.commands import assert_one_line, run
from tests.conftest import INSTANCES
from tests.scip.misbehaving import Policy

TINY = INSTANCES / "setcover-tiny-0001.lp"
LONGER = INSTANCES / "auctions-tiny-0001.lp"  # about a second
LONGEST = INSTANCES / "setcover-easy-0001.lp.gz"  # long enough for a first solution to be far from the proof


def write(folder, text):
    path = folder / "model.lp"
    path.write_text(text)
    return path


def runs():
    """Return the processes of the race; others of this process may be about."""
    return [one for one in multiprocessing.active_children() if one.name.startswith(NAME)]


def race_of(path, start_method="fork", progress=None, stop=bool, count=2, **changes):
    options = SolveOptions(race=count, **changes)
    return race(read_race(path, options), options, progress, stop, start_method)


@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_race_has_the_optimum_of_a_single_solve(start_method):
    alone = coplug.solve(TINY, policy=None)
    report = race_of(TINY, start_method)
    assert (report.status, report.objective, report.bound) == ("optimal", alone.objective, alone.objective)
    assert len(report.extra["race"]) == 2
    assert sum(run["winner"] for run in report.extra["race"]) == 1


def test_killed_run_is_named_and_the_others_go_on(caplog):
    killed = []

    def kill_one(progress):
        if not killed:
            killed.append(min(runs(), key=lambda process: process.name))
            killed[0].kill()

    report = race_of(LONGER, progress=kill_one)
    assert (report.status, report.objective) == ("optimal", coplug.solve(LONGER, policy=None).objective)
    assert "run 1 (as asked): its process ended by signal SIGKILL" in caplog.text
    assert any("run 1 (as asked) failed" in remark for remark in report.remarks)


def test_solution_outlives_all_runs():
    def kill_all(progress):
        for process in runs() if progress.objective is not None else []:
            process.kill()

    report = race_of(LONGEST, progress=kill_all)
    assert report.status == "unknown"
    assert [run["failure"] for run in report.extra["race"]] == ["its process ended by signal SIGKILL"] * 2


def test_stopped_race_keeps_the_best_solution():
    seen = []
    report = race_of(
        LONGEST, progress=seen.append, stop=lambda: bool(seen and seen[-1].objective is not None)
    )
    assert report.status == "userinterrupt"
    assert report.objective is not None
    assert report.solution
    assert report.gap is None or report.gap > 0.0


def test_what_is_infeasible_or_unbounded_is_said(tmp_path):
    infeasible = write(tmp_path, "min\n x\nst\n a: x + y <= 1\n b: x + y >= 2\nbin\n x y\nend\n")
    assert race_of(infeasible).status == "infeasible"
    unbounded = write(tmp_path, "max\n x\nst\n a: x - y <= 1\ngeneral\n x y\nend\n")
    assert race_of(unbounded).status in ("unbounded", "inforunbd")
    continuous = write(tmp_path, "max\n x\nst\n a: x + y <= 1.5\nend\n")
    assert race_of(continuous).objective == pytest.approx(1.5)


def test_what_the_user_gave_wrongly_is_said_as_without_a_race(tmp_path):
    with pytest.raises(ParameterError, match="did you mean"):
        race_of(TINY, parameters={"limits/tim": 3})
    start = tmp_path / "start.sol"
    start.write_text("nobody 1\n")
    with pytest.raises(InstanceError, match="the model has no variable nobody"):
        race_of(TINY, start=start)
    with pytest.raises(UsageError, match="out of range"):
        SolveOptions(race=0)
    with pytest.raises(UsageError, match="out of range"):
        SolveOptions(race=1_000_000)


def test_start_that_is_infeasible_changes_nothing(tmp_path):
    model = write(tmp_path, "max\n x + y\nst\n a: x + y <= 1\nbin\n x y\nend\n")
    start = tmp_path / "start.sol"
    start.write_text("x 1\ny 1\n")
    assert race_of(model, start=start).objective == 1.0


def test_model_in_memory_cannot_race():
    import pyscipopt

    with pytest.raises(UsageError, match="race is for files"):
        coplug.solve(pyscipopt.Model(), race=2)


class Failing(Policy):
    """Raises at once."""

    def __init__(self):
        super().__init__(first=1)

    def misbehave(self, state, candidates):
        raise ValueError("no idea")


def test_policy_that_cannot_be_sent_is_said_in_one_line():
    policy = Failing()
    policy.call = lambda: None
    with pytest.raises(UsageError, match="cannot be sent to another process"):
        race_of(TINY, "spawn", policy=policy)


def test_policy_that_fails_loses_nothing_unless_it_is_strict():
    report = race_of(LONGER, count=1, policy=Failing())
    assert report.status == "optimal"
    assert report.policy.fallbacks == report.policy.calls > 0
    with pytest.raises(PolicyError, match="no idea"):
        race_of(LONGER, count=1, policy=Failing(), strict=True)


def test_race_that_is_decided_early_begins_no_further_runs():
    begun = []
    report = race_of(TINY, count=200, stop=lambda: begun.append(len(runs())))
    assert report.status == "optimal"
    assert max(begun) < 200


def test_limits_are_those_of_the_whole():
    report = race_of(LONGER, time_limit_s=0.0)
    assert report.status == "timelimit"
    assert [run["status"] for run in report.extra["race"]] == ["timelimit", "timelimit"]


def test_each_run_has_a_log_of_its_own(tmp_path):
    race_of(TINY, log=tmp_path / "solve.log")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["solve.1.log", "solve.2.log"]


def test_race_on_the_command_line(tmp_path):
    done = run("solve", TINY, "--race", "2", "--json", "--plot", tmp_path / "race.png")
    assert done.returncode == 0, done.stderr
    assert [entry["run"] for entry in json.loads(done.stdout)["race"]] == [1, 2]
    assert (tmp_path / "race.png").stat().st_size
    assert_one_line(run("solve", TINY, "--race", "0"), 2)
