// What a learner has become, as a value: what a population copies from one member to another.

/// The numbers that a learner goes on from: weights, moments and counters, by name. What it is living through is no part
/// of them.
public struct LearnerState: Equatable, Sendable {
  /// Vectors such as `weights`.
  public var vectors: [String: [Float]]
  /// Counters such as `updates`.
  public var counters: [String: Int]

  /// A state of some vectors and counters.
  public init(vectors: [String: [Float]] = [:], counters: [String: Int] = [:]) {
    self.vectors = vectors
    self.counters = counters
  }

  /// A vector that must be there.
  /// - Precondition: It is there, with `count` numbers.
  public func vector(_ name: String, count: Int) -> [Float] {
    guard let vector = vectors[name], vector.count == count else {
      preconditionFailure(
        "'\(name)' should have \(count) numbers, and has \(vectors[name]?.count ?? 0), among \(vectors.keys.sorted())"
      )
    }
    return vector
  }

  /// A counter that must be there.
  public func counter(_ name: String) -> Int {
    guard let counter = counters[name] else {
      preconditionFailure("there is no counter '\(name)' among \(counters.keys.sorted())")
    }
    return counter
  }

  /// All vectors and counters of another state as well, their names behind a prefix and a slash.
  public mutating func insert(_ other: LearnerState, under prefix: String) {
    for (name, vector) in other.vectors { vectors["\(prefix)/\(name)"] = vector }
    for (name, counter) in other.counters { counters["\(prefix)/\(name)"] = counter }
  }

  /// What was inserted under a prefix.
  public func part(under prefix: String) -> LearnerState {
    var part = LearnerState()
    for (name, vector) in vectors where name.hasPrefix(prefix + "/") {
      part.vectors[String(name.dropFirst(prefix.count + 1))] = vector
    }
    for (name, counter) in counters where name.hasPrefix(prefix + "/") {
      part.counters[String(name.dropFirst(prefix.count + 1))] = counter
    }
    return part
  }
}
