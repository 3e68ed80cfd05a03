"""``python -m coplug`` is the ``coplug`` command."""

from coplug.cli import main

if __name__ == "__main__":
    main()
