// The library as users import it: the modules from tasks to whole experiments under one name, and nothing else.

@_exported public import Contexts
@_exported public import Evaluation
@_exported public import Experiments
@_exported public import Gymnasium
@_exported public import Layers
@_exported public import Learning
@_exported public import LearningHistories
@_exported public import Models
@_exported public import Randomness
@_exported public import Ranks
@_exported public import SourceAlgorithms
@_exported public import Tasks
@_exported public import TensorFiles
@_exported public import Training
