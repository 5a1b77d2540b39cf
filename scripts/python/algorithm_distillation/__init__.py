"""Learning histories and models of AlgorithmDistillation in Python, with NumPy alone.

    import algorithm_distillation as ad
    histories = ad.read("runs/dark-room/histories")            # a list of History; files are mapped, not loaded
    histories[0].rewards, histories[0].episode_returns()
    ad.write("mine", lives, family="mine", learner="me", ...)   # a set that `distill import` takes
    with ad.serve("runs/dark-room/models/ad/seed-0") as agent:  # a model acts in your loop
        action = agent.act([4, 4])
"""
from .histories import Episode, History, HistoryError, Life, WindowDataset, read, read_shard, write
from .serving import Agent, ServingError, serve

__all__ = [
    "Agent", "Episode", "History", "HistoryError", "Life", "ServingError", "WindowDataset", "read", "read_shard",
    "serve", "write",
]
