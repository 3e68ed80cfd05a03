"""coplug: learned plugins for combinatorial optimization."""
