// From steps to tokens: sums of table rows, once with one token per step, once with three. The
// backward adds to rows what the forward took from them.

/// Turns a batch into tokens, (B·K) × C.
struct ReferenceEmbedding {
  let settings: ReferenceSettings
  let batch: ReferenceBatch

  /// A row of a table that a token adds, times a factor.
  private struct Term {
    let name: String, row: Int, factor: Double
  }

  /// What a token of a window is the sum of.
  private func terms(window: Int, token: Int) -> [Term] {
    let position = Term(name: "position.weight", row: token, factor: 1)
    if batch.masked[window * settings.tokens + token] { return [position] }
    let step = token / settings.tokensPerStep
    let index = window * settings.steps + step
    let content =
      switch (settings.tokensPerStep, token % settings.tokensPerStep) {
      case (1, _): observation(index) + previous(index, isFirst: step == 0)
      case (_, 0): observation(index)
      case (_, 1): action(index)
      default: reward(index)
      }
    return content + [position]
  }

  private func observation(_ index: Int) -> [Term] {
    let count = settings.observationSizes.count
    return (0..<count).map { component in
      Term(
        name: "observation.\(component).weight",
        row: batch.observations[index * count + component], factor: 1)
    }
  }

  private func action(_ index: Int) -> [Term] {
    [Term(name: "action.weight", row: batch.actions[index], factor: 1)]
  }

  private func reward(_ index: Int) -> [Term] {
    [
      Term(name: "reward.weight", row: 0, factor: batch.rewards[index]),
      Term(name: "reward.bias", row: 0, factor: 1),
    ]
  }

  private func previous(_ index: Int, isFirst: Bool) -> [Term] {
    isFirst
      ? [Term(name: "action.weight", row: settings.actions, factor: 1)]
      : action(index - 1) + reward(index - 1)
  }

  func forward(_ parameters: ReferenceParameters) -> ReferenceMatrix {
    var x = ReferenceMatrix(rows: batch.windows * settings.tokens, columns: settings.width)
    for row in 0..<x.rows {
      for term in terms(window: row / settings.tokens, token: row % settings.tokens) {
        let table = parameters[term.name]
        for c in 0..<settings.width { x[row, c] += term.factor * table[term.row, c] }
      }
    }
    return x
  }

  func backward(of dx: ReferenceMatrix, to gradients: inout ReferenceParameters) {
    for row in 0..<dx.rows {
      for term in terms(window: row / settings.tokens, token: row % settings.tokens) {
        for c in 0..<settings.width {
          gradients[term.name][term.row, c] += term.factor * dx[row, c]
        }
      }
    }
  }
}
