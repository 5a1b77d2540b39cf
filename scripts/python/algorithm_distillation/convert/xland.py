"""XLand-100B and its kin: a group for each task with histories x steps, read some thousand steps at a time.

A cell is one byte, its tile and colour together, which is a category of its own here.
"""

from __future__ import annotations

import pathlib
from typing import Any

import numpy as np

from .common import Episode, FileProblem, Interface, SetWriter, array, numbered, open_hdf5, require_shape

BLOCK = 4096


def convert(source: pathlib.Path, options: Any) -> None:
    """Writes a set; groups of one ruleset are of one task."""
    with open_hdf5(source) as file:
        tasks: dict[tuple[str, str, int], list[str]] = {}
        length, shape = 0, (5, 5)
        for name in numbered(file):
            group, where = file[name], f"{source}, group {name}"
            actions = array(group, "actions", where)
            states = array(group, "states", where)
            if states.ndim != 4 or states.dtype != np.uint8:
                raise FileProblem(f"{where} has 'states' of shape {states.shape} and type {states.dtype}.")
            shape = states.shape[2:]
            for key in ("rewards", "dones", "expert_actions"):
                if key in group or key != "expert_actions":
                    require_shape(key, array(group, key, where).shape, actions.shape, where)
            require_shape("states", states.shape[:2], actions.shape, where)
            if "ruleset-id" not in group.attrs:
                raise FileProblem(f"{where} has no attribute 'ruleset-id', which says the task.")
            key = tuple(str(group.attrs.get(k, "")) for k in ("env-id", "benchmark-id"))
            tasks.setdefault((*key, int(group.attrs["ruleset-id"])), []).append(name)
            for history in range(actions.shape[0]):
                ends = np.flatnonzero(np.r_[group["dones"][history].astype(bool), True])
                lengths = np.diff(np.r_[-1, np.minimum(ends, actions.shape[1] - 1)])
                length = max(length, int(lengths.max()))
        if not tasks:
            raise FileProblem(f"{source} has no groups.")
        if length > 1_000_000:
            raise FileProblem(f"{source} has an episode of {length} steps; check 'dones'.")
        interface = Interface((options.actions or 6,), length, sight=("categories", 256, *shape))
        settings = {f"task {t}": f"{k[0]} {k[1]} ruleset {k[2]}".strip() for t, k in enumerate(sorted(tasks))}
        writer = SetWriter(options.out, interface, "xland", options.learner or "xland", settings)
        for task, key in enumerate(sorted(tasks)):
            writer.write(task, (
                episodes(file[name], history)
                for name in tasks[key] for history in range(file[name]["actions"].shape[0])))
        writer.finish()


def episodes(group: Any, history: int):
    """The episodes of a history; an unfinished one at the end is cut there."""
    names = [name for name in ("states", "actions", "rewards", "dones", "expert_actions") if name in group]
    kept: dict[str, list[np.ndarray]] = {name: [] for name in names}
    count = group["actions"].shape[1]

    def finish(ended: bool) -> Episode:
        whole = {name: np.concatenate(parts) for name, parts in kept.items()}
        for parts in kept.values():
            parts.clear()
        return Episode(
            whole["states"], whole["actions"], whole["rewards"].astype(np.float32), ended,
            whole.get("expert_actions"))

    for first in range(0, count, BLOCK):
        block = {name: group[name][history, first:first + BLOCK] for name in names}
        begin = 0
        for end in np.flatnonzero(block["dones"]) + 1:
            for name in names:
                kept[name].append(block[name][begin:end])
            yield finish(True)
            begin = int(end)
        if begin < len(block["dones"]):
            for name in names:
                kept[name].append(block[name][begin:])
    if kept["dones"]:
        yield finish(False)
