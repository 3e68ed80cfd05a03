"""The names of Ecole's interface, and the ways to import it."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

import coplug.ecole as ecole
from coplug.ecole import doctor

NAMES = {
    "environment": "Branching Configuring Environment PrimalSearch",
    "dynamics": "BranchingDynamics ConfiguringDynamics PrimalSearchDynamics",
    "observation": "Nothing NodeBipartite NodeBipartiteObs MilpBipartite MilpBipartiteObs StrongBranchingScores "
    "Pseudocosts FocusNode FocusNodeObs Khalil2016 Khalil2016Obs Hutter2011 Hutter2011Obs coo_matrix",
    "reward": "Constant IsDone NNodes LpIterations SolvingTime PrimalIntegral DualIntegral PrimalDualIntegral "
    "Arithmetic Cumulative",
    "information": "Nothing",
    "data": "ConstantFunction NoneFunction VectorFunction MapFunction TimedFunction parse",
    "instance": "FileGenerator SetCoverGenerator IndependentSetGenerator CombinatorialAuctionGenerator "
    "CapacitatedFacilityLocationGenerator",
    "scip": "Model Stage ScipError HeurTiming callback",
    "typing": "Dynamics DataFunction ObservationFunction RewardFunction InformationFunction InstanceGenerator "
    "Action ActionSet",
    "version": "get_ecole_lib_version get_ecole_lib_path get_scip_lib_version get_scip_buildtime_version "
    "get_scip_lib_path",
}


@pytest.mark.parametrize(("module", "names"), NAMES.items())
def test_every_module_has_ecoles_names(module, names):
    for name in names.split():
        assert hasattr(getattr(ecole, module), name)


def test_the_package_has_ecoles_names():
    for name in (
        "Default",
        "MarkovError",
        "RandomGenerator",
        "seed",
        "spawn_random_generator",
        "__version__",
    ):
        assert hasattr(ecole, name)
    for name in ecole.core.__all__:
        assert getattr(ecole.core, name) is getattr(ecole, name)


def test_the_doctor_names_interface_and_scip():
    text = doctor.report()
    assert "0.8.1" in text
    assert "Running SCIP" in text
    version = ecole.version.get_scip_lib_version()
    assert f"{version.major}.{version.minor}.{version.patch}" in text


def run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)


def test_as_ecole_makes_the_original_imports_work():
    done = run(
        "import coplug.ecole.as_ecole, ecole, ecole.core.scip, ecole.observation as o, coplug.ecole\n"
        "from ecole.reward import NNodes\n"
        "from ecole.scip import Model\n"
        "assert ecole is coplug.ecole and o is coplug.ecole.observation\n"
        "assert ecole.core.scip.Model is Model\n"
    )
    assert done.returncode == 0, done.stderr


def test_core_is_there_after_a_plain_import():
    done = run("import coplug.ecole as ecole\nassert ecole.core.scip.Model is ecole.scip.Model")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (lambda: ecole.RandomEngine, lambda: ecole.RandomGenerator),
        (lambda: ecole.core.RandomEngine, lambda: ecole.RandomGenerator),
        (lambda: ecole.spawn_random_engine, lambda: ecole.spawn_random_generator),
        (lambda: ecole.scip.Exception, lambda: ecole.scip.ScipError),
    ],
)
def test_names_of_ecole_0_7_are_todays_with_a_note(old, new):
    with pytest.warns(DeprecationWarning, match="Ecole 0.7's name; take") as noted:
        assert old() is new()
    assert [note.filename for note in noted] == [__file__]


def test_names_that_ecole_never_had_are_no_attributes():
    for module in (ecole, ecole.core, ecole.scip):
        with pytest.raises(AttributeError, match="has no attribute 'Nonsense'"):
            module.Nonsense  # noqa: B018 # it raises


def test_attributes_and_arguments_of_ecole_0_7():
    environment = ecole.environment.Branching()
    with pytest.warns(DeprecationWarning, match="random_engine"):
        assert environment.random_engine is environment.rng
    with pytest.warns(DeprecationWarning, match="random_engine"):
        environment.random_engine = ecole.RandomGenerator(7)
    assert environment.rng == ecole.RandomGenerator(7)
    kind = ecole.instance.SetCoverGenerator
    with pytest.warns(DeprecationWarning, match="the argument random_engine") as noted:
        generator = kind(10, 20, density=0.3, random_engine=ecole.RandomGenerator(3))
    assert [note.filename for note in noted] == [__file__]
    with pytest.warns(DeprecationWarning, match="the argument random_engine") as noted:
        drawn = kind.generate_instance(10, 20, density=0.3, random_engine=ecole.RandomGenerator(3))
    assert [note.filename for note in noted] == [__file__]
    assert text_of(next(generator)) == text_of(drawn)


def text_of(model):
    view = model.as_pyscipopt()
    return [(v.name, v.getObj()) for v in view.getVars()], [view.getValsLinear(c) for c in view.getConss()]


WORKERS = {
    "spawn": "import multiprocessing\nwith multiprocessing.get_context('spawn').Pool(1) as p: print(*p.map(work, [1]))",
    "forkserver": "import multiprocessing\n"
    "with multiprocessing.get_context('forkserver').Pool(1) as p: print(*p.map(work, [1]))",
    "joblib": "import joblib\nprint(*joblib.Parallel(n_jobs=2)(joblib.delayed(work)(k) for k in range(1)))",
    "program": "import subprocess, sys\nsubprocess.run([sys.executable, 'client.py'], check=True)",
}


@pytest.mark.parametrize("kind", WORKERS)
def test_as_ecole_reaches_new_processes(kind, tmp_path):
    (tmp_path / "client.py").write_text(
        "import ecole\n"
        "from ecole.scip import callback\n"
        "def work(k):\n"
        "    import ecole.observation\n"
        "    return ecole.__name__, ecole.observation.NodeBipartite.__module__\n"
        "if __name__ == '__main__': print(*work(0))\n"
    )
    start = textwrap.indent(
        f"import coplug.ecole.as_ecole\nfrom client import work\n{WORKERS[kind]}\n", "    "
    )
    (tmp_path / "start.py").write_text(f"if __name__ == '__main__':\n{start}")
    done = subprocess.run(
        [sys.executable, "start.py"], cwd=tmp_path, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.replace("'", "").replace("(", "").replace(")", "").replace(",", "").split() == [
        "coplug.ecole",
        "coplug.ecole.observation",
    ]


def test_as_ecole_refuses_where_the_original_is_imported():
    done = run(
        "import sys, types; sys.modules['ecole'] = types.ModuleType('ecole'); import coplug.ecole.as_ecole"
    )
    assert "imported already" in done.stderr
    assert done.returncode == 1
