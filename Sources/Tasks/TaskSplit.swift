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

  /// Splits a family without its test sets, taking held-out, validation and training tasks evenly over the
  /// strata: tasks are put in order of stratum, by chance within one, and taken at even distances
  /// from a chance offset.
  /// - Parameter training: How many train; all that are left if nil.
  /// - Precondition: There are as many tasks, and one at least to train on.
  public init(
    of family: some TaskFamily, heldOut: Int, validation: Int, training: Int? = nil, seed: Seed
  ) {
    let tested = Set(family.testSets.flatMap(\.tasks))
    var remaining = family.allTasks.filter { !tested.contains($0) }
    let trainable = remaining.count - heldOut - validation
    precondition(
      heldOut >= 0 && validation >= 0 && (1...max(trainable, 1)).contains(training ?? trainable),
      "\(heldOut) held-out and \(validation) validation tasks leave \(trainable) of "
        + "\(remaining.count) to train on, \(training ?? trainable) are asked for")
    var random = seed.random(for: "split")
    random.shuffle(&remaining)
    let strata = remaining.map(family.stratum(of:))
    let order = remaining.indices.sorted { (strata[$0], $0) < (strata[$1], $1) }
    remaining = order.map { remaining[$0] }
    self.heldOut = Self.takeEvenly(heldOut, from: &remaining, using: &random)
    self.validation = Self.takeEvenly(validation, from: &remaining, using: &random)
    if let training, training < remaining.count {
      self.training = Self.takeEvenly(training, from: &remaining, using: &random)
    } else {
      self.training = remaining.sorted()
    }
  }

  /// The roles as they are given, for tasks that come from elsewhere; each list is put in ascending order. Whoever
  /// writes or reads histories refuses a task with two roles.
  public init(training: [TaskID], validation: [TaskID] = [], heldOut: [TaskID]) {
    self.training = training.sorted()
    self.validation = validation.sorted()
    self.heldOut = heldOut.sorted()
  }

  /// The split in which those of some tasks that have no role, such as a test set's, are held out.
  public func holdingOut(_ tasks: [TaskID]) -> TaskSplit {
    let others = Set(tasks).subtracting(training + validation + heldOut)
    return TaskSplit(
      training: training, validation: validation, heldOut: (heldOut + others).sorted())
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
