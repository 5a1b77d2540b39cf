// A step as models meet it: finished, as a context holds it; and before its action, as a model reads it. The tokens
// that a model makes of either stand in Embedding.swift.

public import Tasks

/// One finished step of a context.
public struct ContextStep: Equatable, Sendable {
  /// What was seen before the action.
  public let observation: Observation
  public let action: Int
  /// The reward it gave, as the model is told.
  public let reward: Float
  /// Whether this was the first step of an episode.
  public let startsEpisode: Bool

  public init(observation: Observation, action: Int, reward: Float, startsEpisode: Bool) {
    self.observation = observation
    self.action = action
    self.reward = reward
    self.startsEpisode = startsEpisode
  }
}

/// What a model that makes one token of a step reads before the step's action.
package struct StepInput: Sendable {
  /// What is seen.
  package var observation: Observation
  /// The action before and the reward it gave; nil where none is remembered.
  package var previous: (action: Int, reward: Float)?

  package init(observation: Observation, previous: (action: Int, reward: Float)?) {
    self.observation = observation
    self.previous = previous
  }

  /// What is read after a finished step, or first of all.
  init(observation: Observation, after last: ContextStep?) {
    self.init(observation: observation, previous: last.map { ($0.action, $0.reward) })
  }
}
