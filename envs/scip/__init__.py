"""Environments whose episodes are solves of SCIP, and the parts that they are put together from."""
