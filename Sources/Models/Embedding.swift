// From a batch to the rows of the residual stream, and back to the gradients of the embeddings.
//
// One token per step:    x = Σⱼ E_observation,ⱼ[oⱼ] + E_action[previous] + previous reward · s · w + b + P
// A recurrent model:     the same, as wide as its gates, with their bias in the place of P
// Three tokens per step: Σⱼ E_observation,ⱼ[oⱼ] + P, then E_action[a] + P, then r · s · w + b + P
// s is the interface's `rewardScale`, which is a part of the model's configuration and so of its file.
// Of an action of several factors, E_action[a] is the sum of a row for its choice in each of them.
// Of ordinal observations, E_observation,ⱼ[oⱼ] is the sum of rows 0 to oⱼ (a thermometer code).
// Where anything else than cells is seen (a picture, a vector, categories), what a network makes of it stands in the
// place of Σⱼ E_observation,ⱼ[oⱼ].
// The content of a masked token is left out; its position stays.

internal import Contexts
internal import LinearAlgebra
internal import Tasks

/// What one token holds besides its position; nil where it holds nothing of the kind.
struct TokenContent {
  var observation: Observation?
  /// The row of the features of what is seen, in the place of `observation`.
  var feature: Int?
  var action: Int?
  var reward: Float?

  /// In the place of an action: there was none.
  static let noAction = -1

  init(observation: Observation? = nil, action: Int? = nil, reward: Float? = nil) {
    self.observation = observation
    self.action = action
    self.reward = reward
  }

  /// The one token of a step.
  init(_ input: StepInput) {
    self.init(
      observation: input.observation, action: input.previous?.action ?? Self.noAction,
      reward: input.previous?.reward)
  }

  /// The content of a token of a window.
  init(of batch: borrowing ContextBatch, window: Int, token: Int) {
    let step = token / batch.tokensPerStep
    let index = batch.index(window: window, step: step)
    if batch.isMasked[index * batch.tokensPerStep + token % batch.tokensPerStep] {
      self.init()
    } else if batch.tokensPerStep == 1 {
      self.init(
        StepInput(
          observation: batch.observations[index],
          previous: step == 0
            ? nil : (Int(batch.actions[index - 1]), batch.rewards[index - 1])))
    } else {
      switch token % 3 {
      case 0: self.init(observation: batch.observations[index])
      case 1: self.init(action: Int(batch.actions[index]))
      default: self.init(reward: batch.rewards[index])
      }
    }
  }

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

  /// Calls `body` with the rows of which the sum is the embedding of an action, or of there being none.
  fileprivate func forEachRow(ofAction action: Int, _ body: (Int) -> Void) {
    // The row after those of all choices.
    if action == TokenContent.noAction { return body(self.action.rows - 1) }
    choices.forEachRow(of: action, body)
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
    if let action = content.action {
      p.forEachRow(ofAction: action) { add(p.action, $0, 1, to: x, row) }
    }
    if let reward = content.reward {
      add(p.rewardWeight, 0, reward * p.rewardScale, to: x, row)
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
    if let action = content.action {
      d.forEachRow(ofAction: action) { add(dx, row, 1, to: d.action, $0) }
    }
    if let reward = content.reward {
      add(dx, row, reward * d.rewardScale, to: d.rewardWeight, 0)
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
