"""The recipes that ``coplug train`` knows by name, as TOML files."""
