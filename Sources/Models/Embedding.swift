// From a batch to the rows of the residual stream, and back to the gradients of the embeddings.
//
// One token per step:    x = Σⱼ E_observation,ⱼ[oⱼ] + E_action[previous] + previous reward · w + b + P
// A recurrent model:     the same, as wide as its gates, with their bias in the place of P
// Three tokens per step: Σⱼ E_observation,ⱼ[oⱼ] + P, then E_action[a] + P, then r · w + b + P
// Of ordinal observations, E_observation,ⱼ[oⱼ] is the sum of rows 0 to oⱼ (a thermometer code).
// Where a picture or a vector is seen, what a network makes of it stands in the place of Σⱼ E_observation,ⱼ[oⱼ].
// The content of a masked token is left out; its position stays.

internal import Contexts
internal import LinearAlgebra
internal import Tasks

/// What one token holds besides its position; nil or empty where it holds nothing of the kind.
struct TokenContent {
  var observation: Observation?
  /// The row of the features of what is seen, in the place of `observation`.
  var feature: Int?
  var action: Int?
  var reward: Float?

  /// The content of a token of a window.
  init(of batch: borrowing ContextBatch, window: Int, token: Int, actionCount: Int) {
    let step = token / batch.tokensPerStep
    let index = batch.index(window: window, step: step)
    if batch.isMasked[index * batch.tokensPerStep + token % batch.tokensPerStep] { return }
    if batch.tokensPerStep == 1 {
      observation = batch.observations[index]
      action = step == 0 ? actionCount : Int(batch.actions[index - 1])
      reward = step == 0 ? nil : batch.rewards[index - 1]
      return
    }
    switch token % 3 {
    case 0: observation = batch.observations[index]
    case 1: action = Int(batch.actions[index])
    default: reward = batch.rewards[index]
    }
  }

  init() {}

  /// Puts the features of a frame in the place of the observation, if the token holds one.
  mutating func see(_ feature: Int) {
    guard observation != nil else { return }
    observation = nil
    self.feature = feature
  }
}

extension EmbeddingParameters {
  /// The rows of which the sum is the embedding of a component.
  fileprivate func rows(of component: UInt8) -> ClosedRange<Int> {
    isOrdinal ? 0...Int(component) : Int(component)...Int(component)
  }
}

enum Embedding {
  /// Overwrites a row of the residual stream with the embedding of a token.
  /// - Parameter features: A row for each frame that contents name.
  static func forward(
    _ content: TokenContent, position: Int, _ p: EmbeddingParameters, features: Matrix?,
    into x: Matrix, row: Int
  ) {
    let start = p.hasPositions ? position : 0
    x[rows: row..<row + 1].copy(from: p.start[rows: start..<start + 1])
    if let feature = content.feature, let features { add(features, feature, 1, to: x, row) }
    if let observation = content.observation {
      for component in p.observations.indices {
        for value in p.rows(of: observation.components[component]) {
          add(p.observations[component], value, 1, to: x, row)
        }
      }
    }
    if let action = content.action { add(p.action, action, 1, to: x, row) }
    if let reward = content.reward {
      add(p.rewardWeight, 0, reward, to: x, row)
      add(p.rewardBias, 0, 1, to: x, row)
    }
  }

  /// Undoes `forward`: adds a row's gradient to those of the embeddings it was made of.
  /// - Parameter dfeatures: Added to, in the rows of the frames that contents name.
  static func backward(
    of content: TokenContent, position: Int, _ dx: Matrix, row: Int, _ d: EmbeddingParameters,
    dfeatures: Matrix?
  ) {
    add(dx, row, 1, to: d.start, d.hasPositions ? position : 0)
    if let feature = content.feature, let dfeatures { add(dx, row, 1, to: dfeatures, feature) }
    if let observation = content.observation {
      for component in d.observations.indices {
        for value in d.rows(of: observation.components[component]) {
          add(dx, row, 1, to: d.observations[component], value)
        }
      }
    }
    if let action = content.action { add(dx, row, 1, to: d.action, action) }
    if let reward = content.reward {
      add(dx, row, reward, to: d.rewardWeight, 0)
      add(dx, row, 1, to: d.rewardBias, 0)
    }
  }

  private static func add(
    _ source: Matrix, _ sourceRow: Int, _ scale: Float, to target: Matrix, _ targetRow: Int
  ) {
    let from = source.row(sourceRow)
    var into = target.mutableRow(targetRow)
    for column in from.indices { into[column] += scale * from[column] }
  }
}
