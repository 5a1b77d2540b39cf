"""Acting with a model in your own loop, through ``distill serve``."""
from __future__ import annotations

import json
import os
import subprocess
from typing import Any, Iterable, Mapping, Sequence, Union

Stream = Union[int, str]


class ServingError(RuntimeError):
    """What the served model answered to a request that cannot be carried out, or why it does not answer."""


class ServedAgent:
    """A conversation with ``distill serve``. Each stream has a context of its own; a new name begins an empty one.

    Per stream, ``act`` and ``observe`` alternate:

        action = agent.act(observation)
        agent.observe(reward, done)
    """

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._told: dict[Stream, dict[str, Any]] = {}
        self.greeting: dict[str, Any] = self._line()  #: the interface of the tasks, and the steps of a context

    def _line(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ServingError(f"distill serve ended with status {self._process.wait()}; it says why above")
        return json.loads(line)

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise ServingError(f"distill serve ended with status {self._process.wait()}") from None
        answer = self._line()
        if "error" in answer:
            raise ServingError(answer["error"])
        return answer

    def act(self, observation: Any, stream: Stream = 0) -> Any:
        """The next action: a number, or the choices of its factors."""
        return self._act(observation, stream)["action"]

    def act_and_predict(self, observation: Any, stream: Stream = 0) -> tuple[Any, list[float]]:
        """The next action, and the logits that it was drawn from."""
        answer = self._act(observation, stream, predictions=True)
        return answer["action"], answer["predictions"]

    def _act(self, observation: Any, stream: Stream, **more: Any) -> dict[str, Any]:
        values = observation.tolist() if hasattr(observation, "tolist") else observation
        request = {"stream": stream, "observation": values, **self._told.get(stream, {}), **more}
        answer = self._ask(request)
        self._told.pop(stream, None)
        return answer

    def observe(self, reward: float, done: bool = False, stream: Stream = 0) -> None:
        """What the last action gave, and whether the episode is over: it is told with the next observation."""
        self._told[stream] = {"reward": float(reward), "done": bool(done)}

    def reset(self, stream: Stream = 0) -> None:
        """Empties a stream's context, for another task."""
        self._told.pop(stream, None)
        self._ask({"stream": stream, "reset": True})

    def prompt(self, steps: Iterable[tuple[Any, ...]], stream: Stream = 0) -> None:
        """Empties a stream's context and puts a demonstration in front: (observation, action, reward[, done]) a step."""
        names = ("observation", "action", "reward", "done")
        shown = [{name: value.tolist() if hasattr(value, "tolist") else value for name, value in zip(names, step)}
                 for step in steps]
        self._told.pop(stream, None)
        self._ask({"stream": stream, "reset": True, "prompt": shown})

    def close(self) -> None:
        """Ends the conversation and the program."""
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    def __enter__(self) -> "ServedAgent":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def serve(model: str | os.PathLike[str], *, program: str = "distill", seed: int = 0, temperature: float = 1.0) -> ServedAgent:
    """An agent of a model file or folder. ``program`` is the path of ``distill``."""
    return ServedAgent([program, "serve", os.fspath(model), "--seed", str(seed), "--temperature", str(temperature)])
