"""Local-MIP, a local search for mixed-integer programs of others, in a process of its own beside what uses it."""
