"""safetensors files, read as mapped arrays and written whole or not at all."""

from __future__ import annotations

import hashlib
import json
import math
import os
import pathlib
from typing import Iterable, Iterator, Mapping

import numpy as np

TYPES = {
    "BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "U64": "<u8",
    "I64": "<i8", "F16": "<f2", "F32": "<f4", "F64": "<f8",
}
NAMES = {np.dtype(code): name for name, code in TYPES.items()}


class FileProblem(ValueError):
    """A file that is not what it should be; the message names it and says what to do."""


def read_tensors(path: str | os.PathLike[str]) -> tuple[dict[str, str], dict[str, np.ndarray]]:
    """The metadata and the tensors of a file; these are mapped, and read when they are looked at.

    Raises FileProblem if header and length do not agree.
    """
    path = pathlib.Path(path)
    try:
        size = path.stat().st_size
        with open(path, "rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > size - 8:
                raise FileProblem(f"{path} is not a whole safetensors file: it is cut short or something else.")
            header = json.loads(file.read(length))
    except FileNotFoundError as error:
        raise FileProblem(f"{path} does not exist.") from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FileProblem(f"{path} is not a whole safetensors file: its header is no JSON.") from error
    metadata = header.pop("__metadata__", {})
    start, end, tensors = 8 + length, 8 + length, {}
    for name, entry in header.items():
        if entry["dtype"] not in TYPES:
            raise FileProblem(f"{path} holds '{name}' as {entry['dtype']}, which NumPy does not know.")
        dtype, shape = np.dtype(TYPES[entry["dtype"]]), tuple(entry["shape"])
        first, last = (start + offset for offset in entry["data_offsets"])
        if last - first != dtype.itemsize * math.prod(shape) or last > size:
            raise FileProblem(f"{path} is cut short or damaged: '{name}' does not fit it.")
        end = max(end, last)
        tensors[name] = (
            np.memmap(path, dtype, "r", first, shape) if last > first else np.zeros(shape, dtype))
    if end != size:
        raise FileProblem(f"{path} has {size} bytes, its header promises {end}.")
    return metadata, tensors


class Spill:
    """An array that grows in a file of its own until it is written, since it may not fit the memory."""

    def __init__(self, path: pathlib.Path, dtype: np.dtype, row_shape: tuple[int, ...]):
        self.path, self.dtype, self.row_shape = path, dtype, row_shape
        self.rows = 0
        self._file = open(path, "wb")

    @property
    def shape(self) -> tuple[int, ...]:
        """The rows so far, and the shape of one."""
        return (self.rows, *self.row_shape)

    @property
    def nbytes(self) -> int:
        """The bytes so far."""
        return self.dtype.itemsize * math.prod(self.shape)

    def append(self, rows: np.ndarray) -> None:
        """Adds rows at the end."""
        self._file.write(np.ascontiguousarray(rows, self.dtype).tobytes())
        self.rows += len(rows)

    def blocks(self) -> Iterator[bytes]:
        """All bytes, in pieces."""
        self._file.flush()
        with open(self.path, "rb") as file:
            while block := file.read(1 << 22):
                yield block

    def close(self) -> None:
        """Removes the file."""
        self._file.close()
        self.path.unlink(missing_ok=True)


def write_tensors(
    path: str | os.PathLike[str], tensors: Mapping[str, np.ndarray | Spill], metadata: Mapping[str, str]
) -> tuple[int, str]:
    """Writes a file under a temporary name and renames it; returns its size and its SHA-256."""
    path = pathlib.Path(path)
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].dtype.itemsize, item[0]))
    header: dict[str, object] = {"__metadata__": dict(metadata)}
    end = 0
    for name, array in ordered:
        header[name] = {
            "dtype": NAMES[array.dtype], "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    temporary = path.with_name(path.name + ".tmp")
    checksum, size = hashlib.sha256(), 0
    try:
        with open(temporary, "wb") as file:
            for parts in ([len(text).to_bytes(8, "little"), text], *(_parts(array) for _, array in ordered)):
                for part in parts:
                    file.write(part)
                    checksum.update(part)
                    size += len(part)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return size, checksum.hexdigest()


def _parts(array: np.ndarray | Spill) -> Iterable[bytes]:
    return array.blocks() if isinstance(array, Spill) else [np.ascontiguousarray(array).tobytes()]
