"""Converters of public layouts of histories to sets: `python -m algorithm_distillation.convert FORMAT PATH --out SET`.

Each reads its source a piece at a time and checks it; a source that is not what it should be is told of in one
sentence, and nothing is left of what was written.
"""
