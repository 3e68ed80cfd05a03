"""Everything that touches SCIP: reading its state, branching in it, strong branching, solving."""
