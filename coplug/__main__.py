"""``python -m coplug``."""

from coplug.cli import main

main()
