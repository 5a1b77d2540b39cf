"""Reading of sets of histories, as arrays that are mapped from their files and copied only where they are used."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Iterable, Iterator, Sequence

import numpy as np

from .tensors import FileProblem, read_tensors

SCHEMA = "algorithm-distillation.histories"


@dataclass(frozen=True)
class History:
    """All that one stream of a learner lived on one task. Arrays are views of the file, in the order lived.

    `observations` is steps x ..., `actions` steps or steps x factors, `rewards` steps (undiscounted).
    `episode_offsets` is the step that each episode begins at, and last the number of steps; `terminated` says of
    each episode whether it ended for good.
    """

    task: int
    learner: int
    stream: int
    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    episode_offsets: np.ndarray
    terminated: np.ndarray
    expert_actions: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rewards)

    @cached_property
    def returns(self) -> np.ndarray:
        """The sum of the rewards of each episode."""
        return np.add.reduceat(self.rewards.astype(np.float64), self.episode_offsets[:-1])

    def episodes(self) -> Iterator[slice]:
        """The steps of each episode."""
        for first, last in zip(self.episode_offsets[:-1], self.episode_offsets[1:]):
            yield slice(int(first), int(last))


class Shard:
    """The histories of one task in a file."""

    def __init__(self, path: str | os.PathLike[str]):
        self.path = pathlib.Path(path)
        self.metadata, self.tensors = read_tensors(path)
        if self.metadata.get("schema") != SCHEMA:
            raise FileProblem(f"{path} is no shard of histories: its schema is {self.metadata.get('schema')}.")
        self.task = int(self.metadata["task"])
        self.interface: dict[str, Any] = json.loads(self.metadata["interface"])

    def __len__(self) -> int:
        return len(self.tensors["history_offsets"]) - 1

    def history(self, index: int) -> History:
        """A history, from 0."""
        t = self.tensors
        first, last = (int(offset) for offset in t["history_offsets"][index:index + 2])
        offsets = t["episode_offsets"][first:last + 1].astype(np.int64)
        steps = slice(int(offsets[0]), int(offsets[-1]))
        expert = t.get("expert_actions")

        def named(name: str, usual: int) -> int:
            return int(t[name][index]) if name in t else usual

        return History(
            self.task, named("history_learner", index), named("history_stream", 0), t["observations"][steps],
            t["actions"][steps], t["rewards"][steps], offsets - offsets[0], t["episode_terminated"][first:last],
            None if expert is None else expert[steps])


class HistorySet(Sequence[History]):
    """A folder of histories: a sequence of `History`, by task, learner and stream."""

    def __init__(self, folder: str | os.PathLike[str], verify: bool = False):
        """Opens the folder; `verify` compares every checksum. Raises FileProblem if it is not whole."""
        self.folder = pathlib.Path(folder)
        try:
            self.manifest: dict[str, Any] = json.loads((self.folder / "manifest.json").read_bytes())
        except FileNotFoundError as error:
            raise FileProblem(f"{folder} has no manifest.json, so it is no set of histories.") from error
        except ValueError as error:
            raise FileProblem(f"{folder}/manifest.json is no JSON.") from error
        if self.manifest.get("schema") != SCHEMA:
            raise FileProblem(f"{folder}/manifest.json names the schema {self.manifest.get('schema')}.")
        self.shards: list[Shard] = []
        for entry in self.manifest["shards"]:
            path = self.folder / entry["name"]
            shard = Shard(path)
            if path.stat().st_size != entry["bytes"]:
                raise FileProblem(f"{path} has another size than the manifest says.")
            if verify and _sha256(path) != entry["sha256"]:
                raise FileProblem(f"{path} has another SHA-256 than the manifest says.")
            self.shards.append(shard)
        self._places = [(s, h) for s in range(len(self.shards)) for h in range(len(self.shards[s]))]

    @property
    def interface(self) -> dict[str, Any]:
        """What observations, actions and rewards look like; data/schema.md lists the keys."""
        return self.manifest["interface"]

    def tasks(self, split: str) -> list[int]:
        """The tasks of `training`, `validation` or `held_out`."""
        return list(self.manifest["split"][split])

    def of(self, tasks: Iterable[int]) -> list[History]:
        """The histories of some tasks."""
        wanted = set(tasks)
        return [self[i] for i, (s, _) in enumerate(self._places) if self.shards[s].task in wanted]

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index):  # type: ignore[override]
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        shard, history = self._places[index]
        return self.shards[shard].history(history)


def _sha256(path: pathlib.Path) -> str:
    checksum = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            checksum.update(block)
    return checksum.hexdigest()
