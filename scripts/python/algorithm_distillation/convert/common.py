"""What converters share: cutting steps into episodes, dark rooms, reading HDF5."""

from __future__ import annotations

import pathlib
import re
from typing import Any, Iterable, Iterator

import numpy as np

from ..tensors import FileProblem
from ..writing import Episode, Interface, SetWriter

# Ours are left, right, up, down, stay, where up leads to row - 1.
MOVES = {0: (0, -1), 1: (0, 1), 2: (-1, 0), 3: (1, 0), 4: (0, 0)}


def open_hdf5(path: pathlib.Path) -> Any:
    """An HDF5 file. Raises FileProblem if it is none, or cut short."""
    import h5py

    if not path.exists():
        raise FileProblem(f"{path} does not exist.")
    try:
        return h5py.File(path, "r")
    except OSError as error:
        text = " ".join(str(error).split())
        raise FileProblem(f"{path} is not a whole HDF5 file: {text}.") from error


def array(group: Any, name: str, where: str) -> Any:
    """A data set of a group."""
    if name not in group:
        raise FileProblem(f"{where} has no '{name}'; it has {', '.join(sorted(group))[:200]}.")
    return group[name]


def require_shape(name: str, found: tuple[int, ...], expected: tuple[int, ...], where: str) -> None:
    """Refuses an array that does not fit the others."""
    if tuple(found) != tuple(expected):
        raise FileProblem(f"{where} has '{name}' of shape {tuple(found)}, expected {tuple(expected)}.")


def numbered(groups: Iterable[str]) -> list[str]:
    """Names by the numbers in them."""
    return sorted(groups, key=lambda name: [int(n) if n.isdigit() else n for n in re.split(r"(\d+)", name)])


def cut(ends: np.ndarray, most: int | None, count: int) -> Iterator[tuple[slice, bool]]:
    """Episodes of `count` steps: where each stands, and whether `ends` says that it ended there."""
    first = 0
    for step in range(count):
        ended = bool(ends[step]) if len(ends) else False
        if ended or step + 1 - first == most or step + 1 == count:
            yield slice(first, step + 1), ended
            first = step + 1


def dark_room(folder: pathlib.Path, length: int, learner: str, size: int = 9) -> SetWriter:
    """A writer of dark rooms as this project has them, in which its models can act."""
    interface = Interface((5,), length, (size, size), rewards=(0, 1))
    settings = {"size": str(size), "episode_length": str(length)}
    return SetWriter(folder, interface, "dark-room", learner, settings)


def check_room(cells: np.ndarray, actions: np.ndarray, rewards: np.ndarray, goal: tuple[int, int], where: str) -> None:
    """Refuses an episode in a dark room whose steps do not lead where moves lead, or are rewarded elsewhere.

    `cells` are (row, column) before each action, `actions` are ours.
    """
    moved = np.clip(cells + np.array([MOVES[int(a)] for a in actions]), 0, 8)
    wrong = np.flatnonzero((moved[:-1] != cells[1:]).any(1))
    if len(wrong):
        t = int(wrong[0])
        raise FileProblem(
            f"{where}: step {t} goes from {cells[t].tolist()} to {cells[t + 1].tolist()}, where its action leads to "
            f"{moved[t].tolist()}; the arrays are mixed up, or the actions are numbered otherwise.")
    wrong = np.flatnonzero((np.asarray(rewards) > 0) != (moved == np.array(goal)).all(1))
    # Some rooms reward once an episode.
    if len(wrong) and not (np.asarray(rewards)[wrong] == 0).all():
        raise FileProblem(
            f"{where}: step {int(wrong[0])} is rewarded off the goal {tuple(goal)}; the files or goals are mixed up.")


__all__ = [
    "Episode", "FileProblem", "Interface", "MOVES", "SetWriter", "array", "check_room", "cut", "dark_room", "numbered",
    "open_hdf5", "require_shape",
]
