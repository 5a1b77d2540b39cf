"""Writing of sets of histories, a task at a time, and of prompts. All is checked before a byte is written."""

from __future__ import annotations

import json
import math
import os
import pathlib
from dataclasses import dataclass
from typing import Any, Iterable, Sequence

import numpy as np

from .histories import SCHEMA, Shard
from .tensors import FileProblem, Spill, write_tensors


@dataclass(frozen=True)
class Interface:
    """What the observations, actions and rewards of all tasks look like: the keys of `interface` in data/schema.md.

    `sight` is `("floats", count)`, `("tensor", *shape)`, `("categories", values, *shape)`, or None where up to four
    components of the `observation_sizes` are seen. `rewards` is None where any finite number can be one.
    """

    action_factors: tuple[int, ...]
    episode_length: int
    observation_sizes: tuple[int, ...] = ()
    sight: tuple[Any, ...] | None = None
    rewards: tuple[float, ...] | None = None
    reward_scale: float = 1.0

    def json(self) -> dict[str, Any]:
        """As it stands in files."""
        result: dict[str, Any] = {
            "observation_sizes": list(self.observation_sizes), "action_count": math.prod(self.action_factors),
            "episode_length": self.episode_length}
        if self.sight is not None:
            result["sight"] = list(self.sight)
        if len(self.action_factors) > 1:
            result["action_factors"] = list(self.action_factors)
        if self.rewards is not None:
            result["rewards"] = sorted(self.rewards)
        if self.reward_scale != 1:
            result["reward_scale"] = self.reward_scale
        return result

    @staticmethod
    def of(given: dict[str, Any]) -> "Interface":
        """The interface of a manifest, a shard or a model (whose keys are in camel case)."""
        def value(name: str, usual: Any = None) -> Any:
            words = name.split("_")
            camel = words[0] + "".join(word.title() for word in words[1:])
            return given.get(name, given.get(camel, usual))

        sight, rewards = value("sight"), value("rewards")
        return Interface(
            tuple(value("action_factors") or [value("action_count")]), value("episode_length"),
            tuple(value("observation_sizes", ())), None if sight is None else tuple(sight),
            None if rewards is None else tuple(rewards), value("reward_scale", 1.0))

    @property
    def observation_shape(self) -> tuple[int, ...]:
        """The shape of a step's observation."""
        if self.sight is None or self.sight[0] in ("image", "vector"):
            return (len(self.observation_sizes),)
        return tuple(self.sight[2:] if self.sight[0] == "categories" else self.sight[1:])

    @property
    def has_components(self) -> bool:
        """Whether an observation is some components, each one of a few values."""
        return bool(self.observation_sizes)

    @property
    def observation_type(self) -> np.dtype:
        """The type of its numbers in a file."""
        return np.dtype("<f4" if self.sight is not None and self.sight[0] == "floats" else "u1")

    @property
    def action_type(self) -> np.dtype:
        """The type of actions in a file."""
        return np.dtype("u1" if max(self.action_factors) <= 256 else "<u2")

    @property
    def reward_type(self) -> np.dtype:
        """The smallest type that holds every reward."""
        for code in ("u1", "i1"):
            if self.rewards is not None and all(
                    float(r).is_integer() and np.iinfo(code).min <= r <= np.iinfo(code).max for r in self.rewards):
                return np.dtype(code)
        return np.dtype("<f4")


@dataclass
class Episode:
    """The steps of an episode: what was seen before each action, the action, and the reward that it gave."""

    observations: np.ndarray
    actions: np.ndarray
    rewards: np.ndarray
    terminated: bool = False
    expert_actions: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.rewards)


def checked(episode: Episode, interface: Interface, where: str) -> dict[str, np.ndarray]:
    """An episode's arrays in the types of the file. Raises FileProblem that names the step at fault."""
    steps = len(episode.rewards)
    if not 1 <= steps <= interface.episode_length:
        raise FileProblem(f"{where} has {steps} steps, expected 1 to {interface.episode_length}.")
    shape = interface.observation_shape
    observations = np.asarray(episode.observations)
    if observations.size != len(observations) * math.prod(shape):
        raise FileProblem(f"{where} has observations of shape {observations.shape}, expected steps x {list(shape)}.")
    observations = observations.reshape(len(observations), *shape)
    factors = np.asarray(interface.action_factors)

    def actions_of(array: Any, name: str) -> np.ndarray:
        array = np.asarray(array).reshape(-1, len(factors))
        check(name, array, (array >= 0) & (array < factors) & (array == np.floor(array)), f"below {factors.tolist()}")
        return array.astype(interface.action_type)

    def check(name: str, array: np.ndarray, holds: np.ndarray, expected: str) -> None:
        if len(array) != steps:
            raise FileProblem(f"{where} has {len(array)} {name} and {steps} rewards.")
        wrong = np.argwhere(~holds)
        if len(wrong):
            step = int(wrong[0][0])
            found = np.ravel(array[step])[:8].tolist()
            raise FileProblem(f"Step {step} of {where} has in its {name} {found}, expected {expected}.")

    if interface.observation_type.kind == "f":
        check("observations", observations, np.isfinite(observations), "finite numbers")
    else:
        sight = interface.sight
        most = (sight[1] if sight and sight[0] == "categories"
                else np.asarray(interface.observation_sizes) if not sight or sight[0] != "tensor" else 256)
        check(
            "observations", observations,
            (observations >= 0) & (observations < most) & (observations == np.floor(observations)),
            f"whole numbers below {most}")
    rewards = np.asarray(episode.rewards, np.float64).astype(np.float32).reshape(-1)
    allowed = np.isfinite(rewards)
    if interface.rewards is not None:
        allowed = np.isin(rewards, np.asarray(interface.rewards, np.float32))
    check("rewards", rewards, allowed, "finite numbers" if interface.rewards is None else f"one of {interface.rewards}")
    result = {
        "observations": observations.astype(interface.observation_type),
        "actions": actions_of(episode.actions, "actions"), "rewards": rewards.astype(interface.reward_type)}
    if episode.expert_actions is not None:
        result["expert_actions"] = actions_of(episode.expert_actions, "expert actions")
    return result


class SetWriter:
    """Writes a set of histories into a folder: `write` for each task, then `finish`.

    Episodes are taken one at a time and go to the disk, so that a task may be larger than the memory.
    """

    def __init__(
        self, folder: str | os.PathLike[str], interface: Interface, family: str, learner: str,
        family_settings: dict[str, str] | None = None, learner_settings: dict[str, str] | None = None,
    ):
        self.folder = pathlib.Path(folder)
        self.interface = interface
        self.family = {"name": family, "settings": family_settings or {}}
        self.learner = {"name": learner, "settings": learner_settings or {}}
        self.shards: list[dict[str, Any]] = []
        self.folder.mkdir(parents=True, exist_ok=True)

    def write(self, task: int, histories: Iterable[Iterable[Episode]]) -> None:
        """Writes all histories of a task, each an iterable of episodes in the order lived.

        Raises FileProblem, and writes nothing, if a step is not what the interface allows.
        """
        if any(shard["task"] == task for shard in self.shards):
            raise FileProblem(f"Task {task} is written already.")
        name = f"shard-{len(self.shards):05}.safetensors"
        entry = _write_shard(
            self.folder / name, self.interface, self.family["name"], self.learner["name"], task, histories)
        self.shards.append({"name": name, "task": task} | entry)

    def finish(
        self, training: Sequence[int] | None = None, validation: Sequence[int] = (), held_out: Sequence[int] = ()
    ) -> None:
        """Writes the manifest. Without `training` all tasks that have no other role train."""
        tasks = sorted(shard["task"] for shard in self.shards)
        if training is None:
            training = [task for task in tasks if task not in validation and task not in held_out]
        roles = [*training, *validation, *held_out]
        for task in {*tasks, *roles}:
            if roles.count(task) != 1:
                raise FileProblem(f"Task {task} has {roles.count(task)} roles, expected exactly one.")
        manifest = {
            "schema": SCHEMA, "schema_version": 2, "origin": "imported", "family": self.family,
            "learner": self.learner, "interface": self.interface.json(), "seed": 0,
            "split": {"training": sorted(training), "validation": sorted(validation), "held_out": sorted(held_out)},
            "shards": sorted(self.shards, key=lambda shard: shard["task"]),
        }
        temporary = self.folder / "manifest.json.tmp"
        temporary.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n")
        os.replace(temporary, self.folder / "manifest.json")


def _write_shard(
    path: pathlib.Path, interface: Interface, family: str, learner: str, task: int,
    histories: Iterable[Iterable[Episode]],
) -> dict[str, Any]:
    spills: dict[str, Spill] = {}
    lengths: list[int] = []
    terminated: list[bool] = []
    counts: list[int] = []
    try:
        for number, episodes in enumerate(histories):
            before = len(lengths)
            for index, episode in enumerate(episodes):
                where = f"episode {index} of history {number} of task {task}"
                arrays = checked(episode, interface, where)
                if lengths and ("expert_actions" in arrays) != ("expert_actions" in spills):
                    raise FileProblem(f"Only some episodes of task {task} have an expert's actions, the first {where}.")
                for name, array in arrays.items():
                    if name.endswith("actions") and array.shape[1] == 1:
                        array = array[:, 0]
                    if name not in spills:
                        spills[name] = Spill(path.with_name(f"{path.name}.{name}.tmp"), array.dtype, array.shape[1:])
                    spills[name].append(array)
                lengths.append(len(episode))
                terminated.append(bool(episode.terminated))
            counts.append(len(lengths) - before)
            if counts[-1] == 0:
                raise FileProblem(f"History {number} of task {task} has no episodes.")
        if not counts:
            raise FileProblem(f"Task {task} has no histories.")
        tensors: dict[str, np.ndarray | Spill] = {
            **spills, "episode_offsets": np.cumsum([0, *lengths], dtype="<u4"),
            "episode_terminated": np.asarray(terminated, "?"),
            "history_offsets": np.cumsum([0, *counts], dtype="<u4")}
        metadata = {
            "schema": SCHEMA, "schema_version": "2", "family": family, "learner": learner, "task": str(task),
            "interface": json.dumps(interface.json())}
        size, checksum = write_tensors(path, tensors, metadata)
    finally:
        for spill in spills.values():
            spill.close()
    return {
        "histories": len(counts), "episodes": len(lengths), "steps": sum(lengths), "bytes": size,
        "sha256": checksum}


def write_prompt(
    path: str | os.PathLike[str], episodes: Iterable[Sequence[tuple[Any, Any, float]]], like: str | os.PathLike[str],
    task: int,
) -> None:
    """Writes what a context begins with, for `distill evaluate --prompt`.

    `episodes` are lists of (observation, action, reward); `like` is a run folder, a set or a shard whose tasks they
    are of; `task` is the number of the task.
    """
    like = pathlib.Path(like)
    if like.is_file():
        shard = Shard(like)
        family, interface = shard.metadata["family"], shard.interface
    else:
        files = [f for f in (like / "manifest.json", like / "histories/manifest.json") if f.exists()]
        if not files:
            raise FileProblem(f"{like} is no run folder, set or shard.")
        manifest = json.loads(files[0].read_bytes())
        family, interface = manifest["family"]["name"], manifest["interface"]
    made = []
    for steps in episodes:
        observations, actions, rewards = zip(*steps)
        made.append(Episode(np.asarray(observations), np.asarray(actions), np.asarray(rewards)))
    _write_shard(pathlib.Path(path), Interface.of(interface), family, "prompt", task, [made])
