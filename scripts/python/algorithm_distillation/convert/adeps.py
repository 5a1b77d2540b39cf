"""The environments of ad-eps: Dark Room and Key-to-Door in .npz files beside a `metadata.metadata`, Watermaze in HDF5."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import numpy as np

from .common import (Episode, FileProblem, Interface, SetWriter, array, check_room, cut, dark_room, numbered, open_hdf5,
                     require_shape)

# Theirs are stay, up, right, down, left.
ACTIONS = np.array([4, 2, 1, 3, 0])


def convert(source: pathlib.Path, options: Any) -> None:
    """Writes a set of whichever of the three lies at a path."""
    if not source.exists():
        raise FileProblem(f"{source} does not exist.")
    if source.suffix in (".hdf5", ".h5") or (source / "data.hdf5").exists():
        return watermaze(source if source.is_file() else source / "data.hdf5", options)
    runs = sorted(source.rglob("metadata.metadata")) if source.is_dir() else []
    if not runs:
        raise FileProblem(f"{source} holds neither a metadata.metadata nor a data.hdf5, so it is nothing of ad-eps.")
    files: dict[int, list[pathlib.Path]] = {}
    goals: dict[int, Any] = {}
    learner = options.learner
    is_room = True
    for path in runs:
        try:
            metadata = json.loads(path.read_text())
            names, of_files = metadata["ordered_trajectories"], metadata["goal"]
        except (ValueError, KeyError) as error:
            raise FileProblem(f"{path} lacks {error}, or is no JSON.") from error
        learner = learner or str(metadata.get("algorithm", "ad-eps"))
        if len(set(names)) != len(names):
            raise FileProblem(f"{path} names a file twice; file names of ad-eps can collide, and then one is lost.")
        if len(names) != len(of_files):
            raise FileProblem(f"{path} names {len(names)} files and {len(of_files)} goals.")
        for name, goal in zip(names, of_files):
            file = path.parent / name
            file = file if file.suffix == ".npz" else file.with_name(file.name + ".npz")
            if not file.exists():
                raise FileProblem(f"{path} names {name}, which is not there.")
            is_room = np.ndim(goal) == 1
            cells = [int(row) * 9 + int(column) for row, column in (goal if not is_room else [goal])]
            task = cells[0] if is_room else cells[0] + 81 * cells[1]
            files.setdefault(task, []).append(file)
            goals[task] = goal
    if is_room:
        rooms(files, goals, learner, options)
    else:
        keys_and_doors(files, learner, options)


def load(path: pathlib.Path, name: str, unpickle: bool = False) -> np.ndarray:
    """An array of a file."""
    with np.load(path, allow_pickle=unpickle) as arrays:
        if name not in arrays:
            raise FileProblem(f"{path} has no '{name}'; it has {', '.join(arrays)}.")
        try:
            return arrays[name]
        except ValueError as error:
            if "allow_pickle" not in str(error):
                raise
            raise FileProblem(
                f"{path} holds '{name}' pickled, and unpickling can run any code. If you trust the file, run "
                f"'python -m algorithm_distillation.convert ad-eps {path.parent} --unpickle --out SET' and then "
                "'distill import set SET'.") from error


def rooms(files: dict[int, list[pathlib.Path]], goals: dict[int, Any], learner: str, options: Any) -> None:
    """Dark Room: a file for each goal, a row for each episode."""
    first = load(next(iter(files.values()))[0], "states")
    writer = dark_room(options.out, first.shape[1], learner)

    def history(path: pathlib.Path, goal: Any):
        states, actions, rewards = (load(path, name) for name in ("states", "actions", "rewards"))
        for name, found in (("actions", actions), ("rewards", rewards)):
            require_shape(name, found.shape, states.shape, str(path))
        if states.min() < 0 or states.max() > 80 or actions.min() < 0 or actions.max() > 4:
            raise FileProblem(f"{path} has states beyond 0 to 80 or actions beyond 0 to 4.")
        cells = np.stack(np.divmod(states.astype(int), 9), 2)
        ours = ACTIONS[actions.astype(int)]
        for e in range(len(states)):
            check_room(cells[e], ours[e], rewards[e], tuple(goal), f"{path}, episode {e}")
            yield Episode(cells[e][:, ::-1], ours[e], rewards[e])

    for task in sorted(files):
        writer.write(task, (history(path, goals[task]) for path in files[task]))
    writer.finish()


def keys_and_doors(files: dict[int, list[pathlib.Path]], learner: str, options: Any) -> None:
    """Key-to-Door: ragged rows, one for each episode."""
    length = options.episode_length or 50
    writer = SetWriter(
        options.out, Interface((5,), length, (9, 9), rewards=(0, 1)), "key-to-door", learner,
        {"size": "9", "episode_length": str(length)})

    def history(path: pathlib.Path):
        states, actions, rewards = (load(path, n, options.unpickle) for n in ("states", "actions", "rewards"))
        require_shape("actions", actions.shape[:1], states.shape[:1], str(path))
        require_shape("rewards", rewards.shape[:1], states.shape[:1], str(path))
        for e in range(len(states)):
            cells = np.asarray(states[e], int)
            moves = np.asarray(actions[e], int)
            if len(cells) and (cells.min() < 0 or cells.max() > 80 or moves.min() < 0 or moves.max() > 4):
                raise FileProblem(f"{path}, episode {e} has states beyond 0 to 80 or actions beyond 0 to 4.")
            given = np.asarray(rewards[e], float)
            yield Episode(np.stack([cells % 9, cells // 9], 1), ACTIONS[moves], given, bool(given.sum() >= 2))

    for task in sorted(files):
        writer.write(task, (history(path) for path in files[task]))
    writer.finish()


def watermaze(path: pathlib.Path, options: Any) -> None:
    """Watermaze: pictures, channels first; an episode ends with a reward, or after 50 steps."""
    length = options.episode_length or 50
    with open_hdf5(path) as file:
        names = numbered(file)
        if not names:
            raise FileProblem(f"{path} has no groups.")
        shape = array(file[names[0]], "obs", f"{path}, group {names[0]}").shape
        tasks: dict[tuple[float, ...], list[str]] = {}
        most = 0
        for name in names:
            where = f"{path}, group {name}"
            if "goal" not in file[name].attrs:
                raise FileProblem(f"{where} has no attribute 'goal'.")
            tasks.setdefault(tuple(map(float, file[name].attrs["goal"])), []).append(name)
            steps = array(file[name], "action", where).shape[0]
            require_shape("obs", array(file[name], "obs", where).shape, (steps, *shape[1:]), where)
            require_shape("reward", array(file[name], "reward", where).shape, (steps,), where)
            most = max(most, int(file[name]["action"][:].max(initial=0)) + 1)
        interface = Interface(
            (options.actions or max(most, 8),), length, sight=("tensor", shape[2], shape[3], shape[1]))
        settings = {f"task {t}": f"goal {goal}" for t, goal in enumerate(sorted(tasks))}
        writer = SetWriter(options.out, interface, "ad-eps-watermaze", options.learner or "ad-eps", settings)

        def history(group: Any):
            actions, rewards = group["action"][:], group["reward"][:]
            for steps, ended in cut(rewards > 0, length, len(rewards)):
                pictures = group["obs"][steps].transpose(0, 2, 3, 1)
                yield Episode(pictures, actions[steps], rewards[steps], ended)

        for task, goal in enumerate(sorted(tasks)):
            writer.write(task, (history(file[name]) for name in tasks[goal]))
        writer.finish()
