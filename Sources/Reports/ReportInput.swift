// What a report is made from: values read from a run's files. Nothing here knows a method, a learner
// or a particular family of tasks; what is not given is left out of the page.

public import Evaluation
public import Randomness

/// Everything that a report shows.
public struct ReportInput: Sendable {
  /// The page's title, such as the preset's name.
  public var title: String
  /// The split that the figures show, such as `held-out`.
  public var split: String
  /// The file, if another program wrote the returns: nothing is known then of how its agents act.
  public var othersFile: String?
  /// Every episode of the evaluation.
  public var returns: ReturnsTable
  /// The numbers of the evaluation.
  public var summary: EvaluationSummary
  /// The experiment's seed, for the figures' bands.
  public var seed: Seed
  /// How each method is named and drawn, by its name in files; others are grey, under that name.
  public var styles: [String: SeriesStyle] = [:]
  /// How each model was trained.
  public var trainingLogs: [TrainingLog] = []
  /// What is to be said of the trainings, a sentence each.
  public var trainingNotes: [String] = []
  /// How the recorded learners learned.
  public var sourceCurve: SourceCurve?
  /// The mean return of the last tenth of the source's episodes, learning from scratch on the split's tasks: shown
  /// where their optimum is not known.
  public var sourcesEnd: Double?
  /// Where tasks lie, if they lie anywhere.
  public var places: [TaskPlace] = []
  /// The expected return of each episode of an ideal explorer on the split's tasks.
  public var idealExplorer: [Double] = []
  /// The ways that watched streams took.
  public var paths = PathTable([])
  /// The task that they took them in, if it can be seen from above.
  public var scene: TaskScene?
  /// An episode as an agent saw it, if it sees pictures.
  public var frames: FrameStrip?
  /// How long each stage took, in order.
  public var times: [StageTime] = []
  /// The text of config.yaml.
  public var configuration = ""
  /// The text of timings.json.
  public var timings = ""

  /// A report of an evaluation alone; the rest is set afterwards.
  public init(
    title: String, split: String, returns: ReturnsTable, summary: EvaluationSummary, seed: Seed
  ) {
    self.title = title
    self.split = split
    self.returns = returns
    self.summary = summary
    self.seed = seed
  }
}

/// The learning curve of a set of histories.
public struct SourceCurve: Equatable, Sendable {
  /// The mean return of each episode over all histories, from the first.
  public let meanReturns: [Double]
  /// The mean of the tasks' expected returns of random actions.
  public let random: Double
  /// The mean of the tasks' greatest expected returns; nil if that of any is not known.
  public let optimal: Double?
  public let histories: Int

  /// A learning curve.
  public init(meanReturns: [Double], random: Double, optimal: Double?, histories: Int) {
    self.meanReturns = meanReturns
    self.random = random
    self.optimal = optimal
    self.histories = histories
  }
}

/// Where a task's marker lies on a map of its family.
public struct TaskPlace: Equatable, Sendable {
  /// What the task is for.
  public enum Role: String, Sendable {
    /// Its histories trained the models.
    case training
    /// It chose settings.
    case validation
    /// It tests.
    case heldOut
  }

  /// The task's number within its family.
  public let task: Int
  /// The column, from 0 at the left.
  public let column: Int
  /// The row, from 0 at the top.
  public let row: Int
  /// What distinguishes it, for people.
  public let label: String
  /// What it is for.
  public let role: Role
  /// Its greatest expected return; nil if it is not known.
  public let optimal: Double?

  public init(
    task: Int, column: Int, row: Int, label: String, role: Role, optimal: Double?
  ) {
    self.task = task
    self.column = column
    self.row = row
    self.label = label
    self.role = role
    self.optimal = optimal
  }
}
