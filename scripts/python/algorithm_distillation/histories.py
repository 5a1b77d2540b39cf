"""Sets of learning histories: reading them lazily, drawing windows from them, writing them.

The files are described in data/schema.md. Reading maps them: nothing is loaded before it is looked at.
"""
from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import pathlib
from typing import Any, Iterator, Mapping, Sequence

import numpy as np

SCHEMA = "algorithm-distillation.histories"
VERSIONS = (1, 2)
_TYPES = {"BOOL": "?", "U8": "u1", "I8": "i1", "U16": "<u2", "I16": "<i2", "U32": "<u4", "I32": "<i4", "I64": "<i8",
          "F32": "<f4", "F64": "<f8"}
_NAMES = {np.dtype(code): name for name, code in _TYPES.items()}


class HistoryError(ValueError):
    """A file or an array that is no set of histories: what it is, what was expected, what was found."""


@dataclasses.dataclass(frozen=True)
class Episode:
    """The steps of one episode, as views of the history's arrays."""

    observations: np.ndarray  #: steps × …: what was seen before each action
    actions: np.ndarray  #: steps, or steps × factors
    rewards: np.ndarray  #: steps
    terminated: bool  #: whether it ended for good, and not because time ran out


@dataclasses.dataclass(frozen=True)
class History:
    """What one learner did on one task, from its first episode to its last. Arrays are views of the mapped file."""

    task: int
    learner: int
    stream: int
    observations: np.ndarray  #: steps × …: what was seen before each action
    actions: np.ndarray  #: steps, or steps × factors
    rewards: np.ndarray  #: steps
    episode_offsets: np.ndarray  #: episodes + 1: where each episode begins in the arrays above, and where the last ends
    episode_terminated: np.ndarray  #: episodes
    interface: Mapping[str, Any]  #: as in the manifest
    expert_actions: np.ndarray | None = None  #: as ``actions``: what an expert would have done, where one was asked

    def __len__(self) -> int:
        """The number of episodes."""
        return len(self.episode_offsets) - 1

    def __getitem__(self, number: int) -> Episode:
        number = range(len(self))[number]
        steps = slice(int(self.episode_offsets[number]), int(self.episode_offsets[number + 1]))
        return Episode(self.observations[steps], self.actions[steps], self.rewards[steps],
                       bool(self.episode_terminated[number]))

    def __iter__(self) -> Iterator[Episode]:
        return (self[number] for number in range(len(self)))

    def episode_returns(self) -> np.ndarray:
        """The undiscounted return of each episode, float64."""
        return np.add.reduceat(self.rewards.astype(np.float64), self.episode_offsets[:-1].astype(np.int64))


def _tensors(path: pathlib.Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The arrays of a safetensors file, mapped, and its metadata."""
    size = os.path.getsize(path)
    with open(path, "rb") as file:
        head = file.read(8)
        length = int.from_bytes(head, "little")
        if len(head) < 8 or length > size - 8:
            raise HistoryError(f"{path} is no safetensors file: its header would be {length} bytes long, of {size}")
        try:
            header = json.loads(file.read(length))
        except ValueError as error:
            raise HistoryError(f"{path} is no safetensors file: its header is no JSON ({error})") from None
    metadata = header.pop("__metadata__", {})
    data = np.memmap(path, np.uint8, "r", offset=8 + length) if size > 8 + length else np.zeros(0, np.uint8)
    arrays = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        kind = np.dtype(_TYPES.get(entry["dtype"], "V1"))
        count = int(np.prod(entry["shape"], dtype=np.int64))
        if entry["dtype"] not in _TYPES or not 0 <= begin <= end <= len(data) or end - begin != count * kind.itemsize:
            raise HistoryError(f"{path}: the tensor '{name}' of shape {entry['shape']} does not fit {begin} ..< {end} "
                               f"of {len(data)} bytes. The file is damaged or cut short: copy it again.")
        arrays[name] = data[begin:end].view(kind).reshape(entry["shape"])
    return arrays, metadata


def read_shard(path: str | os.PathLike[str]) -> list[History]:
    """The histories of one shard."""
    path = pathlib.Path(path)
    arrays, metadata = _tensors(path)
    if metadata.get("schema") != SCHEMA or metadata.get("schema_version") not in map(str, VERSIONS):
        raise HistoryError(f"{path} is no shard of histories: it says schema {metadata.get('schema')} version "
                           f"{metadata.get('schema_version')}, expected {SCHEMA} of {VERSIONS}")
    needed = ["observations", "actions", "rewards", "episode_offsets", "episode_terminated", "history_offsets"]
    missing = [name for name in needed if name not in arrays]
    if missing:
        raise HistoryError(f"{path} lacks {', '.join(missing)}")
    steps, episodes = arrays["episode_offsets"].astype(np.int64), arrays["history_offsets"].astype(np.int64)
    facts = [("episode_offsets", steps, len(arrays["rewards"])), ("history_offsets", episodes, len(steps) - 1)]
    for name, offsets, end in facts:
        if len(offsets) < 2 or offsets[0] != 0 or offsets[-1] != end or (np.diff(offsets) <= 0).any():
            raise HistoryError(f"{path}: '{name}' must ascend from 0 to {end}")
    count = len(episodes) - 1
    learners = arrays.get("history_learner", np.arange(count))
    streams = arrays.get("history_stream", np.zeros(count, np.int64))
    expert = arrays.get("expert_actions")
    histories = []
    for number in range(count):
        first, last = episodes[number], episodes[number + 1]
        lived = slice(steps[first], steps[last])
        histories.append(History(
            int(metadata["task"]), int(learners[number]), int(streams[number]), arrays["observations"][lived],
            arrays["actions"][lived], arrays["rewards"][lived], steps[first:last + 1] - steps[first],
            arrays["episode_terminated"][first:last], json.loads(metadata["interface"]),
            None if expert is None else expert[lived]))
    return histories


def read(folder: str | os.PathLike[str], split: str | None = None, *, verify: bool = False) -> list[History]:
    """All histories of a set, by task, learner and stream.

    ``split`` keeps the tasks of ``"training"``, ``"validation"`` or ``"held_out"``; ``verify`` reads every byte and
    compares checksums.
    """
    folder = pathlib.Path(folder)
    try:
        manifest = json.loads((folder / "manifest.json").read_text())
    except FileNotFoundError:
        raise HistoryError(f"{folder} has no manifest.json: it is no set of histories, or not finished") from None
    if manifest.get("schema") != SCHEMA or manifest.get("schema_version") not in VERSIONS:
        raise HistoryError(f"{folder}/manifest.json is of schema {manifest.get('schema')} version "
                           f"{manifest.get('schema_version')}, expected {SCHEMA} of {VERSIONS}")
    histories: list[History] = []
    for shard in manifest["shards"]:
        if split is not None and shard["task"] not in manifest["split"][split]:
            continue
        path = folder / shard["name"]
        if verify and (found := hashlib.sha256(path.read_bytes()).hexdigest()) != shard["sha256"]:
            raise HistoryError(f"{path} has the checksum {found}, expected {shard['sha256']}. Copy it again.")
        histories += read_shard(path)
    return histories


class WindowDataset:
    """Windows of a fixed number of steps, for a ``torch.utils.data.DataLoader`` or any loop; torch is not needed.

    Item *i* is ``(observations, actions, rewards, starts)`` of ``steps`` successive steps, copied from the mapped files;
    ``starts`` tells the first steps of episodes. A window begins at each ``stride``-th step of each history.
    """

    def __init__(self, histories: Sequence[History], steps: int, stride: int = 1) -> None:
        if steps < 1 or stride < 1:
            raise ValueError(f"windows of {steps} steps at every {stride} steps")
        self.histories, self.steps, self.stride = histories, steps, stride
        counts = [max(0, (len(history.rewards) - steps) // stride + 1) for history in histories]
        self._ends = np.cumsum(counts, dtype=np.int64)

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, index: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        index = range(len(self))[index]
        number = int(np.searchsorted(self._ends, index, side="right"))
        history = self.histories[number]
        begin = (index - (int(self._ends[number - 1]) if number else 0)) * self.stride
        window = slice(begin, begin + self.steps)
        starts = np.zeros(self.steps, bool)
        inside = history.episode_offsets[:-1] - begin
        starts[inside[(inside >= 0) & (inside < self.steps)]] = True
        return (np.array(history.observations[window]), np.array(history.actions[window]),
                np.array(history.rewards[window]), starts)


@dataclasses.dataclass
class Life:
    """A history to be written: what one learner did on one task, from its first episode to its last."""

    task: int
    observations: Any  #: steps × …
    actions: Any  #: steps, or steps × factors
    rewards: Any  #: steps
    episode_lengths: Any  #: episodes: the number of steps of each
    terminated: Any = None  #: episodes: whether each ended for good; none did if None


def write(folder: str | os.PathLike[str], lives: Sequence[Life], *, interface: Mapping[str, Any],
          split: Mapping[str, Sequence[int]], family: str, learner: str,
          family_settings: Mapping[str, str] | None = None, learner_settings: Mapping[str, str] | None = None,
          fingerprint: str = "written in Python") -> None:
    """Writes a set that ``distill import`` takes; the manifest comes last, so that a folder with one is complete.

    ``interface`` is as data/schema.md describes it, such as ``{"observation_sizes": [9, 9], "action_count": 5,
    "episode_length": 20, "rewards": [0, 1]}``; ``split`` has ``training``, ``validation`` and ``held_out`` tasks. Only
    training tasks have lives. Raises ``HistoryError`` before anything is written if an array does not fit.
    """
    folder = pathlib.Path(folder)
    roles = {name: sorted(int(task) for task in split.get(name, [])) for name in ("training", "validation", "held_out")}
    by_task: dict[int, list[Life]] = {}
    for life in lives:
        by_task.setdefault(int(life.task), []).append(life)
    if unknown := sorted(set(by_task) - set(roles["training"])):
        raise HistoryError(f"there are lives of the tasks {unknown}, which the split does not train on")
    if missing := sorted(set(roles["training"]) - set(by_task)):
        raise HistoryError(f"there are no lives of the training tasks {missing}")
    about = {"schema": SCHEMA, "fingerprint": fingerprint}
    shards = {task: _shard(task, by_task[task], interface, about | {
        "schema_version": "2", "family": family, "learner": learner, "task": str(task),
        "interface": json.dumps(dict(interface))}) for task in roles["training"]}
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / "manifest.json").exists():
        raise HistoryError(f"{folder} holds a set already: choose another folder")
    entries = []
    for number, (task, data) in enumerate(shards.items()):
        name = f"shard-{number:05}.safetensors"
        (folder / name).write_bytes(data)
        entries.append({"name": name, "task": task, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
    manifest = about | {
        "schema_version": 2, "origin": "imported", "seed": 0, "interface": dict(interface), "split": roles, "shards": entries,
        "family": {"name": family, "settings": dict(family_settings or {})},
        "learner": {"name": learner, "settings": dict(learner_settings or {})}}
    (folder / "manifest.json").write_text(json.dumps(manifest))


def _shard(task: int, lives: Sequence[Life], interface: Mapping[str, Any], metadata: Mapping[str, str]) -> bytes:
    sight = interface.get("sight", [None])[0]
    factors = interface.get("action_factors", [interface["action_count"]])
    rewards = interface.get("rewards")
    small = rewards is not None and all(float(reward).is_integer() and 0 <= reward < 256 for reward in rewards)
    whole = rewards is not None and all(float(reward).is_integer() and -128 <= reward < 128 for reward in rewards)
    kinds = {"observations": "<f4" if sight == "floats" else "u1", "actions": "u1" if max(factors) <= 256 else "<u2",
             "rewards": "u1" if small else "i1" if whole else "<f4"}

    def joined(name: str) -> np.ndarray:
        parts = [np.asarray(getattr(life, name)) for life in lives]
        values = np.concatenate(parts)
        array = values.astype(kinds[name])
        if not np.array_equal(array, values.astype(array.dtype if kinds[name] == "<f4" else values.dtype)) \
                or (kinds[name] == "<f4" and not np.isfinite(array).all()):
            raise HistoryError(f"the {name} of task {task} have values that {_NAMES[np.dtype(kinds[name])]} does not hold")
        return array

    arrays = {name: joined(name) for name in ("observations", "actions", "rewards")}
    lengths = [np.asarray(life.episode_lengths, np.int64) for life in lives]
    for number, (life, ends) in enumerate(zip(lives, lengths)):
        counts = {len(np.asarray(getattr(life, name))) for name in ("observations", "actions", "rewards")}
        if counts != {int(ends.sum())} or (ends < 1).any():
            raise HistoryError(f"life {number} of task {task} has arrays of {sorted(counts)} steps and episodes of "
                               f"{int(ends.sum())} together; episodes have a step at least")
    offsets = np.concatenate([[0], np.cumsum(np.concatenate(lengths))])
    terminated = [np.zeros(len(ends), bool) if life.terminated is None else np.asarray(life.terminated, bool)
                  for life, ends in zip(lives, lengths)]
    arrays |= {"episode_offsets": offsets.astype("<u4"), "episode_terminated": np.concatenate(terminated),
               "history_offsets": np.concatenate([[0], np.cumsum([len(ends) for ends in lengths])]).astype("<u4")}
    header: dict[str, Any] = {"__metadata__": dict(metadata)}
    end = 0
    ordered = sorted(arrays.items(), key=lambda item: -item[1].dtype.itemsize)
    for name, array in ordered:
        header[name] = {"dtype": _NAMES[array.dtype], "shape": array.shape, "data_offsets": [end, end := end + array.nbytes]}
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 64)
    return len(text).to_bytes(8, "little") + text + b"".join(np.ascontiguousarray(array).tobytes() for _, array in ordered)
