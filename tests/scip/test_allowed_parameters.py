"""Which SCIP parameters may come with a policy, over all that SCIP has."""

from __future__ import annotations

import pyscipopt
import pytest

from coplug.errors import ParameterError
from coplug.inference.policy import load_traits
from coplug.inference.zoo import shipped
from coplug.scip.allowed_parameters import check_allowed, is_allowed
from coplug.scip.settings import apply_parameters


def scip_parameters():
    model = pyscipopt.Model()
    try:
        return model.getParams()
    finally:
        model.free()


def test_no_parameter_that_a_policy_may_set_writes_prints_or_ends_a_solve():
    allowed = {name: value for name, value in scip_parameters().items() if is_allowed(name)}
    assert len(allowed) > 2000
    suspicious = ("file", "verb", "output", "disp", "print", "show", "debug", "numerics", "timelimit", "log/")
    harmless = {  # limits of subproblems, weights of scores, a size at which presolving steps aside
        *("propagating/nlobbt/nlptimelimit", "separating/cgmip/timelimit", "heuristics/undercover/coverbd"),
        *("cutselection/ensemble/goodnumericsbonus", "presolving/implint/numericslimit"),
    }
    assert {name for name in allowed if any(word in name for word in suspicious)} == harmless
    groups = {name.partition("/")[0] for name in allowed}
    assert not groups & {
        "limits",
        "numerics",
        "display",
        "visual",
        "timing",
        "memory",
        "write",
        "randomization",
    }
    texts = {name: value for name, value in allowed.items() if isinstance(value, str)}
    assert all(len(value) <= 2 and value != "-" for value in texts.values())


@pytest.mark.parametrize(
    "name",
    [
        *(
            "limits/nodes",
            "limits/gap",
            "limits/time",
            "numerics/feastol",
            "display/verblevel",
            "visual/vbcfilename",
        ),
        *("heuristics/alns/rewardfilename", "heuristics/repair/filename", "estimation/regforestfilename"),
        *(
            "constraints/countsols/active",
            "constraints/nonlinear/assumeconvex",
            "misc/catchctrlc",
            "timing/enabled",
        ),
        *(
            "propagating/obbt/dualfeastol",
            "lp/checkprimfeas",
            "randomization/randomseedshift",
            "",
            "separating",
        ),
        *(
            "solvingphases/feassetname",
            "constraints/linear/eagerfreq",
            "xseparating/maxrounds",
            "nosuch/parameter",
        ),
    ],
)
def test_parameters_that_are_the_users(name):
    with pytest.raises(
        ParameterError, match="which is not a policy's to set; it may set those of branching/"
    ):
        check_allowed({name: 1})


@pytest.mark.parametrize("name", shipped("milp"))
def test_parameters_of_shipped_policies_are_allowed_and_known_to_scip(name):
    traits = load_traits(shipped("milp")[name])
    assert traits.scip_parameters
    model = pyscipopt.Model()
    apply_parameters(model, traits.scip_parameters)
    model.free()


def test_parameters_are_set_all_or_none():
    model = pyscipopt.Model()
    with pytest.raises(ParameterError, match="nosuch"):
        apply_parameters(model, {"separating/maxrounds": 7, "separating/nosuch": 1})
    assert model.getParam("separating/maxrounds") == -1
    with pytest.raises(ParameterError, match="takes a value of type int, not nan"):
        apply_parameters(model, {"separating/maxrounds": float("nan")})
    model.free()
