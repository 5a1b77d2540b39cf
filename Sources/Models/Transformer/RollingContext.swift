// A frozen model that acts in many streams at once, each with a context that spans episodes and is
// never reset. When a context is full its oldest part is dropped, up to an episode's start, and the
// rest is read again as a window of its own: the model meets only windows like those it was trained
// on, and what its cache holds is what a full pass would compute.

public import LinearAlgebra
public import Tasks

/// Contexts of several streams that fill and roll, with the predictions of a frozen model.
public final class RollingContext: ActingContext {
  /// The predictions of the last `predict`: streams × `predictionCount`.
  public let logits: Matrix

  private let configuration: ModelConfiguration
  private let keptSteps: Int
  private let cache: TokenCache
  private let frames: FrameFeatures?
  /// The finished steps in each stream's window.
  private var windows: [[ContextStep]]
  /// Whether a stream's cache holds something else than the window, so that all of it must be read.
  private var needsReading: [Bool]
  /// What each stream saw when it was last predicted for.
  private var seen: [Observation]

  /// Empty contexts.
  /// - Parameters:
  ///   - droppedFraction: The greatest share of a full context that is dropped at once, above 0 and up to a half; a
  ///     step at least. Less keeps more in mind, and reads more again.
  ///   - renderer: Draws what is seen, where that is made of bytes.
  public init(
    _ parameters: Parameters, streamCount: Int, droppedFraction: Double = 0.5,
    renderer: (any Renderer)? = nil
  ) {
    precondition(streamCount >= 1, "\(streamCount) streams make no prediction")
    precondition(
      droppedFraction > 0 && droppedFraction <= 0.5, "a dropped fraction of \(droppedFraction)")
    configuration = parameters.configuration
    // Of an odd number of steps, halves keep the smaller one.
    keptSteps = min(
      configuration.contextSteps - 1,
      Int((1 - droppedFraction) * Double(configuration.contextSteps)))
    let packed = Parameters(packing: parameters)
    frames = FrameFeatures(
      packed, streamCount: streamCount, framesPerStream: configuration.contextSteps,
      renderer: renderer)
    cache = TokenCache(packed, streamCount: streamCount)
    windows = Array(repeating: [], count: streamCount)
    needsReading = Array(repeating: false, count: streamCount)
    seen = Array(repeating: .empty, count: streamCount)
    logits = Matrix(rows: streamCount, columns: configuration.predictionCount)
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
    for (step, lived) in windows[stream].enumerated() {
      frames?.see([lived.observation], as: [(stream, step)])
    }
  }

  public func predict(_ observations: [Observation], in streams: [Int]) {
    precondition(
      observations.count == streams.count,
      "\(observations.count) observations for \(streams.count) streams")
    for stream in streams where windows[stream].count == configuration.contextSteps { cut(stream) }
    frames?.see(observations, as: streams.map { ($0, windows[$0].count) })
    for (stream, observation) in zip(streams, observations) { seen[stream] = observation }
    read(streams.filter { windows[$0].isEmpty }, whole: true)
    read(streams.filter { !windows[$0].isEmpty && !needsReading[$0] }, whole: false)
    let long = streams.filter { needsReading[$0] }
    for count in Set(long.map { windows[$0].count }).sorted() {
      read(long.filter { windows[$0].count == count }, whole: true)
    }
  }

  public func append(_ step: ContextStep, to stream: Int) { windows[stream].append(step) }

  public func clear(_ stream: Int) {
    windows[stream].removeAll()
    needsReading[stream] = false
  }

  /// Drops at most the oldest part of a full window, up to an episode's start: what is left is no shorter
  /// than the part of a sliding training window that counts no predictions.
  private func cut(_ stream: Int) {
    let window = windows[stream]
    let most = window.count - keptSteps
    let first = window.indices.last { (1...most).contains($0) && window[$0].startsEpisode } ?? most
    windows[stream].removeFirst(first)
    frames?.dropFirst(first, of: stream, keeping: windows[stream].count)
    needsReading[stream] = true
  }

  private func read(_ streams: [Int], whole: Bool) {
    guard !streams.isEmpty else { return }
    if whole { for stream in streams { cache.clear(stream: stream) } }
    var tokens: [TokenContent] = []
    for stream in streams {
      let steps = windows[stream]
      for step in (whole ? 0 : steps.count)...steps.count {
        appendContents(of: step, in: steps, now: seen[stream], to: &tokens)
        if let frames { tokens[tokens.count - 1].see(frames.row(of: stream, step)) }
      }
    }
    cache.append(
      tokens, count: tokens.count / streams.count, to: streams, features: frames?.features,
      logits: logits)
    for stream in streams { needsReading[stream] = false }
  }

  /// Adds the tokens up to and with a step's observation that the tokens of earlier steps do not hold.
  private func appendContents(
    of step: Int, in steps: [ContextStep], now: Observation, to tokens: inout [TokenContent]
  ) {
    let previous = step > 0 ? steps[step - 1] : nil
    let seen = step < steps.count ? steps[step].observation : now
    if configuration.model.tokensPerStep == 1 {
      tokens.append(TokenContent(StepInput(observation: seen, after: previous)))
      return
    }
    if let previous {
      tokens.append(TokenContent(action: previous.action))
      tokens.append(TokenContent(reward: previous.reward))
    }
    tokens.append(TokenContent(observation: seen))
  }
}
