"""A model file means the same, or is refused alike, at every door: solve, sessions, Ecole, compare and collect."""

import json
import os
import subprocess
import sys

import pytest

import coplug
from coplug.ecole.environment import Branching
from coplug.ecole.scip import Model
from coplug.errors import CoplugError, InstanceError
from coplug.scip.session import Session
from coplug.training.collect import CollectionSettings, run_episode

LP = "Maximize\n obj: 3 a + 2 b\nSubject To\n c1: a + b <= 4\n c2: 2 a - b <= 3\nGenerals\n a b\nEnd\n"
MPS = (
    "NAME k\nROWS\n N obj\n L c1\n L c2\nCOLUMNS\n M1 'MARKER' 'INTORG'\n a obj -3 c1 1\n a c2 2\n b obj -2 c1 1\n"
    " b c2 -1\n M2 'MARKER' 'INTEND'\nRHS\n rhs c1 4 c2 3\nBOUNDS\n UP bnd a 9\n UP bnd b 9\nENDATA\n"
)
REFUSED = "refused"
FILES = {
    "plain.lp": (LP, 10),
    "mark.lp": ("\ufeff" + LP, 10),
    "sense.lp": (LP.replace("Maximize", "Maximise"), REFUSED),
    "no-sense.lp": (LP.removeprefix("Maximize\n"), REFUSED),
    "colon.lp": (LP.replace("Generals", "Generals:"), REFUSED),
    "cuts.lp": (LP.replace("Generals", "User Cuts\n u: a <= 9\nGenerals"), 10),
    "binary.lp": (LP.replace("Generals\n a b", "Binaries\n a\nBounds\n a <= 3\nGenerals\n b"), 9),
    "no-binary.lp": (LP.replace("Generals\n a b", "Bounds\n 2 <= a <= 3\nBinaries\n a\nGenerals\n b"), None),
    "comma.lp": (LP.replace("<= 4", "<= 4,5"), REFUSED),
    "no-end.lp": (LP.removesuffix("End\n").rstrip(), 10),
    "cut.lp": (LP[: LP.index("<= 3")], REFUSED),
    "latin.lp": (LP.replace(" b", " \xe9").encode("latin-1"), 10),
    "\xfc.lp": (LP, 10),
    "plain.mps": (MPS, -10),
    "typo.mps": (MPS.replace("c2 3", "C2 3"), REFUSED),
    "comma.mps": (MPS.replace("c1 4", "c1 4,5"), REFUSED),
    "negative.mps": (MPS.replace("bnd a 9", "bnd a -3"), None),
    "model.zpl": ("var x integer <= 4;\nmaximize o: x;\n", REFUSED),
}


def _solve(path, tmp_path):
    return coplug.solve(path, policy="none").objective


def _session(path, tmp_path):
    session = Session.from_file(path)
    session.solve()
    return _bound(session)


def _ecole(path, tmp_path):
    model = Model.from_file(path)
    model.solve()
    return _bound(model)


def _reset(path, tmp_path):
    environment = Branching()
    *_, done, _ = environment.reset(str(path))
    assert done, "these are solved without branching"
    return _bound(environment.model)


def _bound(session):
    return session.primal_bound if session.solver.getNSols() else None


def _compare(path, tmp_path):
    (run,) = coplug.compare([path], policies=["none"], out=tmp_path / "out.csv", seeds=1)
    return run.objective if run.status == "optimal" else None


DOORS = (_solve, _session, _ecole, _reset, _compare)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("name", FILES)
def test_every_door_finds_the_optimum_or_refuses(tmp_path, name, door):
    content, expected = FILES[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if expected == REFUSED:
        with pytest.raises(CoplugError, match=name):
            door(path, tmp_path)
    else:
        found = door(path, tmp_path)
        assert found == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("name", FILES)
def test_collections_read_and_refuse_alike(tmp_path, name):
    content, expected = FILES[name]
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    settings = CollectionSettings((str(path),))
    if expected == REFUSED:
        with pytest.raises(InstanceError, match=name):
            run_episode(settings, tmp_path, 0)
    else:
        assert run_episode(settings, tmp_path, 0).episode == 0


def command(*words, **settings):
    return subprocess.run(
        [sys.executable, "-m", "coplug", *map(str, words)],
        capture_output=True,
        text=True,
        check=False,
        **settings,
    )


def test_a_refusal_is_one_line_and_status_1(tmp_path):
    path = tmp_path / "model.lp"
    path.write_text(FILES["colon.lp"][0])
    done = command("solve", path, "--policy", "none")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "line 6: found ':' in 'Generals:', expected names of variables" in done.stderr


def test_what_scips_reader_warns_of_is_on_stderr_once_and_nothing_else_is(tmp_path):
    path = tmp_path / "model.lp"
    path.write_text(FILES["no-binary.lp"][0])
    done = command("solve", path, "--policy", "none", "--json")
    document = json.loads(done.stdout)
    assert (done.returncode, document["status"], document["objective"]) == (0, "infeasible", None)
    (warning,) = [line for line in done.stderr.splitlines() if line.startswith("coplug: ")]
    assert "SCIP's reader warns: variable <a>" in warning
    assert "ERROR" not in done.stderr


def test_a_comparison_goes_on_after_binaries_with_other_bounds(tmp_path):
    for name in ("binary.lp", "no-binary.lp", "plain.lp"):
        (tmp_path / name).write_text(FILES[name][0])
    runs = coplug.compare([tmp_path], policies=["none"], out=tmp_path / "out.csv", seeds=1)
    assert sorted((run.instance, run.status) for run in runs) == [
        ("binary.lp", "optimal"),
        ("no-binary.lp", "infeasible"),
        ("plain.lp", "optimal"),
    ]


@pytest.mark.parametrize(
    "settings", [{"LC_ALL": "C"}, {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}]
)
def test_a_path_that_is_not_ascii_in_the_c_locale(tmp_path, settings):
    (tmp_path / "\xfc.lp").write_text(LP)
    (tmp_path / "\xdf.set").write_text("limits/nodes = 9\n")
    words = ("--policy", "none", "--set", "\xdf.set", "--log", "\xe4.log", "--solution", "\xf6.sol", "--json")
    done = command("solve", "\xfc.lp", *words, cwd=tmp_path, env=_environment() | settings)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["objective"] == 10
    assert "a 2\n" in (tmp_path / "\xf6.sol").read_text()
    assert "SCIP Status" in (tmp_path / "\xe4.log").read_text()


def _environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("LC_")}


def test_a_path_of_no_encoding(tmp_path):
    path = tmp_path.as_posix().encode() + b"/\xff.lp"
    with open(path, "w") as file:
        file.write(LP)
    done = command("solve", path.decode(errors="surrogateescape"), "--policy", "none", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["objective"] == 10
    for words in (("compare", "--policies", "none"), ("collect", "branching")):
        refused = command(*words, tmp_path, "--out", tmp_path / "out")
        assert (refused.returncode, refused.stderr.count("\n")) == (1, 1), refused.stderr
        assert "not UTF-8" in refused.stderr
