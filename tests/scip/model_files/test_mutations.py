"""Random programs in many spellings, and what is left of their files after a mishap, beside brute force and HiGHS."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from coplug.errors import InstanceError
from coplug.scip.messages import free
from coplug.scip.problem import read_model

from .random_programs import agree, highs_optimum, lp_text, mutate, random_program


def our_optimum(path):
    try:
        model = read_model(path)
    except InstanceError:
        return "refused"
    try:
        model.optimize()
        return model.getObjVal() if model.getStatus() == "optimal" else "none"
    finally:
        free(model)


@settings(max_examples=80, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_programs_have_their_optimum_in_every_spelling(tmp_path_factory, seed):
    rng = random.Random(seed)
    program = random_program(rng)
    path = tmp_path_factory.mktemp("programs") / "model.lp"
    text = lp_text(program, rng)
    path.write_bytes(text.encode())
    optimum = program.optimum()
    assert agree(our_optimum(path), "none" if optimum is None else float(optimum)), text


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_a_mishap_ends_in_a_refusal_or_in_what_another_reader_finds(tmp_path_factory, seed):
    rng = random.Random(seed)
    program = random_program(rng)
    path = tmp_path_factory.mktemp("mutations") / "model.lp"
    text = mutate(lp_text(program, rng), rng)
    path.write_bytes(text.encode())
    ours = our_optimum(path)
    if ours == "refused":
        return
    theirs = highs_optimum(path)
    if theirs != "refused":
        assert agree(ours, theirs), text
