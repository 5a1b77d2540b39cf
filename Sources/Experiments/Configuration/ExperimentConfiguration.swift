// Everything that decides what a run computes, and nothing else: where it is written and by how many
// workers are matters of the command line. In order: the configuration, and the sections that belong
// to no single stage. Each stage's own section stands in the stage's module.

public import Contexts
public import Evaluation
public import LearningHistories
public import Models
public import Training

/// The settings of a whole experiment: the keys of a preset, with their defaults.
///
/// In YAML the properties' names are in snake_case: `collect.historiesPerTask` is
/// `collect.histories_per_task`.
public struct ExperimentConfiguration: Codable, Sendable, Equatable {
  /// What everything random follows from.
  public var seed: UInt64 = 0
  /// The worlds.
  public var task = TaskSettings()
  /// How many tasks test and how many tune.
  public var split = SplitSettings()
  /// The learner whose learning is recorded.
  public var source = SourceSettings()
  /// How it is recorded.
  public var collect = CollectionSettings()
  /// What the model sees of the recordings.
  public var context = ContextSettings()
  /// The model's shape.
  public var model = ModelSettings()
  /// How the model is trained.
  public var train = TrainingSettings()
  /// Expert distillation: what differs from algorithm distillation.
  public var ed = ExpertDistillationSettings()
  /// Algorithm distillation with a recurrent model: what differs from the transformer.
  public var lstm = RecurrentDistillationSettings()
  /// The recurrent learner that is trained online on the same tasks.
  public var rl2 = RL2Settings()
  /// How models are tested.
  public var evaluate = EvaluationSettings()

  /// The defaults.
  public init() {}

  /// The training seeds: a model of each method for each.
  public var trainSeeds: [Int] { train.seeds }

  /// What is impossible, with the path of the property to blame; empty if the experiment can run.
  public var problems: [(key: String, message: String)] {
    let sections = [
      ("task", task.problems), ("split", split.problems), ("source", source.problems),
      ("collect", collect.problems), ("context", context.problems), ("model", model.problems),
      ("train", train.problems), ("ed", ed.problems), ("lstm", lstm.problems),
      ("rl2", rl2.problems),
      ("evaluate", evaluate.problems),
    ]
    let problems = sections.flatMap { name, problems in
      problems.map { (key: "\(name).\($0.key)", message: $0.message) }
    }
    return problems.isEmpty ? problemsBetweenSections : problems
  }

  /// What is impossible if models of some methods are planned; empty if the experiment can run.
  public func problems(planning methods: [any Method]) -> [(key: String, message: String)] {
    let problems = problems
    return problems.isEmpty ? methods.flatMap { $0.problems(in: self) } : problems
  }
}

/// How many tasks are kept from training, and for what.
public struct SplitSettings: Codable, Sendable, Equatable {
  /// Tasks that test: in no training shard and no training decision.
  public var heldOut = 16
  /// Tasks of the training side that tune.
  public var validation = 8
  /// Tasks that train, as many of every stratum as there are; 0 for all that are left.
  public var training = 0

  /// The defaults.
  public init() {}

  /// What no split can be.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if heldOut < 1 {
      problems.append(("heldOut", "must be 1 or more, not \(heldOut)"))
    }
    if validation < 0 {
      problems.append(("validation", "must be 0 or more, not \(validation)"))
    }
    if training < 0 {
      problems.append(("training", "must be 0 or more, not \(training)"))
    }
    return problems
  }
}

/// Expert distillation: the same model and trainer on converged episodes alone.
public struct ExpertDistillationSettings: Codable, Sendable, Equatable {
  /// The share of each history, from its end, that counts as expert.
  public var lastFraction = 0.1
  /// The share of `train.updates` that its models are trained for: the expert is quickly learned.
  public var updatesFraction = 1.0

  /// The defaults.
  public init() {}

  /// What leaves no expert.
  public var problems: [(key: String, message: String)] {
    [("lastFraction", lastFraction), ("updatesFraction", updatesFraction)]
      .filter { !($0.1 > 0 && $0.1 <= 1) }
      .map { ($0.0, "must be above 0 and up to 1, not \($0.1)") }
  }
}

/// Algorithm distillation with long short-term memory in the transformer's place (method `ad-lstm`): the same
/// histories, windows, trainer and evaluation.
public struct RecurrentDistillationSettings: Codable, Sendable, Equatable {
  /// The number of cells of a layer.
  public var width = 128
  /// The number of layers, one on the other.
  public var layers = 1
  /// The greatest learning rate, in the place of `train.learning_rate`.
  public var learningRate = 3e-3
  /// The share of `train.updates` that its models are trained for.
  public var updatesFraction = 1.0

  /// The defaults.
  public init() {}

  /// What is no model and no training.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    for (key, value) in [("width", width), ("layers", layers)] where value < 1 {
      problems.append((key, "must be 1 or more, not \(value)"))
    }
    if !(learningRate > 0) {
      problems.append(("learningRate", "must be positive, not \(learningRate)"))
    }
    if !(updatesFraction > 0 && updatesFraction <= 1) {
      problems.append(("updatesFraction", "must be above 0 and up to 1, not \(updatesFraction)"))
    }
    return problems
  }
}
