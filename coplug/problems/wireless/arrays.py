"""Files of arrays: ``.npz``, and MATLAB's ``.mat`` of version 5 and, through h5py, 7.3."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError, in_one_line
from coplug.extras import install_command

Arrays = dict[str, NDArray[Any]]

SUFFIXES = (".npz", ".mat")
HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"


def read_arrays(path: Path) -> Arrays:
    """Read all numeric arrays of a file by name.

    Raises
    ------
    InstanceError
        If the file is missing, damaged, or of another kind.
    UsageError
        If it needs h5py, which is not installed.
    """
    try:
        with path.open("rb") as file:
            magic = file.read(len(HDF5_MAGIC))
            file.seek(0, 2)
    except OSError as error:
        raise InstanceError(f"{path} cannot be read: {error.strerror or error}; check the path") from error
    if path.suffix == ".npz" and not zipfile.is_zipfile(path):
        raise InstanceError(f"{path} is no .npz file; write it with numpy.savez")
    try:
        if path.suffix == ".npz":
            return _npz(path)
        if magic == HDF5_MAGIC or _is_hdf5(path):
            return _hdf5(path)
        return _mat5(path)
    except (InstanceError, UsageError):
        raise
    except Exception as error:  # a damaged file makes these readers raise nearly anything
        raise InstanceError(f"{path} cannot be read: {in_one_line(error)}; write it again") from error


def take_arrays(found: Mapping[str, Any]) -> Arrays:
    """Take a mapping of arrays.

    Raises
    ------
    InstanceError
        If a value is no numeric array.
    """
    arrays = {str(name): np.asarray(value) for name, value in found.items()}
    for name, array in arrays.items():
        if array.dtype.kind not in "buifc":
            raise InstanceError(f"{name} holds {array.dtype}; expected numbers")
    return arrays


def _npz(path: Path) -> Arrays:
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _mat5(path: Path) -> Arrays:
    from scipy.io import loadmat

    found = loadmat(path, squeeze_me=False)
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, np.ndarray) and value.dtype.kind in "buifc"
    }


def _is_hdf5(path: Path) -> bool:
    """Tell whether the file is of version 7.3, whose HDF5 begins after MATLAB's own header."""
    with path.open("rb") as file:
        file.seek(512)
        return file.read(len(HDF5_MAGIC)) == HDF5_MAGIC


def _hdf5(path: Path) -> Arrays:
    """Read datasets; MATLAB stores them with axes in the reverse order, and complex numbers as pairs."""
    try:
        import h5py
    except ImportError as error:
        raise UsageError(
            f"{path} is a .mat file of version 7.3, which needs h5py: {install_command('wireless')}"
        ) from error
    arrays: Arrays = {}
    with h5py.File(path, "r") as file:
        for name, dataset in file.items():
            if not isinstance(dataset, h5py.Dataset):
                continue
            values = dataset[()]
            if values.dtype.names == ("real", "imag"):
                values = values["real"] + 1j * values["imag"]
            if values.dtype.kind in "buifc":
                arrays[name] = np.ascontiguousarray(values.T)
    return arrays
