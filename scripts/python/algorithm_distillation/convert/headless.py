"""The files of headless-ad: columns of steps. A bandit's file is a task; a grid's files are pieces of one history."""

from __future__ import annotations

import json
import math
import pathlib
from typing import Any

import numpy as np

from .common import Episode, FileProblem, Interface, SetWriter, cut, numbered, require_shape


def convert(source: pathlib.Path, options: Any) -> None:
    """Writes a set of all files beneath a folder."""
    paths = [pathlib.Path(p) for p in numbered(map(str, source.rglob("*.npz")))] if source.is_dir() else [source]
    if not paths:
        raise FileProblem(f"{source} has no .npz files.")
    with np.load(paths[0]) as arrays:
        is_bandit = "num_actions" in arrays
    (bandits if is_bandit else grids)(paths, options)


def columns(path: pathlib.Path) -> dict[str, np.ndarray]:
    """The columns of a file."""
    with np.load(path) as arrays:
        missing = [name for name in ("states", "actions", "rewards", "dones") if name not in arrays]
        if missing:
            raise FileProblem(f"{path} has no '{missing[0]}'; it has {', '.join(arrays)}.")
        result = {name: arrays[name] for name in arrays.files}
    count = len(result["actions"])
    for name in ("states", "rewards", "dones"):
        require_shape(name, result[name].shape[:1], (count,), str(path))
    if count == 0:
        raise FileProblem(f"{path} has no steps.")
    return {name: column.reshape(len(column), -1) for name, column in result.items()}


def ends_of(dones: np.ndarray, path: pathlib.Path, options: Any) -> tuple[np.ndarray, int]:
    """Where episodes end, and the steps of the longest."""
    dones = dones[:, 0].astype(bool)
    if not dones.any() and options.episode_length is None:
        raise FileProblem(f"{path} does not say where episodes end. Say it with --episode-length STEPS.")
    parts = list(cut(dones, options.episode_length, len(dones)))
    return dones, max(steps.stop - steps.start for steps, _ in parts)


def bandits(paths: list[pathlib.Path], options: Any) -> None:
    """Bandits: nothing is seen, and each file is a history of a task of its own."""
    arms = length = 0
    for path in paths:
        data = columns(path)
        if "num_actions" not in data:
            raise FileProblem(f"{path} has no 'num_actions', as the other files have.")
        arms = max(arms, int(data["num_actions"].max()), int(data["actions"].max()) + 1)
        length = max(length, ends_of(data["dones"], path, options)[1])
    writer = SetWriter(
        options.out, Interface((arms,), length), "headless-ad-bandit", options.learner or "headless-ad",
        {f"task {task}": path.name for task, path in enumerate(paths)})

    def history(path: pathlib.Path):
        data = columns(path)
        for steps, ended in cut(data["dones"][:, 0], options.episode_length, len(data["dones"])):
            count = steps.stop - steps.start
            yield Episode(
                np.zeros((count, 0)), data["actions"][steps, 0], data["rewards"][steps, 0], ended and count < length)

    for task, path in enumerate(paths):
        writer.write(task, [history(path)])
    writer.finish()


def goal_of(folder: pathlib.Path) -> tuple[Any, ...]:
    """The goal that the JSON in a folder names."""
    for path in sorted([*folder.glob("*.json"), *folder.glob("*.metadata")]):
        try:
            goal = json.loads(path.read_text()).get("goal")
        except (ValueError, AttributeError) as error:
            raise FileProblem(f"{path} is no JSON object: {error}.") from error
        if goal is not None:
            return tuple(np.ravel(goal).tolist())
    raise FileProblem(f"{folder} has no JSON file with a 'goal', so its task is not known.")


def grids(paths: list[pathlib.Path], options: Any) -> None:
    """Grids: the files of a folder are pieces of one history, and folders of one goal are of one task."""
    folders: dict[pathlib.Path, list[pathlib.Path]] = {}
    for path in paths:
        folders.setdefault(path.parent, []).append(path)
    tasks: dict[tuple[Any, ...], list[pathlib.Path]] = {}
    actions = length = states = 0
    for folder, files in folders.items():
        tasks.setdefault(goal_of(folder), []).append(folder)
        pieces = [columns(path) for path in files]
        actions = max(actions, *(int(piece["actions"].max()) + 1 for piece in pieces))
        states = max(states, *(int(piece["states"].max()) + 1 for piece in pieces))
        length = max(length, ends_of(np.concatenate([piece["dones"] for piece in pieces]), folder, options)[1])
    # A square of cells, of which the last may never be entered.
    sizes = (math.isqrt(states - 1) + 1) ** 2
    if sizes > 256:
        raise FileProblem(f"{paths[0].parent} has states up to {states - 1}, more than a byte tells apart.")
    writer = SetWriter(
        options.out, Interface((options.actions or actions,), length, (sizes,)), "headless-ad-grid",
        options.learner or "headless-ad", {f"task {t}": f"goal {goal}" for t, goal in enumerate(sorted(tasks))})

    def history(folder: pathlib.Path):
        pieces = [columns(path) for path in folders[folder]]
        data = {name: np.concatenate([piece[name] for piece in pieces])
                for name in ("states", "actions", "rewards", "dones")}
        for steps, ended in cut(data["dones"][:, 0], options.episode_length, len(data["dones"])):
            yield Episode(
                data["states"][steps, :1], data["actions"][steps, 0], data["rewards"][steps, 0],
                ended and steps.stop - steps.start < length)

    for task, goal in enumerate(sorted(tasks)):
        writer.write(task, (history(folder) for folder in tasks[goal]))
    writer.finish()
