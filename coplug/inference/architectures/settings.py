"""A policy without a network: SCIP parameters alone, under which SCIP branches itself."""

from __future__ import annotations

from coplug.inference.architecture import Architecture

settings = Architecture(
    name="settings",
    problem="milp",
    shapes=lambda config: {},
    build="coplug.inference.settings_alone:build",
)
