// A policy over actions of several factors: the product of a categorical for each factor. Its logits, and its
// probabilities, are those of the first factor, then those of the second, and so on. With one factor it is a softmax.

internal import Foundation
public import LinearAlgebra
public import Randomness

/// A product of categoricals, one for each factor of an action.
public struct FactoredPolicy: Sendable, Equatable {
  /// The number of choices of each factor.
  public let factors: [Int]
  /// Where each factor's logits lie among all.
  public let parts: [Range<Int>]
  /// What each factor's choice counts in an action: the product of the factors after it.
  private let places: [Int]

  /// The number of logits, and of probabilities: the sum of the factors.
  public var logitCount: Int { parts.last?.upperBound ?? 0 }

  /// The number of actions: the product of the factors.
  public var actionCount: Int { factors.reduce(1, *) }

  /// A policy over some factors.
  /// - Precondition: There is a factor, and each has a choice.
  public init(factors: [Int]) {
    precondition(
      !factors.isEmpty && factors.allSatisfy { $0 >= 1 }, "no policy has the factors \(factors)")
    self.factors = factors
    var end = 0
    parts = factors.map { size in
      defer { end += size }
      return end..<end + size
    }
    places = factors.indices.map { factors[($0 + 1)...].reduce(1, *) }
  }

  /// Overwrites a row of probabilities with the softmax of each factor's logits in a row.
  /// - Parameters:
  ///   - logits: Rows × `logitCount`.
  ///   - probabilities: Rows × `logitCount`.
  public func findProbabilities(of logits: Matrix, row: Int, into probabilities: Matrix) {
    let (z, p) = (logits[rows: row..<row + 1], probabilities[rows: row..<row + 1])
    guard factors.count > 1 else {
      Network.softmax(z, into: p)
      return
    }
    for part in parts { Network.softmax(z[columns: part], into: p[columns: part]) }
  }

  /// Draws a choice in each factor, the first factor first, and joins them to an action.
  /// - Parameter probabilities: As `findProbabilities` leaves them, or any weights proportional to them.
  public func draw(from probabilities: Span<Float>, using random: inout Random) -> Int {
    guard factors.count > 1 else { return random.categorical(probabilities) }
    var action = 0
    for (part, size) in zip(parts, factors) {
      action = action * size + random.categorical(probabilities.extracting(part))
    }
    return action
  }

  /// Where among the logits an action's choice in a factor lies.
  public func index(of action: Int, in factor: Int) -> Int {
    parts[factor].lowerBound + action / places[factor] % factors[factor]
  }

  /// ln π(a): the sum over factors.
  /// - Parameter probabilities: As `findProbabilities` leaves them; one too small for a float counts as the
  ///   smallest.
  public func logProbability(of action: Int, in probabilities: Span<Float>) -> Float {
    var sum: Float = 0
    for factor in factors.indices {
      sum += log(max(probabilities[index(of: action, in: factor)], Float.leastNormalMagnitude))
    }
    return sum
  }

  /// The entropy in nats: the sum over factors.
  /// - Parameter probabilities: As `findProbabilities` leaves them.
  public func entropy(of probabilities: Span<Float>) -> Float {
    var sum: Float = 0
    for part in parts { sum += entropy(of: probabilities, in: part) }
    return sum
  }

  /// The entropy of one factor, in nats.
  func entropy(of probabilities: Span<Float>, in part: Range<Int>) -> Float {
    var entropy: Float = 0
    for index in part where probabilities[index] > 0 {
      entropy -= probabilities[index] * log(probabilities[index])
    }
    return entropy
  }
}
