// From steps to tokens: sums of table rows, and of columns for the numbers of a vector, once with one token per
// step, once with three. The backward adds to rows and columns what the forward took from them.

/// Turns a batch into tokens, (B·K) × C.
struct ReferenceEmbedding {
  let settings: ReferenceSettings
  let batch: ReferenceBatch

  /// A row of a table that a token adds, or a column, times a factor.
  private struct Term {
    let name: String
    let row: Int
    var isColumn = false
    let factor: Double

    /// The place of the element that goes to a channel.
    func place(_ channel: Int) -> (row: Int, column: Int) {
      isColumn ? (channel, row) : (row, channel)
    }
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
    switch settings.seen {
    case .components:
      let count = settings.observationSizes.count
      return (0..<count).map { component in
        Term(
          name: "observation.\(component).weight",
          row: batch.observations[index * count + component], factor: 1)
      }
    case .floats(let count):
      let numbers = (0..<count).map { number in
        Term(
          name: "sight.0.weight", row: number, isColumn: true,
          factor: batch.floats[index * count + number])
      }
      return numbers + [Term(name: "sight.0.bias", row: 0, factor: 1)]
    case .categories(let places, let values):
      return (0..<places).map { place in
        Term(
          name: "sight.embedding.weight",
          row: place * values + batch.observations[index * places + place], factor: 1)
      }
    }
  }

  private func action(_ index: Int) -> [Term] {
    settings.choiceRows(of: batch.actions[index]).map {
      Term(name: "action.weight", row: $0, factor: 1)
    }
  }

  private func reward(_ index: Int) -> [Term] {
    [
      Term(
        name: "reward.weight", row: 0, factor: batch.rewards[index] * settings.rewardScale),
      Term(name: "reward.bias", row: 0, factor: 1),
    ]
  }

  private func previous(_ index: Int, isFirst: Bool) -> [Term] {
    isFirst
      ? [Term(name: "action.weight", row: settings.choices, factor: 1)]
      : action(index - 1) + reward(index - 1)
  }

  func forward(_ parameters: ReferenceParameters) -> ReferenceMatrix {
    var x = ReferenceMatrix(rows: batch.windows * settings.tokens, columns: settings.width)
    for row in 0..<x.rows {
      for term in terms(window: row / settings.tokens, token: row % settings.tokens) {
        let table = parameters[term.name]
        for c in 0..<settings.width {
          let place = term.place(c)
          x[row, c] += term.factor * table[place.row, place.column]
        }
      }
    }
    return x
  }

  func backward(of dx: ReferenceMatrix, to gradients: inout ReferenceParameters) {
    for row in 0..<dx.rows {
      for term in terms(window: row / settings.tokens, token: row % settings.tokens) {
        for c in 0..<settings.width {
          let place = term.place(c)
          gradients[term.name][place.row, place.column] += term.factor * dx[row, c]
        }
      }
    }
  }
}
