// A frozen model that acts in many streams at once, each with a context that spans episodes and is
// never reset. When a context is full its older half is dropped, up to an episode's start, and the
// rest is read again as a window of its own: the model meets only windows like those it was trained
// on, and what its cache holds is what a full pass would compute.

public import LinearAlgebra
public import Tasks

/// One finished step of a context.
public struct ContextStep: Equatable, Sendable {
  /// What was seen before the action.
  public let observation: Observation
  /// The action.
  public let action: Int
  /// The reward it gave, as the model is told.
  public let reward: Float
  /// Whether this was the first step of an episode.
  public let startsEpisode: Bool

  /// A step.
  public init(observation: Observation, action: Int, reward: Float, startsEpisode: Bool) {
    self.observation = observation
    self.action = action
    self.reward = reward
    self.startsEpisode = startsEpisode
  }
}

/// Contexts of several streams that fill and roll, with the predictions of a frozen model.
public final class RollingContext {
  /// The logits of the last `predict`: streams × actions.
  public let logits: Matrix

  private let configuration: TransformerConfiguration
  private let cache: TokenCache
  /// The finished steps in each stream's window.
  private var windows: [[ContextStep]]
  /// Whether a stream's cache holds something else than the window, so that all of it must be read.
  private var needsReading: [Bool]

  /// Empty contexts.
  public init(_ parameters: Parameters, streamCount: Int) {
    precondition(streamCount >= 1, "\(streamCount) streams make no prediction")
    configuration = parameters.configuration
    cache = TokenCache(parameters, streamCount: streamCount)
    windows = Array(repeating: [], count: streamCount)
    needsReading = Array(repeating: false, count: streamCount)
    logits = Matrix(rows: streamCount, columns: configuration.interface.actionCount)
  }

  /// The finished steps in a stream's window.
  public func steps(of stream: Int) -> [ContextStep] { windows[stream] }

  /// Puts steps lived elsewhere, such as a demonstration, in front of an empty stream; of too many, the
  /// last that fill a context.
  public func prefill(_ stream: Int, with steps: [ContextStep]) {
    precondition(
      windows[stream].isEmpty, "stream \(stream) has lived \(windows[stream].count) steps")
    windows[stream] = Array(steps.suffix(configuration.contextSteps))
    needsReading[stream] = !windows[stream].isEmpty
  }

  /// Predicts the next action of every stream, into `logits`.
  /// - Parameter observations: What each stream sees now.
  public func predict(_ observations: [Observation]) {
    precondition(
      observations.count == windows.count,
      "\(observations.count) observations for \(windows.count) streams")
    var short: [Int] = []
    var long: [Int: [Int]] = [:]
    for stream in windows.indices {
      if windows[stream].count == configuration.contextSteps { cut(stream) }
      if needsReading[stream] {
        long[windows[stream].count, default: []].append(stream)
      } else {
        short.append(stream)
      }
    }
    read(short.filter { windows[$0].isEmpty }, observations, whole: true)
    read(short.filter { !windows[$0].isEmpty }, observations, whole: false)
    for count in long.keys.sorted() { read(long[count] ?? [], observations, whole: true) }
  }

  /// Adds a finished step to a stream's context.
  public func append(_ step: ContextStep, to stream: Int) { windows[stream].append(step) }

  /// Drops at most the older half of a full window, up to an episode's start: what is left is no shorter
  /// than the part of a sliding training window that counts no predictions.
  private func cut(_ stream: Int) {
    let window = windows[stream]
    let half = window.count - configuration.contextSteps / 2
    let first = window.indices.last { (1...half).contains($0) && window[$0].startsEpisode } ?? half
    windows[stream].removeFirst(first)
    needsReading[stream] = true
  }

  private func read(_ streams: [Int], _ observations: [Observation], whole: Bool) {
    guard !streams.isEmpty else { return }
    if whole { for stream in streams { cache.clear(stream: stream) } }
    let tokens = streams.map { stream in
      let steps = windows[stream]
      let first = whole ? 0 : steps.count
      return (first...steps.count).flatMap { step in
        contents(of: step, in: steps, now: observations[stream])
      }
    }
    cache.append(tokens, to: streams, logits: logits)
    for stream in streams { needsReading[stream] = false }
  }

  /// The tokens up to and with a step's observation that the tokens of earlier steps do not hold.
  private func contents(of step: Int, in steps: [ContextStep], now: Observation) -> [TokenContent] {
    let previous = step > 0 ? steps[step - 1] : nil
    var current = TokenContent()
    current.observation = step < steps.count ? steps[step].observation : now
    if configuration.model.tokensPerStep == 1 {
      current.action = previous?.action ?? configuration.interface.actionCount
      current.reward = previous?.reward
      return [current]
    }
    guard let previous else { return [current] }
    var action = TokenContent()
    action.action = previous.action
    var reward = TokenContent()
    reward.reward = previous.reward
    return [action, reward, current]
  }
}
