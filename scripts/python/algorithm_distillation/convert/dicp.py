"""The grids of DICP: `history_{env}_{alg}_alg-seed{n}.hdf5`, a group for each goal, a column for each stream."""

from __future__ import annotations

import pathlib
import re
from typing import Any

import numpy as np

from .common import (Episode, FileProblem, Interface, SetWriter, array, check_room, cut, dark_room, numbered, open_hdf5,
                     require_shape)

# Theirs are down a row, up a row, right, left, stay.
ACTIONS = np.array([3, 2, 1, 0, 4])


def convert(source: pathlib.Path, options: Any) -> None:
    """Writes a set of the files in a folder, or of one file; histories of one goal stand together."""
    paths = numbered(map(str, source.glob("history_*.hdf5"))) if source.is_dir() else [str(source)]
    if not paths:
        raise FileProblem(f"{source} has no files history_*.hdf5.")
    named = [re.match(r"history_(.+?)_(.+)_alg-seed\d+$", pathlib.Path(path).stem) for path in paths]
    kinds = {match.group(1) if match else "grid" for match in named}
    if len(kinds) > 1:
        raise FileProblem(f"{source} has histories of {', '.join(sorted(kinds))}; import each kind by itself.")
    kind, learner = kinds.pop(), options.learner or next((m.group(2) for m in named if m), "dicp")
    files = [open_hdf5(pathlib.Path(path)) for path in paths]
    try:
        groups: dict[int, list[tuple[Any, str]]] = {}
        length = most = 0
        extent = np.zeros(2, int)
        for path, file in zip(paths, files):
            for name in numbered(file):
                where, group = f"{path}, group {name}", file[name]
                if not name.isdigit():
                    raise FileProblem(f"{where}: expected a number, which says the goal.")
                actions = array(group, "actions", where)
                if actions.dtype.kind == "f":
                    raise FileProblem(f"{where} has continuous actions, which no model here can take.")
                for key, expected in (
                        ("states", (*actions.shape, 2)), ("rewards", actions.shape), ("dones", actions.shape)):
                    require_shape(key, array(group, key, where).shape, expected, where)
                if "optimal_actions" in group:
                    require_shape("optimal_actions", group["optimal_actions"].shape, actions.shape[::-1], where)
                groups.setdefault(int(name), []).append((group, where))
                dones = np.asarray(group["dones"], bool)
                for stream in range(dones.shape[1]):
                    bounds = np.flatnonzero(np.r_[dones[:, stream], True])
                    length = max(length, int(np.diff(np.r_[-1, np.minimum(bounds, len(dones) - 1)]).max()))
                most = max(most, int(actions[:].max(initial=0)) + 1)
                extent = np.maximum(extent, group["states"][:].reshape(-1, 2).max(0) + 1)
        is_room = kind == "darkroom"
        if is_room:
            writer = dark_room(options.out, length, learner)
        else:
            interface = Interface((options.actions or max(most, 5),), length, tuple(int(n) for n in extent[::-1]))
            writer = SetWriter(options.out, interface, f"dicp-{kind}", learner)

        def history(group: Any, where: str, stream: int, task: int):
            cells, theirs = group["states"][:, stream], group["actions"][:, stream].astype(int)
            if theirs.min() < 0 or (is_room and (theirs.max() > 4 or cells.min() < 0 or cells.max() > 8)):
                raise FileProblem(f"{where} has cells beyond the room or actions beyond 0 to 4.")
            actions = ACTIONS[theirs] if is_room else theirs
            rewards = group["rewards"][:, stream]
            expert = np.asarray(group["optimal_actions"][stream], int) if "optimal_actions" in group else None
            if expert is not None and is_room:
                expert = ACTIONS[expert]
            for number, (steps, ended) in enumerate(cut(group["dones"][:, stream], length, len(actions))):
                if is_room:
                    check_room(
                        cells[steps], actions[steps], rewards[steps], divmod(task, 9),
                        f"{where}, stream {stream}, episode {number}")
                yield Episode(
                    cells[steps][:, ::-1], actions[steps], rewards[steps],
                    ended and steps.stop - steps.start < length, None if expert is None else expert[steps])

        for task in sorted(groups):
            writer.write(task, (
                history(group, where, stream, task)
                for group, where in groups[task] for stream in range(group["actions"].shape[1])))
        writer.finish()
    finally:
        for file in files:
            file.close()
