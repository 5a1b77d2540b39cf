// How much is recorded. What is recorded is said by the task, split and source settings.

public import Tasks

public struct CollectionSettings: SettingsSection {
  /// The number of histories recorded on each task: the learner's streams times the learners.
  public var historiesPerTask = 64

  /// The share of the learners that have learned another of the recorded tasks before, for a while.
  /// Their histories begin with what is of no use here any more and show how it is given up.
  public var priorTaskFraction = 0.0

  public init() {}

  /// What cannot be done as set; empty if all can.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if historiesPerTask < 1 {
      problems.append(("historiesPerTask", "must be at least 1, not \(historiesPerTask)"))
    }
    if !(0...1).contains(priorTaskFraction) {
      problems.append(("priorTaskFraction", "must be in 0 ... 1, not \(priorTaskFraction)"))
    }
    return problems
      + self.problems(above: [("historiesPerTask", historiesPerTask, 1_000_000)])
  }

  /// What cannot be done as set with a learner of so many streams; empty if all can.
  public func problems(streamCount: Int) -> [(key: String, message: String)] {
    guard problems.isEmpty && historiesPerTask % streamCount != 0 else { return problems }
    let message =
      "must be a multiple of the learner's \(streamCount) streams, not \(historiesPerTask)"
    return [("historiesPerTask", message)]
  }
}
