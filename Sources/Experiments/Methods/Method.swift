// What a method is: a way to come by a model that learns in context. A method is one file, which conforms to
// `Method`, and one line in `Registry`; the command line, the stages, the plan and the report find it there.

public import Evaluation
public import LearningHistories
public import Models
public import Training

/// A way to come by a model that learns in context: its name and look, what it needs, the model's shape, how it is
/// trained, and in which conditions it acts.
public protocol Method: Sendable {
  /// The name in options and files, such as `ad`.
  var name: String { get }
  /// The name in figures and tables, such as `AD`.
  var label: String { get }
  /// What it is, for help texts: a phrase such as `algorithm distillation on whole histories`.
  var summary: String { get }
  /// The number of its colour in figures, from 0, below `SeriesStyle.colourCount`. The source has 2.
  var colour: Int { get }
  /// Its place in tables and legends; lower ones come first. The source has 3.
  var rank: Int { get }
  /// What the report's first sentences say of it after its label; nil says nothing.
  var remark: String? { get }
  /// Whether `distill run` trains it unless methods are named.
  var isStandard: Bool { get }
  /// What it learns from.
  var needs: MethodNeeds { get }
  /// Its own section of settings; nil if it has none.
  var settings: (any MethodSettings.Type)? { get }
  /// The sections of settings that its models are made with, besides those of what it needs.
  var sections: [String] { get }
  /// The conditions that its models act in unless others are asked for.
  var conditions: [Condition] { get }
  /// Whether its contexts can begin with a prompt.
  var isPromptable: Bool { get }

  /// What is impossible about a configuration if this method is planned, with the path of the property to blame.
  func problems(in configuration: ExperimentConfiguration) -> [(key: String, message: String)]

  /// The shape of its models.
  func model(in experiment: Experiment) -> ModelConfiguration

  /// How its models act, from an empty context and with true rewards.
  func rolloutConditions(in configuration: ExperimentConfiguration) -> RolloutConditions

  /// The number of updates of a model, and the environment steps of each.
  func extent(in configuration: ExperimentConfiguration) -> (updates: Int, stepsPerUpdate: Int)

  /// The bytes of memory that training a model cannot do without.
  func leastMemory(in experiment: Experiment, workers: Int) -> Int

  /// Prepares the training of its models.
  /// - Parameters:
  ///   - histories: Reads the histories of the tasks that models are shown; not called by methods that need none.
  ///   - workers: The threads to work on; changes no bit.
  /// - Returns: Makes the course of a training seed.
  func courses(
    in experiment: Experiment, learningFrom histories: () throws -> [History], workers: Int
  ) throws -> (_ trainSeed: Int) throws -> any Course
}

/// What a method learns from.
public enum MethodNeeds: Sendable {
  /// Recorded histories of the training tasks.
  case histories
  /// The training tasks themselves, which it acts in while it learns.
  case tasks
}

extension Method {
  public var remark: String? { nil }
  public var isStandard: Bool { false }
  public var settings: (any MethodSettings.Type)? { nil }
  public var conditions: [Condition] { [.trueRewards] }
  public var isPromptable: Bool { false }

  public func problems(
    in configuration: ExperimentConfiguration
  ) -> [(key: String, message: String)] { [] }

  public func leastMemory(in experiment: Experiment, workers: Int) -> Int {
    Trainer.leastMemory(
      of: model(in: experiment), experiment.configuration.train, workers: workers)
  }

  public func rolloutConditions(in configuration: ExperimentConfiguration) -> RolloutConditions {
    var conditions = RolloutConditions()
    conditions.acting.temperature = configuration.evaluate.temperature
    conditions.acting.droppedFraction = configuration.evaluate.droppedFraction
    return conditions
  }
}
