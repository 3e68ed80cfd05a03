import networkx as nx
import numba
import numpy as np
import pyscipopt
import pytest

import coplug
from coplug import jit
from coplug.catalogue import catalogue
from coplug.errors import CoplugError, InstanceError, OutputError, UnwrittenError, UsageError
from coplug.graphs.graph import from_edges
from coplug.problems.milp.problem import Milp
from coplug.scip.warm_up import warm_up_scip
from coplug.solving import problem_for, problems, solve

SETS = ("clique", "mis", "vertex-cover")


def knapsack():
    model = pyscipopt.Model("knapsack")
    model.hideOutput()
    variables = [model.addVar(name=f"x{i}", vtype="B", obj=value) for i, value in enumerate((5, 4, 3))]
    model.setMaximize()
    model.addCons(2 * variables[0] + 3 * variables[1] + variables[2] <= 5)
    return model


def test_a_file_is_solved_by_the_problem_of_its_suffix(tiny):
    report = solve(tiny, policy="none", node_limit=1, parameter={"presolving/maxrounds": 0})
    assert (report.problem, report.status, report.instance) == ("milp", "nodelimit", str(tiny))


def test_a_model_is_solved_in_place_and_can_be_asked_afterwards():
    model = knapsack()
    report = solve(model, policy="none")
    assert (report.objective, report.sense, report.instance) == (9.0, "max", "model knapsack")
    assert model.getObjVal() == 9.0
    model.free()


@pytest.mark.parametrize("graph", [nx.path_graph(3), from_edges(3, np.array([(0, 1), (1, 2)]))])
def test_graphs_in_memory_need_the_problem_named(graph):
    assert solve(graph, "mis").solution == [0, 2]
    assert solve(graph, "vertex-cover", "exact").objective == 1
    with pytest.raises(UsageError, match=r"several problems; .*one of clique, influence, mis, vertex-cover"):
        solve(graph)


def test_a_problem_without_an_instance_is_searched(tmp_path):
    report = coplug.search("extremal", nodes=9, out=tmp_path, seed=3)
    assert (report.status, report.objective, report.seed) == ("optimal", 12, 3)


def test_a_file_of_graphs_is_what_a_search_starts_from(tmp_path):
    path = tmp_path / "start.g6"
    path.write_text("D?{\n")
    report = solve(path, "extremal", out=tmp_path)
    assert (report.instance, report.objective) == ("5 nodes without cycles of length 3, 4", 5)


def test_the_solution_is_written(tmp_path):
    out = tmp_path / "best.sol"
    solve(nx.path_graph(3), "mis", solution=out)
    assert out.read_text().splitlines()[2:] == ["0 1", "2 1"]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (
            ("g.col",),
            UsageError,
            "g.col may be of several problems; say which by --problem: one of clique, influence, mis",
        ),
        (("g.xyz",), InstanceError, r"g.xyz is of no known format; expected .*\.lp"),
        ((), UsageError, "or a problem that needs none: extremal"),
        ((3,), UsageError, "a int is nothing that can be solved"),
        ((3, "mis"), UsageError, "problem mis takes no int"),
        ((None, "mis"), UsageError, "problem mis needs an instance"),
        (("g.col", "chess"), UsageError, "problem 'chess' is unknown; choose one of: clique"),
    ],
)
def test_what_cannot_be_solved_is_one_line(arguments, error, message):
    with pytest.raises(error, match=message) as caught:
        solve(*arguments)
    assert "\n" not in str(caught.value)


def test_options_of_other_problems_are_refused():
    with pytest.raises(
        UsageError, match=r"problem mis has no option 'gap'; its options are policy, time_limit"
    ):
        solve(nx.path_graph(3), "mis", gap=0.1)
    with pytest.raises(UsageError, match="time limit -1"):
        solve(nx.path_graph(3), "mis", time_limit=-1)


def test_a_picture_is_drawn_where_there_is_one(tmp_path, tiny, monkeypatch):
    solve(nx.petersen_graph(), "mis", plot=tmp_path / "set.png")
    assert (tmp_path / "set.png").read_bytes()[:4] == b"\x89PNG"
    coplug.search("extremal", nodes=9, out=str(tmp_path), plot=str(tmp_path / "graph.svg"))
    assert "</svg>" in (tmp_path / "graph.svg").read_text()
    solve(tiny, policy=None, plot=tmp_path / "bounds.svg")
    assert "</svg>" in (tmp_path / "bounds.svg").read_text()
    monkeypatch.setattr(Milp, "has_picture", False)
    with pytest.raises(
        UsageError,
        match=r"--plot is for --problem clique, .*, extremal, influence, knapsack, mis, .*routing, vertex-cover",
    ):
        solve(tiny, plot=tmp_path / "tree.png")
    with pytest.raises(UsageError, match=r"expected a name that ends in \.png"):
        solve(nx.petersen_graph(), "mis", plot=tmp_path / "set.bmp")


def test_what_cannot_be_written_in_the_end_does_not_lose_the_result(tmp_path, monkeypatch):
    def full(report, path):
        raise OutputError("the disk is full")

    monkeypatch.setattr("coplug.report.Report.write_solution", full)
    with pytest.raises(UnwrittenError, match="the disk is full") as caught:
        solve(nx.petersen_graph(), "mis", solution=tmp_path / "a.sol", plot=tmp_path / "a.png")
    assert caught.value.report.objective == 4
    assert (tmp_path / "a.png").exists()


def test_a_policy_may_be_none_or_an_object_that_is_one():
    assert solve(nx.path_graph(3), "mis", None).policy.name == "none"
    with pytest.raises(UsageError, match="3 is no policy for graphs; take one of auto, none, greedy, exact"):
        solve(nx.path_graph(3), "mis", 3)


def test_a_policy_may_be_the_path_of_weights(tmp_path):
    with pytest.raises(UsageError, match=f"policy '{tmp_path}' is unknown for graphs"):
        solve(nx.path_graph(3), "mis", tmp_path)


THEIRS = """
from coplug.contracts.problem import Options, Problem
from coplug.report import Report

class Theirs(Problem):
    name, description, sense, suffixes, options_type = "theirs", "theirs", "max", (".xyz",), Options
    objective = 1.0
    def read(self, path, options): return path
    def policies(self): raise ValueError("no list")
    def load_policy(self, name): return None
    def takes(self, found): raise ValueError("what is that")
    def solve(self, instance, options, progress, stop):
        return self.objective and Report(
            problem=self.name, instance="theirs", status="optimal", sense="max", objective=self.objective,
            bound=None, gap=None, time_s=0.0, seed=options.seed,
        )

def changed(**values):
    made = Theirs()
    vars(made).update(values)
    return made

good = Theirs()
nan = changed(name="nan", suffixes=(), objective=float("nan"))
silent = changed(name="silent", suffixes=(), objective=None)
typed = changed(name="typed", options_type=dict)
mute = changed(name="mute", description=None)
plain = changed(name="plain", suffixes=".xyz")
"""


@pytest.fixture
def theirs(install):
    names = ("good", "nan", "silent", "typed", "mute", "plain", "Theirs")
    install("theirs_module", THEIRS, problems={name: f"theirs_module:{name}" for name in names})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nan", "problem nan reports objective nan; expected a finite number, or None"),
        ("silent", r"problem silent returned a NoneType, expected a coplug\.report\.Report"),
        ("typed", "has options_type <class 'dict'>; expected a dataclass that derives from Options"),
        ("mute", "has no text as its description"),
        ("plain", r"has suffixes '\.xyz'; expected a tuple such as \('\.lp',\)"),
        ("Theirs", "is a class; expected an object of it"),
    ],
)
def test_what_is_wrong_with_a_problem_of_others_is_one_line(theirs, name, message):
    with pytest.raises(CoplugError, match=message) as caught:
        solve("a.xyz", name)
    assert "\n" not in str(caught.value)


def test_a_broken_problem_of_others_is_in_nobodys_way(theirs, caplog):
    assert solve("a.xyz").problem == "theirs"
    assert set(problem_for("a.xyz").suffixes) == {".xyz"}
    with pytest.raises(UsageError, match="one of clique, influence, mis, vertex-cover"):
        solve(nx.path_graph(3))
    assert "problem theirs cannot tell what it takes: ValueError: what is that" in caplog.text
    assert "mis" in catalogue("policies")["none"]
    assert "policies of theirs cannot be listed: ValueError: no list" in caplog.text


def test_suffixes_say_which_problem():
    from coplug.graphs.formats.reading import FORMATS

    assert problems()["mis"].suffixes == tuple(f".{name}" for name in FORMATS)
    assert problem_for("a/B.LP.GZ").name == "milp"
    assert set(problems()) >= {*SETS, "milp", "extremal"}


def test_the_library_has_the_words_of_the_command_line(tiny):
    report = coplug.solve(tiny, policy="none", node_limit=1)
    assert report.problem == "milp"


class Halving:
    """Passes at every node, and brings a kernel."""

    name = "halving"
    candidate_kind = "lp"

    def __init__(self, kernel):
        self.kernel = kernel

    def warm_up(self):
        assert self.kernel(4) == 2

    def scores(self, state, candidates):
        return None


def halved(value):
    return value // 2


def test_compiling_is_announced_and_reading_from_the_cache_is_not(tiny, tmp_path, monkeypatch):
    warm_up_scip()  # which other tests, or none, have had compiled
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    announced = []
    for _ in range(2):
        policy = Halving(jit.kernel(halved))
        solve(tiny, policy=policy, node_limit=1, on_slow=lambda: announced.append("compiling"))
    assert len(announced) == 1
