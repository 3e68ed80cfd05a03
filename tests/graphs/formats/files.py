"""Files for the tests of formats."""


def put(folder, name, content):
    """Write a file and return its path."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path
