// How much is recorded. What is recorded is said by the task, split and source settings.

/// The settings of the collection.
public struct CollectionSettings: Codable, Sendable, Equatable {
  /// The number of histories recorded on each task: the learner's streams times the learners.
  public var historiesPerTask = 64

  /// The defaults.
  public init() {}

  /// What cannot be done as set; empty if all can.
  public var problems: [(key: String, message: String)] {
    historiesPerTask >= 1
      ? []
      : [("historiesPerTask", "must be at least 1, not \(historiesPerTask)")]
  }

  /// What cannot be done as set with a learner of so many streams; empty if all can.
  public func problems(streamCount: Int) -> [(key: String, message: String)] {
    guard problems.isEmpty && historiesPerTask % streamCount != 0 else { return problems }
    let message =
      "must be a multiple of the learner's \(streamCount) streams, not \(historiesPerTask)"
    return [("historiesPerTask", message)]
  }
}
