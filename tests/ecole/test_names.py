"""The names of Ecole's interface, and the ways to import it."""

from __future__ import annotations

import subprocess
import sys

import pytest

import coplug.ecole as ecole
from coplug.ecole import doctor

NAMES = {
    "environment": "Branching Configuring Environment PrimalSearch",
    "dynamics": "BranchingDynamics ConfiguringDynamics PrimalSearchDynamics",
    "observation": "Nothing NodeBipartite NodeBipartiteObs MilpBipartite MilpBipartiteObs StrongBranchingScores "
    "Pseudocosts Khalil2016 Khalil2016Obs Hutter2011 Hutter2011Obs coo_matrix",
    "reward": "Constant IsDone NNodes LpIterations SolvingTime PrimalIntegral DualIntegral PrimalDualIntegral "
    "Arithmetic Cumulative",
    "information": "Nothing",
    "data": "ConstantFunction NoneFunction VectorFunction MapFunction TimedFunction parse",
    "instance": "FileGenerator SetCoverGenerator IndependentSetGenerator CombinatorialAuctionGenerator "
    "CapacitatedFacilityLocationGenerator",
    "scip": "Model Stage ScipError",
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
    import coplug.ecole.core

    for name in coplug.ecole.core.__all__:
        assert getattr(coplug.ecole.core, name) is getattr(ecole, name)


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


def test_as_ecole_refuses_where_the_original_is_imported():
    done = run(
        "import sys, types; sys.modules['ecole'] = types.ModuleType('ecole'); import coplug.ecole.as_ecole"
    )
    assert "imported already" in done.stderr
    assert done.returncode == 1
