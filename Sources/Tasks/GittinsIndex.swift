// The Gittins index of an arm that pays 1 or 0 (Gittins 1979, doi:10.1111/j.2517-6161.1979.tb01068.x): pulling the arm
// of the greatest index is the best there is to do if arms are independent, each with a probability of paying that was
// drawn from U[0, 1], and rewards are discounted.
//
// Worked out by calibration: beside the arm stands one that pays λ for certain, and the index is the λ at which an
// agent would as soon take either. For each λ of a grid, V(a, b) of an arm that has paid a − 1 times and failed b − 1
// times follows backwards from arms pulled so often that little is left to learn:
//
//   V(a, b) = max(λ / (1 − γ), p (1 + γ V(a + 1, b)) + (1 − p) γ V(a, b + 1)),  p = a / (a + b)

public import Randomness

/// The indices of arms that were pulled up to some number of times.
public struct GittinsIndex: Sendable {
  /// The most pulls of an arm that has an index.
  public let greatestPulls: Int
  /// γ, per pull.
  public let discount: Double
  /// By the number of pulls, then by how many of them paid; see `place`.
  private let indices: [Double]

  /// The grid's spacing, the error of an index.
  private static let resolution = 1.0 / 1024
  /// Pulls beyond the greatest, of which V is worked out so that what is cut off counts little.
  private static let margin = 150

  /// Works out the indices.
  public init(greatestPulls: Int, discount: Double) {
    precondition(
      greatestPulls >= 0 && (0..<1).contains(discount),
      "no indices of \(greatestPulls) pulls at a discount of \(discount)")
    self.greatestPulls = greatestPulls
    self.discount = discount
    let depth = greatestPulls + Self.margin
    var indices = [Double](repeating: 0, count: Self.place(pulls: greatestPulls + 1, paid: 0))
    var later = [Double](repeating: 0, count: depth + 2)
    for level in 0...Int(1 / Self.resolution) {
      let sure = Double(level) * Self.resolution / (1 - discount)
      for paid in 0...depth + 1 {
        later[paid] = max(sure, Double(paid + 1) / Double(depth + 3) / (1 - discount))
      }
      for pulls in stride(from: depth, through: 0, by: -1) {
        for paid in 0...pulls {
          let mean = Double(paid + 1) / Double(pulls + 2)
          // Ascending, so that the entry of one more success is still that of one more pull.
          let pulled = mean * (1 + discount * later[paid + 1]) + (1 - mean) * discount * later[paid]
          if pulls <= greatestPulls && pulled > sure {
            indices[Self.place(pulls: pulls, paid: paid)] = Double(level) * Self.resolution
          }
          later[paid] = max(sure, pulled)
        }
      }
    }
    self.indices = indices
  }

  /// The index of an arm, the reward per pull for certain that is as good. Of more pulls than have indices it is the mean
  /// that is expected, with which little is left to learn.
  public subscript(pulls pulls: Int, paid paid: Int) -> Double {
    precondition(
      (0...pulls).contains(paid), "an arm that paid \(paid) times in \(pulls) pulls")
    if pulls > greatestPulls { return Double(paid + 1) / Double(pulls + 2) }
    return indices[Self.place(pulls: pulls, paid: paid)]
  }

  /// One of the arms with the greatest index, by chance.
  public func bestArm(pulls: [Int], paid: [Int], using random: inout Random) -> Int {
    greatestArm(of: pulls.count, using: &random) { self[pulls: pulls[$0], paid: paid[$0]] }
  }

  private static func place(pulls: Int, paid: Int) -> Int { pulls * (pulls + 1) / 2 + paid }
}

/// One of the arms of the greatest value, by chance; chance is asked only where there are several.
/// - Parameter count: The number of arms, at least 1.
package func greatestArm(
  of count: Int, using random: inout Random, value: (Int) -> Double
) -> Int {
  var best: [Int] = []
  var greatest = -Double.infinity
  for arm in 0..<count {
    let value = value(arm)
    if value > greatest {
      best.removeAll(keepingCapacity: true)
      greatest = value
    }
    if value == greatest { best.append(arm) }
  }
  return best[best.count > 1 ? random.below(best.count) : 0]
}
