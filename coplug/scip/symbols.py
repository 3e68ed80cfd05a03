"""SCIP's C functions as numba sees them, and loads through a pointer.

All pointers are ``intp``. ``SCIP_Bool`` comes back as an int32 of which only the lowest bit is meaningful.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

_P = types.intp
_D = types.float64
_I = types.int32

REQUIRED_SYMBOLS: list[str] = ["SCIPmajorVersion"]
"""Every C function that some kernel calls."""


def _c(name: str, result: Any, *arguments: Any) -> Any:
    REQUIRED_SYMBOLS.append(name)
    return types.ExternalFunction(name, result(*arguments))


set_objsense = _c("SCIPsetObjsense", _I, _P, _I)
create_var_basic = _c("SCIPcreateVarBasic", _I, _P, _P, _P, _D, _D, _D, _I)
add_var = _c("SCIPaddVar", _I, _P, _P)
chg_var_type = _c("SCIPchgVarType", _I, _P, _P, _I, _P)
release_var = _c("SCIPreleaseVar", _I, _P, _P)
create_cons_linear = _c("SCIPcreateConsLinear", _I, _P, _P, _P, _I, _P, _P, _D, _D, *[_I] * 10)
add_cons = _c("SCIPaddCons", _I, _P, _P)
release_cons = _c("SCIPreleaseCons", _I, _P, _P)

transform_prob = _c("SCIPtransformProb", _I, _P)
get_lp_cols = _c("SCIPgetLPCols", _P, _P)
get_n_lp_cols = _c("SCIPgetNLPCols", _I, _P)
get_lp_rows = _c("SCIPgetLPRows", _P, _P)
get_n_lp_rows = _c("SCIPgetNLPRows", _I, _P)
get_obj_norm = _c("SCIPgetObjNorm", _D, _P)
get_n_lps = _c("SCIPgetNLPs", types.int64, _P)
get_best_sol = _c("SCIPgetBestSol", _P, _P)
get_sol_val = _c("SCIPgetSolVal", _D, _P, _P, _P)
get_lp_objval = _c("SCIPgetLPObjval", _D, _P)
infinity = _c("SCIPinfinity", _D, _P)
epsilon = _c("SCIPepsilon", _D, _P)
feas_frac = _c("SCIPfeasFrac", _D, _P, _D)
is_feas_integral = _c("SCIPisFeasIntegral", _I, _P, _D)
is_stopped = _c("SCIPisStopped", _I, _P)
get_stage = _c("SCIPgetStage", _I, _P)
get_depth = _c("SCIPgetDepth", _I, _P)
get_n_runs = _c("SCIPgetNRuns", _I, _P)
get_vars = _c("SCIPgetVars", _P, _P)
get_n_vars = _c("SCIPgetNVars", _I, _P)
get_objsense = _c("SCIPgetObjsense", _I, _P)
get_orig_obj_offset = _c("SCIPgetOrigObjoffset", _D, _P)
retransform_obj = _c("SCIPretransformObj", _D, _P, _D)

col_get_index = _c("SCIPcolGetIndex", _I, _P)
col_get_var = _c("SCIPcolGetVar", _P, _P)
col_get_obj = _c("SCIPcolGetObj", _D, _P)
col_get_lb = _c("SCIPcolGetLb", _D, _P)
col_get_ub = _c("SCIPcolGetUb", _D, _P)
col_get_primsol = _c("SCIPcolGetPrimsol", _D, _P)
col_get_age = _c("SCIPcolGetAge", _I, _P)
col_get_basis_status = _c("SCIPcolGetBasisStatus", _I, _P)
col_get_lp_pos = _c("SCIPcolGetLPPos", _I, _P)
get_col_redcost = _c("SCIPgetColRedcost", _D, _P, _P)
col_get_n_lp_nonz = _c("SCIPcolGetNLPNonz", _I, _P)
col_get_rows = _c("SCIPcolGetRows", _P, _P)
col_get_vals = _c("SCIPcolGetVals", _P, _P)

var_get_type = _c("SCIPvarGetType", _I, _P)
var_is_implied_integral = _c("SCIPvarIsImpliedIntegral", _I, _P)
var_get_col = _c("SCIPvarGetCol", _P, _P)
var_get_lp_sol = _c("SCIPvarGetLPSol", _D, _P)
var_get_avg_sol = _c("SCIPvarGetAvgSol", _D, _P)
var_is_in_lp = _c("SCIPvarIsInLP", _I, _P)
var_get_index = _c("SCIPvarGetIndex", _I, _P)
var_get_probindex = _c("SCIPvarGetProbindex", _I, _P)
var_get_obj = _c("SCIPvarGetObj", _D, _P)
var_get_lb_local = _c("SCIPvarGetLbLocal", _D, _P)
var_get_ub_local = _c("SCIPvarGetUbLocal", _D, _P)
var_is_negated = _c("SCIPvarIsNegated", _I, _P)
var_get_negated_var = _c("SCIPvarGetNegatedVar", _P, _P)
var_get_negation_constant = _c("SCIPvarGetNegationConstant", _D, _P)
var_get_cutoff_sum = _c("SCIPvarGetCutoffSum", _D, _P, _I)
var_get_n_branchings = _c("SCIPvarGetNBranchings", types.int64, _P, _I)
get_var_pseudocost = _c("SCIPgetVarPseudocost", _D, _P, _P, _I)
get_probvar_linear_sum = _c("SCIPgetProbvarLinearSum", _I, _P, _P, _P, _P, _I, _P, _P)

row_get_index = _c("SCIProwGetIndex", _I, _P)
row_get_n_nonz = _c("SCIProwGetNNonz", _I, _P)
row_get_n_lp_nonz = _c("SCIProwGetNLPNonz", _I, _P)
row_get_norm = _c("SCIProwGetNorm", _D, _P)
row_get_lhs = _c("SCIProwGetLhs", _D, _P)
row_get_rhs = _c("SCIProwGetRhs", _D, _P)
row_get_constant = _c("SCIProwGetConstant", _D, _P)
row_get_cols = _c("SCIProwGetCols", _P, _P)
row_get_vals = _c("SCIProwGetVals", _P, _P)
row_get_dualsol = _c("SCIProwGetDualsol", _D, _P)
row_get_age = _c("SCIProwGetAge", _I, _P)
row_get_lp_pos = _c("SCIProwGetLPPos", _I, _P)
get_row_lp_activity = _c("SCIPgetRowLPActivity", _D, _P, _P)

get_conss = _c("SCIPgetConss", _P, _P)
get_n_conss = _c("SCIPgetNConss", _I, _P)
get_cons_n_vars = _c("SCIPgetConsNVars", _I, _P, _P, _P, _P)
get_cons_vars = _c("SCIPgetConsVars", _I, _P, _P, _P, _I, _P)
get_cons_vals = _c("SCIPgetConsVals", _I, _P, _P, _P, _I, _P)
cons_get_lhs = _c("SCIPconsGetLhs", _D, _P, _P, _P)
cons_get_rhs = _c("SCIPconsGetRhs", _D, _P, _P, _P)
cons_get_name = _c("SCIPconsGetName", _P, _P)
cons_get_hdlr = _c("SCIPconsGetHdlr", _P, _P)
conshdlr_get_name = _c("SCIPconshdlrGetName", _P, _P)

get_lp_branch_cands = _c("SCIPgetLPBranchCands", _I, _P, _P, _P, _P, _P, _P, _P)
get_pseudo_branch_cands = _c("SCIPgetPseudoBranchCands", _I, _P, _P, _P, _P)
get_var_pseudocost_score = _c("SCIPgetVarPseudocostScore", _D, _P, _P, _D)
branch_var = _c("SCIPbranchVar", _I, _P, _P, _P, _P, _P)

start_strongbranch = _c("SCIPstartStrongbranch", _I, _P, _I)
end_strongbranch = _c("SCIPendStrongbranch", _I, _P)
_SB = (_I, _P, _P, _I, _I, _P, _P, _P, _P, _P, _P, _P, _P, _P)
get_var_strongbranch_frac = _c("SCIPgetVarStrongbranchFrac", *_SB)
get_var_strongbranch_int = _c("SCIPgetVarStrongbranchInt", *_SB)
get_branch_score_multiple = _c("SCIPgetBranchScoreMultiple", _D, _P, _P, _I, _P)

SCIP_OKAY = 1
BRANCH_DOWN, BRANCH_UP = 0, 1
BINARY, INTEGER, CONTINUOUS = 0, 1, 3
MINIMIZE, MAXIMIZE = 1, -1
STAGE_TRANSFORMED = 3


def _load(item: Any, llvm_type: ir.Type) -> Any:
    """Return the pieces of an intrinsic that loads element ``index`` of the array at ``address``."""
    signature = item(types.intp, types.intp)

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, index = arguments
        pointer = builder.inttoptr(address, llvm_type.as_pointer())
        return builder.load(cgutils.gep_inbounds(builder, pointer, index))

    return signature, codegen


@intrinsic  # type: ignore[untyped-decorator] # numba is untyped
def load_pointer(typing_context: Any, address: Any, index: Any) -> Any:
    """Load pointer number ``index`` from the array of pointers at ``address``."""
    return _load(types.intp, ir.IntType(64))


@intrinsic  # type: ignore[untyped-decorator] # numba is untyped
def load_double(typing_context: Any, address: Any, index: Any) -> Any:
    """Load double number ``index`` from the array of doubles at ``address``."""
    return _load(types.float64, ir.DoubleType())
