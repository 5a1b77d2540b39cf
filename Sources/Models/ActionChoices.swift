// Where the choices of an action stand: in the table of embeddings, and among the logits.

internal import Tasks

/// The choices that an action makes in each of its factors, the first factor the most significant.
///
/// The choices of all factors are counted one after the other: choice c of factor f is the row (or column)
/// Σ sizes of the factors before f + c. An action of one factor is its own row.
struct ActionChoices: Sendable {
  /// The number of choices of each factor.
  let factors: [Int]
  /// Of each factor, what an action is divided by before its choice is the remainder.
  private let divisors: [Int]
  /// Of each factor, the row of its first choice.
  private let firstRows: [Int]

  var rowCount: Int { factors.reduce(0, +) }

  init(_ factors: [Int]) {
    self.factors = factors
    divisors = factors.indices.map { factors[($0 + 1)...].reduce(1, *) }
    firstRows = factors.indices.map { factors[..<$0].reduce(0, +) }
  }

  /// What an action chooses in a factor.
  func choice(of action: Int, in factor: Int) -> Int {
    action / divisors[factor] % factors[factor]
  }

  /// Calls `body` with the row of each of an action's choices, first factor first.
  func forEachRow(of action: Int, _ body: (Int) -> Void) {
    if factors.count == 1 { return body(action) }
    for factor in factors.indices { body(firstRows[factor] + choice(of: action, in: factor)) }
  }
}
