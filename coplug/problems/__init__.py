"""Problems: a package each with its instances, files, options, solve, baselines and dynamics.

They are found by name through :data:`coplug.contracts.problem.PROBLEMS`, their families through
:data:`coplug.families.FAMILIES`; nothing is imported before it is asked for.
"""
