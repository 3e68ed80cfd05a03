"""Feasibility jump: solutions of mixed-integer linear programs without solving an LP."""
