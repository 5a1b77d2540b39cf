// What a transformer attends to in what it has lived through: how much of its attention goes to some of it, beside
// how much would if it attended to everything alike.

public import Contexts
public import LinearAlgebra
public import Models

/// A part of a window of steps.
public enum AttendedPart: String, CaseIterable, Sendable {
  /// The episodes before the one that is lived.
  case earlierEpisodes = "earlier-episodes"
  /// Tokens that tell of a reward.
  case rewards
  /// Tokens that begin an episode.
  case starts
}

/// Steps that a model lived through, as one window of its context.
public struct AttendedWindow: Sendable {
  public let steps: [ContextStep]
  /// How many tokens the model makes of each.
  public let tokensPerStep: Int
  /// The number of the episode of each step, from 0.
  private let episodes: [Int]

  /// A window.
  /// - Parameter steps: As many as the model's context holds.
  public init(_ steps: [ContextStep], tokensPerStep: Int) {
    precondition(
      !steps.isEmpty && (tokensPerStep == 1 || tokensPerStep == 3),
      "\(steps.count) steps of \(tokensPerStep) tokens are no window")
    self.steps = steps
    self.tokensPerStep = tokensPerStep
    var episode = 0
    episodes = steps.indices.map { index in
      if index > 0 && steps[index].startsEpisode { episode += 1 }
      return episode
    }
  }

  public var tokenCount: Int { steps.count * tokensPerStep }

  /// The number of a token's episode, from 0.
  public func episode(of token: Int) -> Int { episodes[token / tokensPerStep] }

  /// Whether a token tells the model of a reward: one of its own, or of three that of its step, otherwise that of the
  /// step before.
  public func tellsOfReward(_ token: Int) -> Bool {
    let step = token / tokensPerStep
    if tokensPerStep == 3 { return token % 3 == 2 && steps[step].reward > 0 }
    return step > 0 && steps[step - 1].reward > 0
  }

  /// Whether a token is the first of an episode.
  public func startsEpisode(_ token: Int) -> Bool {
    token % tokensPerStep == 0 && steps[token / tokensPerStep].startsEpisode
  }

  private func holds(_ part: AttendedPart, _ token: Int, seenFrom query: Int) -> Bool {
    switch part {
    case .earlierEpisodes: episode(of: token) < episode(of: query)
    case .rewards: tellsOfReward(token)
    case .starts: startsEpisode(token)
    }
  }

  /// Of the tokens at which an action is predicted, from the second episode on: the mean of the attention that goes to
  /// a part, and the mean of the part's share of the tokens there are to attend to.
  /// - Parameter weights: Of a head, tokens × tokens.
  /// - Returns: Nil if there is but one episode.
  public func shares(of part: AttendedPart, in weights: Matrix) -> (attended: Double, even: Double)?
  {
    precondition(
      weights.rows == tokenCount && weights.columns == tokenCount,
      "attention of \(weights.rows) × \(weights.columns) in a window of \(tokenCount) tokens")
    let queries = stride(from: 0, to: tokenCount, by: tokensPerStep).filter {
      episode(of: $0) > 0
    }
    guard !queries.isEmpty else { return nil }
    var (attended, even) = (0.0, 0.0)
    for query in queries {
      let tokens = (0...query).filter { holds(part, $0, seenFrom: query) }
      attended += tokens.reduce(0) { $0 + Double(weights[query, $1]) }
      even += Double(tokens.count) / Double(query + 1)
    }
    return (attended / Double(queries.count), even / Double(queries.count))
  }

  /// The window as a batch of one.
  public var batch: ContextBatch {
    var batch = ContextBatch(
      windowCount: 1, stepCount: steps.count, tokensPerStep: tokensPerStep)
    for (index, step) in steps.enumerated() {
      batch.set(
        window: 0, step: index, observation: step.observation, action: step.action,
        reward: step.reward, lossWeight: 1)
    }
    return batch
  }
}
