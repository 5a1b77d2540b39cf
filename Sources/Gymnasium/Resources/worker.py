"""Steps Gymnasium environments for another program, which asks over a socket and shares memory with this one.

The protocol, version 1, is the page "The protocol of environment workers" of the documentation. Needs gymnasium
and numpy.
"""

import importlib.util
import json
import mmap
import os
import signal
import socket
import sys
import threading
import time

import gymnasium
import numpy as np
from gymnasium import spaces

VERSION = 1
MAKE, RESET = 0, 1  # Any other kind of request is a step.
TERMINATED, TRUNCATED = 1, 2
NO_SEED = 2**64 - 1
TEXT_BYTES = 512
HEADER_BYTES = 64
SECONDS_AWAKE = 1e-3
GREATEST_FLOATS, GREATEST_BYTES, GREATEST_ACTIONS = 16_384, 65_536, 65_536


# Spaces ---------------------------------------------------------------------------------------------------------


def parts_of(space, path=()):
    """The parts of a space that can be read as numbers, each with its place, and the places of those that cannot."""
    if isinstance(space, (spaces.Dict, spaces.Tuple)):
        inner = space.spaces.items() if isinstance(space, spaces.Dict) else enumerate(space.spaces)
        found = [parts_of(part, path + (key,)) for key, part in inner]
        return [p for parts, _ in found for p in parts], [p for _, left in found for p in left]
    if isinstance(space, (spaces.Discrete, spaces.MultiDiscrete, spaces.MultiBinary, spaces.Box)):
        return [(path, space)], []
    return [], [".".join(map(str, path)) or type(space).__name__]


def sizes_of(space):
    """The number of values of each component of a space of choices, and the least of each; None of a box."""
    if isinstance(space, spaces.Discrete):
        return np.array([int(space.n)]), np.array([int(space.start)])
    if isinstance(space, spaces.MultiDiscrete):
        sizes = np.asarray(space.nvec, np.int64).reshape(-1)
        return sizes, np.asarray(space.start, np.int64).reshape(-1)
    if isinstance(space, spaces.MultiBinary):
        count = int(np.prod(space.shape))
        return np.full(count, 2), np.zeros(count, np.int64)
    return None


class Observations:
    """How observations of a space are written: its `sight` and `sizes`, the bytes of one, and `write`."""

    def __init__(self, space):
        self.parts, self.left_out = parts_of(space)
        self.choices = [sizes_of(part) for _, part in self.parts]
        if not self.parts:
            raise ValueError(f"nothing of the observation space {space} can be read")
        self.sizes, boxes = [], [part for _, part in self.parts if isinstance(part, spaces.Box)]
        if not boxes:
            sizes = np.concatenate([c[0] for c in self.choices])
            self.starts = np.concatenate([c[1] for c in self.choices])
            if len(sizes) == 1 and sizes[0] > 256:
                rest, self.sizes = int(sizes[0]) - 1, []
                while rest > 0:
                    self.sizes.insert(0, 256 if rest >= 256 else rest + 1)
                    rest //= 256
                self.greatest = sizes
                self.sight, self.bytes, self.write = ["cells"], 4, self.write_number
                if len(self.sizes) <= 4:
                    return
            if len(sizes) <= 4 and sizes.max() <= 256:
                self.sizes, self.greatest = [int(size) for size in sizes], sizes
                self.sight, self.bytes = ["cells"], 4
                self.write = self.write_number if len(sizes) == 1 else self.write_cells
                return
            if sizes.max() <= 256 and len(sizes) <= GREATEST_BYTES:
                self.greatest = sizes
                self.sight = ["categories", int(sizes.max()), len(sizes)]
                self.bytes, self.write = len(sizes), self.write_choices
                return
        elif len(self.parts) == 1 and boxes[0].dtype == np.uint8:
            shape = boxes[0].shape or (1,)
            self.bytes = int(np.prod(shape))
            if self.bytes > GREATEST_BYTES:
                raise ValueError(f"an observation of {self.bytes} bytes is longer than {GREATEST_BYTES}")
            self.sight, self.write = ["tensor", *map(int, shape)], self.write_bytes
            return
        self.counts = [
            int(np.prod(part.shape)) if choices is None else int(choices[0].sum())
            for (_, part), choices in zip(self.parts, self.choices)
        ]
        count = sum(self.counts)
        if count > GREATEST_FLOATS:
            raise ValueError(f"an observation of {count} numbers is longer than {GREATEST_FLOATS}")
        self.sight, self.bytes, self.write = ["floats", count], 4 * count, self.write_floats

    def rows(self, memory, offset, slots, stride):
        """The observations of all slots, as the memory has them."""
        kind = {"floats": np.float32, "cells": np.uint32}.get(self.sight[0], np.uint8)
        raw = np.frombuffer(memory, np.uint8, slots * stride, offset).reshape(slots, stride)
        return list(raw[:, : self.bytes].view(kind))

    def write_number(self, row, observation):
        value = int(self.part(observation, 0)) - int(self.starts[0])
        if not 0 <= value < self.greatest[0]:
            raise ValueError(f"the observation {observation} is not in the space {self.parts[0][1]}")
        if len(self.sizes) > 1:
            value = int.from_bytes(value.to_bytes(len(self.sizes), "big"), "little")
        row[0] = value

    def write_cells(self, row, observation):
        digits = self.digits(observation)
        row[0] = int.from_bytes(bytes(digits.astype(np.uint8)), "little")

    def write_choices(self, row, observation):
        row[:] = self.digits(observation)

    def digits(self, observation):
        values = [np.reshape(self.part(observation, i), -1) for i in range(len(self.parts))]
        for (_, part), choices, value in zip(self.parts, self.choices, values):
            require_count(value.size, choices[0].size, part)
        values = np.concatenate(values).astype(np.int64) - self.starts
        if (values < 0).any() or (values >= self.greatest).any():
            raise ValueError(f"the observation {observation} is not in its space")
        return values

    def write_bytes(self, row, observation):
        value = np.asarray(self.part(observation, 0))
        require_count(value.size, self.bytes, self.parts[0][1])
        if value.dtype != np.uint8:
            raise ValueError(f"the observation is of {value.dtype}, not of uint8 as its space")
        row[:] = value.reshape(-1)

    def write_floats(self, row, observation):
        if len(self.parts) == 1:
            value = np.asarray(self.part(observation, 0))
            require_count(value.size, row.size, self.parts[0][1])
            row[:] = value.reshape(-1)
            return
        place = 0
        for index, ((_, part), choices, count) in enumerate(zip(self.parts, self.choices, self.counts)):
            value = np.asarray(self.part(observation, index)).reshape(-1)
            into = row[place : place + count]
            place += count
            if choices is None:
                require_count(value.size, count, part)
                into[:] = value
                if part.dtype == np.uint8:
                    into /= 255
            else:
                sizes, starts = choices
                require_count(value.size, sizes.size, part)
                value = value - starts
                if (value < 0).any() or (value >= sizes).any():
                    raise ValueError(f"the observation {value + starts} is not in the space {part}")
                into[:] = 0
                into[np.cumsum(sizes) - sizes + value] = 1

    def part(self, observation, index):
        for key in self.parts[index][0]:
            observation = observation[key]
        return observation


def require_count(found, expected, space):
    if found != expected:
        raise ValueError(f"an observation of {found} numbers is not of the space {space}")


def actions_of(space):
    """The factors of the actions of a space, and every action as its environment takes it."""
    if isinstance(space, spaces.Discrete):
        return [int(space.n)], [int(space.start) + choice for choice in range(int(space.n))]
    if isinstance(space, (spaces.MultiDiscrete, spaces.MultiBinary)):
        sizes, starts = sizes_of(space)
        count = int(np.prod(sizes))
        if count > GREATEST_ACTIONS:
            raise ValueError(f"{count} actions are more than {GREATEST_ACTIONS}")
        digits = np.stack(np.unravel_index(np.arange(count), sizes), axis=1) + starts
        return [int(size) for size in sizes], list(digits.reshape(count, *space.shape).astype(space.dtype))
    raise ValueError(f"actions must be Discrete, MultiDiscrete or MultiBinary, not {space}")


# Environments ---------------------------------------------------------------------------------------------------


class Maker:
    """Makes the environments of tasks."""

    def __init__(self, settings):
        self.settings = settings
        self.environment = settings["environment"]
        file, _, name = self.environment.rpartition(":")
        if file.endswith(".py"):
            if not os.path.exists(file):
                raise FileNotFoundError(f"there is no file {file}")
            sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
            module_name = os.path.splitext(os.path.basename(file))[0]
            spec = importlib.util.spec_from_file_location(module_name, file)
            sys.modules[module_name] = module = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(module)
            self.environment = name

    def __call__(self, task):
        arguments = dict(self.settings["tasks"][task]["arguments"])
        if self.settings["episode_length"]:
            arguments["max_episode_steps"] = self.settings["episode_length"]
        return gymnasium.make(self.environment, disable_env_checker=True, **arguments)


def episode_length_of(environment):
    """The steps after which an environment cuts its episodes; None if it does not say."""
    length = environment.spec.max_episode_steps if environment.spec else None
    return int(length or getattr(environment.unwrapped, "max_steps", 0) or 0) or None


def describe(environment):
    """What the other side is told of an environment's spaces."""
    observations = Observations(environment.observation_space)
    factors, _ = actions_of(environment.action_space)
    return {
        "interface": {
            "observation_sizes": observations.sizes,
            "sight": observations.sight,
            "action_count": int(np.prod(factors)),
            "action_factors": factors,
            "episode_length": episode_length_of(environment),
        },
        "observation_bytes": observations.bytes,
        "left_out": observations.left_out,
    }


# The worker -----------------------------------------------------------------------------------------------------


class Worker:
    """The environments of all slots, and the memory they share with the other side."""

    def __init__(self, maker, spaces_of, path, slots):
        observation_space, action_space = spaces_of
        self.maker = maker
        self.observations = Observations(observation_space)
        self.spaces = (observation_space, action_space)
        self.factors, self.actions = actions_of(action_space)
        self.environments = [None] * slots
        stride = -(-self.observations.bytes // 8) * 8
        with open(path, "r+b") as file:
            memory = mmap.mmap(file.fileno(), 0)
        view, offset = memoryview(memory), HEADER_BYTES

        def array(kind, size, count=slots):
            nonlocal offset
            part = view[offset : offset + size * count]
            offset += size * count
            return part.cast(kind)

        self.current = view[:4].cast("I")
        self.seeds, self.rewards = array("Q", 8), array("d", 8)
        self.tasks, self.chosen = array("I", 4), array("I", 4)
        array("I", 4), array("I", 4)  # The numbers of episode and step, for messages.
        self.kinds, self.ends, self.failed = array("B", 1), array("B", 1), array("B", 1)
        self.texts = array("B", 1, slots * TEXT_BYTES)
        self.rows = self.observations.rows(memory, offset, slots, stride)

    def work(self, slot):
        """Does what a slot asks for, and leaves there what came of it."""
        kind = self.kinds[slot]
        if kind > RESET:
            observation, reward, terminated, truncated, _ = self.environments[slot].step(
                self.actions[self.chosen[slot]]
            )
            self.rewards[slot] = reward
            self.ends[slot] = TERMINATED if terminated else TRUNCATED if truncated else 0
        else:
            if kind == MAKE:
                self.make(slot)
            seed = self.seeds[slot]
            observation, _ = self.environments[slot].reset(seed=None if seed == NO_SEED else seed)
        self.observations.write(self.rows[slot], observation)
        self.failed[slot] = 0

    def make(self, slot):
        if self.environments[slot] is not None:
            self.environments[slot].close()
        self.environments[slot] = made = self.maker(self.tasks[slot])
        if (made.observation_space, made.action_space) == self.spaces:
            return
        found, expected = describe(made)["interface"], self.observations
        if (found["sight"], found["observation_sizes"], found["action_factors"]) != (
            expected.sight,
            expected.sizes,
            self.factors,
        ):
            raise ValueError(
                f"its spaces {made.observation_space} and {made.action_space} differ from those of task 0, "
                f"{self.spaces[0]} and {self.spaces[1]}"
            )

    def fail(self, slot, error):
        text = f"{type(error).__name__}: {error}".encode()[: TEXT_BYTES - 1]
        self.texts[slot * TEXT_BYTES : slot * TEXT_BYTES + len(text) + 1] = text + b"\0"
        self.failed[slot] = 1

    def serve(self, channel):
        """Works until the other side closes the channel: slots come in, and go back when they are done."""
        rest = b""
        while data := receive(channel):
            data = rest + data
            count = len(data) // 2 * 2
            data, rest = data[:count], data[count:]
            sent, since = 0, time.perf_counter()
            for index, slot in enumerate(memoryview(data).cast("H")):
                self.current[0] = slot + 1
                try:
                    self.work(slot)
                except Exception as error:
                    self.fail(slot, error)
                if time.perf_counter() - since > 0.05:  # Slow environments do not keep quick ones waiting.
                    channel.sendall(data[sent : 2 * index + 2])
                    sent, since = 2 * index + 2, time.perf_counter()
            self.current[0] = 0
            channel.sendall(data[sent:])


def receive(channel):
    """What comes next. Most requests follow within microseconds; to sleep and be woken takes longer than that."""
    until = time.perf_counter() + SECONDS_AWAKE
    while time.perf_counter() < until:
        try:
            return channel.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            os.sched_yield()
    return channel.recv(1 << 16)


def read_line(channel):
    data = b""
    while not data.endswith(b"\n"):
        part = channel.recv(1 << 16)
        if not part:
            sys.exit(0)
        data += part
    return json.loads(data)


def write_line(channel, **fields):
    channel.sendall(json.dumps(fields).encode() + b"\n")


def watch(parent):
    """Ends this process when its parent is gone, whatever an environment is doing."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def main():
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # The other side ends this one by closing the channel.
    threading.Thread(target=watch, args=(os.getppid(),), daemon=True).start()
    channel = socket.socket(fileno=os.dup(0))
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    settings = read_line(channel)
    try:
        if settings["version"] != VERSION:
            raise ValueError(f"this worker speaks version {VERSION} of the protocol, not {settings['version']}")
        maker = Maker(settings)
        first = maker(0)
        described = describe(first)
        first.close()
    except Exception as error:
        write_line(channel, error=f"{type(error).__name__}: {error}")
        return
    write_line(channel, version=VERSION, **described)
    memory = read_line(channel)
    worker = Worker(maker, (first.observation_space, first.action_space), memory["path"], memory["slots"])
    write_line(channel, ready=True)
    worker.serve(channel)


main()
