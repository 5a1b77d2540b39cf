"""Windows of histories as a Dataset of PyTorch's, or as a plain sequence where there is no PyTorch."""

from __future__ import annotations

from typing import Sequence

import numpy as np

from .histories import History

try:
    from torch.utils.data import Dataset
except ImportError:
    class Dataset:  # type: ignore[no-redef]
        """Stands for torch.utils.data.Dataset."""


class Windows(Dataset):
    """All windows of some length of some histories, as a torch Dataset; steps are copied when they are asked for.

    An item is a dict of `observations`, `actions` and `rewards` (each `steps` long) and `starts_episode`.
    """

    def __init__(self, histories: Sequence[History], steps: int):
        if steps < 1:
            raise ValueError(f"a window of {steps} steps holds nothing")
        self.histories = list(histories)
        self.steps = steps
        self._ends = np.cumsum([max(0, len(history) - steps + 1) for history in self.histories])

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def __getitem__(self, index: int) -> dict[str, np.ndarray]:
        if not 0 <= index < len(self):
            raise IndexError(f"no window {index} among {len(self)}")
        number = int(np.searchsorted(self._ends, index, side="right"))
        first = index - (int(self._ends[number - 1]) if number else 0)
        history, window = self.histories[number], slice(first, first + self.steps)
        starts = np.isin(np.arange(first, first + self.steps), history.episode_offsets)
        return {
            "observations": np.array(history.observations[window]), "actions": np.array(history.actions[window]),
            "rewards": np.array(history.rewards[window], np.float32), "starts_episode": starts}
