"""Learning histories and models of AlgorithmDistillation, from Python.

`HistorySet` reads a set of histories, `SetWriter` writes one, `write_prompt` writes what a context begins with.
`serve` lets a model act through `distill serve`, without PyTorch. With PyTorch, `Windows` is a Dataset, `load_model` makes a module of a checkpoint and `Agent` acts with it. What the
files hold is documented in data/schema.md. Nothing is ever downloaded.
"""

from .histories import History, HistorySet
from .serving import ServedAgent, ServingError, serve
from .tensors import FileProblem, read_tensors, write_tensors
from .writing import Episode, Interface, SetWriter, write_prompt

__all__ = [
    "Agent", "Episode", "FileProblem", "History", "HistorySet", "Interface", "Model", "ServedAgent", "ServingError",
    "SetWriter", "Windows", "load_model", "read_tensors", "serve", "write_prompt", "write_tensors",
]


def __getattr__(name: str):
    """What looks for PyTorch, which takes seconds to import, is imported when it is asked for."""
    if name == "Windows":
        from .windows import Windows

        return Windows
    if name in ("Agent", "Model", "load_model"):
        from . import models

        return getattr(models, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
