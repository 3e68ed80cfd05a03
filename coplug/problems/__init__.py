"""Problems: one module each with its instance type, reader and writer, generator and objective.

The MILP families are found by name through :mod:`coplug.families`; nothing is imported before it
is asked for.
"""
