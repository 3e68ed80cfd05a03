"""The architectures that coplug ships, one a file, light enough to be looked up: no numba, no torch."""
