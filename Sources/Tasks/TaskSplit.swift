// Which tasks a model may learn from, which tune it and which test it.

public import Randomness

/// The roles a task can have.
public enum Split: String, CaseIterable, Sendable, Codable {
  /// Histories of these tasks train models.
  case training
  /// For tuning: of the training side, but kept from the models.
  case validation
  /// Appear in no training shard and no training decision.
  case heldOut = "held-out"
}

/// A partition of a family's tasks.
public struct TaskSplit: Equatable, Sendable, Codable {
  /// The tasks that train, ascending.
  public let training: [TaskID]
  /// The tasks that tune, ascending.
  public let validation: [TaskID]
  /// The tasks that test, ascending.
  public let heldOut: [TaskID]

  private enum CodingKeys: String, CodingKey {
    case training, validation
    case heldOut = "held_out"
  }

  /// Splits a family, taking held-out and validation tasks evenly over the strata: tasks are put in
  /// order of stratum, by chance within one, and taken at even distances from a chance offset.
  /// - Precondition: The two counts leave a task to train on.
  public init(of family: some TaskFamily, heldOut: Int, validation: Int, seed: Seed) {
    precondition(
      heldOut >= 0 && validation >= 0 && heldOut + validation < family.taskCount,
      "\(heldOut) held-out and \(validation) validation tasks leave none of \(family.taskCount)")
    var random = seed.random(for: "split")
    var remaining = family.allTasks
    random.shuffle(&remaining)
    let strata = remaining.map(family.stratum(of:))
    let order = remaining.indices.sorted { (strata[$0], $0) < (strata[$1], $1) }
    remaining = order.map { remaining[$0] }
    self.heldOut = Self.takeEvenly(heldOut, from: &remaining, using: &random)
    self.validation = Self.takeEvenly(validation, from: &remaining, using: &random)
    training = remaining.sorted()
  }

  /// The tasks with a role.
  public func tasks(in split: Split) -> [TaskID] {
    switch split {
    case .training: training
    case .validation: validation
    case .heldOut: heldOut
    }
  }

  private static func takeEvenly(
    _ count: Int, from tasks: inout [TaskID], using random: inout Random
  ) -> [TaskID] {
    guard count > 0 else { return [] }
    let offset = Double(random.uniform())
    let spacing = Double(tasks.count) / Double(count)
    let chosen = (0..<count).map { Int((Double($0) + offset) * spacing) }
    let taken = chosen.map { tasks[$0] }
    for index in chosen.reversed() { tasks.remove(at: index) }
    return taken.sorted()
  }
}
