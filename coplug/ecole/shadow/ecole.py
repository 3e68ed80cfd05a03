"""What ``import ecole`` finds in a process that was started by one with :mod:`coplug.ecole.as_ecole`."""

import sys

del sys.modules[__name__]  # coplug.ecole takes this place

import coplug.ecole.as_ecole  # noqa: E402, F401
