// A frozen model as an agent for any loop: it is told what is seen and what was earned, says what to do, and remembers.
// Rollouts act through it too, so that another loop comes to the same predictions, to the bit.
//
//   let agent = try InContextAgent(reading: url)
//   while true {
//     let action = try agent.act(on: observation)
//     …
//     try agent.observe(reward: reward, endsEpisode: isOver)
//   }

public import Foundation
internal import Learning
internal import LearningHistories
internal import LinearAlgebra
public import Models
public import Randomness
public import Tasks

/// How a model's predictions become actions.
public struct ActingSettings: Sendable, Equatable {
  /// Divides the logits before an action is drawn; 1 acts as the model predicts. Above 0.
  public var temperature = 1.0
  /// ε, the probability of an action at random, where a model predicts the values of actions, and not which is
  /// taken; otherwise the action of the greatest value.
  public var exploration = 0.0
  /// The greatest share of a full context that a transformer drops at once, above 0 and up to a half.
  public var droppedFraction = 0.5

  /// Actions as predicted, without exploration.
  public init() {}
}

/// A frozen model that acts in one stream or in several, each with a context of its own.
///
/// Per stream, `act` and `observe` alternate. Streams need not act together; those that do share the model's matrices,
/// which is faster and changes no bit of any prediction.
public final class InContextAgent {
  /// What the model is, what it sees and what it can do.
  public let configuration: ModelConfiguration
  public let streamCount: Int
  private let settings: ActingSettings
  private let context: any ActingContext
  private let policy: FactoredPolicy
  private var randoms: [Random]
  /// What each stream saw and did in a step whose reward is not known yet.
  private var pending: [(observation: Observation, action: Int)?]
  private var startsEpisode: [Bool]
  private var weights: [Float]

  /// An agent of a model file, such as `models/ad/seed-0/model.safetensors`.
  /// - Parameters:
  ///   - streams: How many contexts it keeps.
  ///   - seed: What the draws of actions follow from.
  ///   - renderer: The family's, of a model that sees what is drawn.
  /// - Throws: `CheckpointError` if the file is missing, damaged or no model.
  public convenience init(
    reading url: URL, streams: Int = 1, seed: Seed = Seed(0),
    settings: ActingSettings = ActingSettings(), renderer: (any Renderer)? = nil
  ) throws(CheckpointError) {
    self.init(
      try Checkpoint.read(url), randoms: (0..<streams).map { seed.random(for: "agent", $0) },
      settings: settings, renderer: renderer)
  }

  /// An agent with a chance of its own for each stream.
  /// - Parameter parameters: The model; only read.
  /// - Precondition: There is a stream, the temperature is positive, and a model that sees what is drawn has a renderer.
  public init(
    _ parameters: Parameters, randoms: [Random], settings: ActingSettings = ActingSettings(),
    renderer: (any Renderer)? = nil
  ) {
    precondition(!randoms.isEmpty, "an agent of \(randoms.count) streams")
    precondition(settings.temperature > 0, "a temperature of \(settings.temperature)")
    precondition(
      (0...1).contains(settings.exploration), "an exploration of \(settings.exploration)")
    configuration = parameters.configuration
    streamCount = randoms.count
    self.settings = settings
    self.randoms = randoms
    context = parameters.makeContext(
      streamCount: randoms.count, droppedFraction: settings.droppedFraction, renderer: renderer)
    policy = FactoredPolicy(factors: configuration.predictedFactors)
    pending = Array(repeating: nil, count: randoms.count)
    startsEpisode = Array(repeating: true, count: randoms.count)
    weights = [Float](repeating: 0, count: configuration.predictionCount)
  }

  /// Chooses the next action of streams.
  /// - Parameters:
  ///   - observations: What each of `streams` sees now.
  ///   - streams: Which act, each once; all of them if nil.
  /// - Returns: An action for each, in 0 ..< `configuration.interface.actionCount`.
  /// - Throws: `AgentError` if an observation is none that the model can see, or what the model predicts of one is no
  ///   number; then no stream has acted.
  /// - Precondition: None of them waits for a reward.
  public func act(
    on observations: [Observation], in streams: [Int]? = nil
  ) throws(AgentError) -> [Int] {
    let streams = streams ?? Array(0..<streamCount)
    precondition(
      observations.count == streams.count,
      "\(observations.count) observations for \(streams.count) streams")
    for (stream, observation) in zip(streams, observations) {
      precondition(pending[stream] == nil, "stream \(stream) acts again before it observed")
      if let misfit = configuration.interface.misfit(of: observation) {
        throw AgentError(stream: stream, misfit)
      }
    }
    return try choose(on: observations, in: streams)
  }

  /// As `act`, of observations that are known to fit.
  func choose(
    on observations: [Observation], in streams: [Int]
  ) throws(AgentError) -> [Int] {
    context.predict(observations, in: streams)
    // Looked at before any stream has acted.
    for stream in streams {
      let row = context.logits.row(stream)
      for index in row.indices where !row[index].isFinite { throw .notFinite(stream: stream) }
    }
    return zip(streams, observations).map { stream, observation in
      weigh(context.logits.row(stream))
      let action = policy.draw(from: weights.span, using: &randoms[stream])
      pending[stream] = (observation, action)
      return action
    }
  }

  /// What was predicted for a stream when it acted last: logits, factor after factor, or values of actions.
  public func predictions(of stream: Int = 0) -> [Float] {
    let row = context.logits.row(stream)
    return row.indices.map { row[$0] }
  }

  /// Tells a stream what its action gave.
  /// - Parameters:
  ///   - reward: As the task gave it: the model applies its own scale.
  ///   - endsEpisode: Whether the episode is over, for good or for want of steps. The context goes on.
  /// - Throws: `AgentError` if the reward is not finite.
  /// - Precondition: The stream has acted since.
  public func observe(
    reward: Float, endsEpisode: Bool, in stream: Int = 0
  ) throws(AgentError) {
    guard reward.isFinite else {
      throw .misfit(
        stream: stream, what: "the reward", expected: "a finite number", found: "\(reward)")
    }
    finish(stream, reward: reward, endsEpisode: endsEpisode)
  }

  /// As `observe`, of a reward that is known to be finite.
  /// - Returns: The step, as the context holds it.
  @discardableResult
  func finish(_ stream: Int, reward: Float, endsEpisode: Bool) -> ContextStep {
    guard let (observation, action) = pending[stream] else {
      preconditionFailure("stream \(stream) observes the reward \(reward), but has not acted")
    }
    let step = ContextStep(
      observation: observation, action: action, reward: reward,
      startsEpisode: startsEpisode[stream])
    context.append(step, to: stream)
    pending[stream] = nil
    startsEpisode[stream] = endsEpisode
    return step
  }

  /// Whether a stream has acted and waits to be told what that gave.
  public func isWaiting(_ stream: Int = 0) -> Bool { pending[stream] != nil }

  /// Empties a stream's context, for another task.
  /// - Parameter random: What its draws follow from then; its chance goes on if nil.
  public func reset(_ stream: Int = 0, drawing random: Random? = nil) {
    context.clear(stream)
    pending[stream] = nil
    startsEpisode[stream] = true
    if let random { randoms[stream] = random }
  }

  /// Puts steps of whole episodes in front of an empty stream: a demonstration on the same task. A transformer keeps the
  /// last steps that fill its context. `History.contextSteps(ofEpisodes:)` makes such steps of recorded episodes.
  /// - Throws: `AgentError` if a step is none that the model can see; then nothing is put there.
  /// - Precondition: The stream has not acted since it was made or reset.
  public func prompt(with steps: [ContextStep], in stream: Int = 0) throws(AgentError) {
    let interface = configuration.interface
    for step in steps {
      let misfit =
        interface.misfit(of: step.observation) ?? interface.misfit(ofAction: step.action)
      if let misfit { throw AgentError(stream: stream, misfit) }
      guard step.reward.isFinite else {
        throw .misfit(
          stream: stream, what: "the reward", expected: "a finite number", found: "\(step.reward)")
      }
    }
    prompt(stream, with: steps)
  }

  /// As `prompt`, of steps that are known to fit.
  func prompt(_ stream: Int, with steps: [ContextStep]) { context.prefill(stream, with: steps) }

  /// Overwrites `weights`, to which the probabilities of each factor's choices are proportional.
  private func weigh(_ values: Span<Float>) {
    for choices in policy.parts {
      var best = choices.lowerBound
      for index in choices where values[index] > values[best] { best = index }
      for index in choices {
        weights[index] =
          configuration.predicts == .actionValues
          ? Float(settings.exploration) / Float(choices.count)
          : exponential((values[index] - values[best]) / Float(settings.temperature))
      }
      if configuration.predicts == .actionValues {
        weights[best] += Float(1 - settings.exploration)
      }
    }
  }
}

extension InContextAgent {
  /// Chooses the next action of an agent's only stream.
  /// - Throws: `AgentError` if the observation is none that the model can see.
  /// - Precondition: There is one stream, and it does not wait for a reward.
  public func act(on observation: Observation) throws(AgentError) -> Int {
    precondition(streamCount == 1, "one observation for \(streamCount) streams")
    return try act(on: [observation], in: [0])[0]
  }
}

/// Why an agent cannot act.
public enum AgentError: Error, Equatable, CustomStringConvertible {
  /// It was told something that no task of its model has: `what` is such as `the observed component 0 with`.
  case misfit(stream: Int, what: String, expected: String, found: String)
  /// The model's predictions are no numbers.
  case notFinite(stream: Int)

  init(stream: Int, _ misfit: Misfit) {
    self = .misfit(
      stream: stream, what: misfit.what, expected: misfit.expected, found: misfit.found)
  }

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .misfit(let stream, let what, let expected, let found):
      "Stream \(stream) was told \(what) \(found), expected \(expected). "
        + "Give what the tasks give that the model was trained on."
    case .notFinite(let stream):
      "What the model predicts for stream \(stream) is not a finite number: its weights, or the numbers it was told, are too "
        + "large. Train the model again with a lower learning rate, or give smaller numbers."
    }
  }
}
