"""Files of arrays: ``.npz``, and MATLAB's ``.mat`` of version 5 and, through h5py, 7.3."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import InstanceError, UsageError, in_one_line
from coplug.extras import install_command
from coplug.unpacking import file_bytes

Arrays = dict[str, NDArray[Any]]

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
MATLAB_HEADER_BYTES = 512
"""Before HDF5 begins in a file of version 7.3."""


def read_arrays(path: Path) -> Arrays:
    """Read all numeric arrays of a file by name; a name that ends in ``.gz`` is unpacked.

    Raises
    ------
    InstanceError
        If the file is missing, damaged, or of another kind.
    UsageError
        If it needs h5py, which is not installed.
    """
    data = file_bytes(path)
    is_npz = ".npz" in path.suffixes[-2:]
    if is_npz and not zipfile.is_zipfile(io.BytesIO(data)):
        raise InstanceError(f"{path} is no .npz file; write it with numpy.savez")
    is_hdf5 = any(data[start:].startswith(HDF5_MAGIC) for start in (0, MATLAB_HEADER_BYTES))
    try:
        if is_npz:
            return _npz(data)
        return _hdf5(path, data) if is_hdf5 else _mat5(data)
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


def _npz(data: bytes) -> Arrays:
    with np.load(io.BytesIO(data), allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _mat5(data: bytes) -> Arrays:
    from scipy.io import loadmat

    found = loadmat(io.BytesIO(data), squeeze_me=False)
    return {
        name: value
        for name, value in found.items()
        if isinstance(value, np.ndarray) and value.dtype.kind in "buifc"
    }


def _hdf5(path: Path, data: bytes) -> Arrays:
    """Read datasets; MATLAB stores them with axes in the reverse order, and complex numbers as pairs."""
    try:
        import h5py
    except ImportError as error:
        raise UsageError(
            f"{path} is a .mat file of version 7.3, which needs h5py: {install_command('wireless')}"
        ) from error
    arrays: Arrays = {}
    with h5py.File(io.BytesIO(data), "r") as file:
        for name, dataset in file.items():
            if not isinstance(dataset, h5py.Dataset):
                continue
            values = dataset[()]
            if values.dtype.names == ("real", "imag"):
                values = values["real"] + 1j * values["imag"]
            if values.dtype.kind in "buifc":
                arrays[name] = np.ascontiguousarray(values.T)
    return arrays
