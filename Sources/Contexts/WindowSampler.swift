// Draws training windows from histories. What a window holds follows from its identity (seed,
// update, place in the batch) alone, so that training can be resumed or spread at will.

public import LearningHistories
public import Randomness
internal import Tasks

/// The episodes of histories that a model may see.
public enum EpisodeSelection: Sendable, Equatable {
  /// All of them, one in `subsampling` for each window, more where that would not fill it: learning as it went.
  case learning(subsampling: Int)
  /// The last share of each history, every episode: the converged expert.
  case converged(lastFraction: Double)

  /// How many of a history's episodes are its converged ones; at least one.
  public static func convergedCount(ofEpisodes episodes: Int, lastFraction: Double) -> Int {
    max(1, Int((Double(episodes) * lastFraction).rounded()))
  }
}

/// Why windows cannot be drawn.
public enum ContextError: Error, Equatable, CustomStringConvertible {
  /// There is no history to draw from.
  case noHistories
  /// A history has too few steps for one window.
  case historyTooShort(task: Int, steps: Int, needed: Int)

  /// What to do about it.
  public var description: String {
    switch self {
    case .noHistories:
      "There is no history of a training task. Collect some with `distill collect`."
    case .historyTooShort(let task, let steps, let needed):
      """
      A history of task \(task) has \(steps) steps to make windows of, but a window needs \(needed). \
      Collect longer histories, lower context.steps, or raise ed.last_fraction if it is for ED.
      """
    }
  }
}

/// Draws windows, each from one history, so that a window never mixes tasks.
public struct WindowSampler: Sendable {
  private let histories: [History]
  private let settings: ContextSettings
  private let selection: EpisodeSelection
  /// Which of each history's episodes windows are made of; each window draws one.
  private let choices: [[EpisodeChoice]]

  /// A sampler over histories.
  /// - Throws: `ContextError` if a history cannot fill a window, whichever of its episodes are kept.
  public init(
    histories: [History], settings: ContextSettings, selection: EpisodeSelection
  ) throws(ContextError) {
    guard !histories.isEmpty else { throw .noHistories }
    self.histories = histories
    self.settings = settings
    self.selection = selection
    var choices: [[EpisodeChoice]] = []
    for history in histories {
      let fastest = try EpisodeChoice(from: history, selection, filling: settings.steps)
      choices.append(settings.variesSubsampling ? fastest.slower() : [fastest])
    }
    self.choices = choices
    for history in histories { history.expectRandomReads() }
  }

  /// A sampler of windows alike of other histories, with no token hidden: for measuring a model, not for training it.
  /// - Returns: Nil if none of them fills a window; those that do not are left out.
  public func measuring(_ histories: [History]) -> WindowSampler? {
    var settings = settings
    settings.maskProbability = 0
    let filling = histories.filter {
      (try? EpisodeChoice(from: $0, selection, filling: settings.steps)) != nil
    }
    return try? WindowSampler(histories: filling, settings: settings, selection: selection)
  }

  /// The number of histories that windows are drawn from.
  public var historyCount: Int { histories.count }

  /// Fills a batch with the windows of an update.
  /// - Parameters:
  ///   - batch: Overwritten; its windows have `settings.steps` steps.
  ///   - update: The update's number: other updates draw other windows.
  ///   - seed: The training seed.
  public func fill(_ batch: inout ContextBatch, update: Int, seed: Seed) {
    precondition(
      batch.stepCount == settings.steps,
      "a batch of \(batch.stepCount) steps cannot take windows of \(settings.steps)")
    for window in 0..<batch.windowCount {
      var random = seed.random(for: "window", update, window)
      draw(window, of: &batch, using: &random)
      guard settings.maskProbability > 0 else { continue }
      for token in 0..<batch.tokenCount where random.chance(Float(settings.maskProbability)) {
        batch.mask(window: window, token: token)
      }
    }
  }

  /// Has the system begin to read the windows of an update from the disk, all at once: windows that are drawn one after
  /// the other each wait for it.
  public func willFill(windowCount: Int, update: Int, seed: Seed) {
    for window in 0..<windowCount {
      var random = seed.random(for: "window", update, window)
      let place = place(using: &random)
      forEachStretch(of: place) { histories[place.history].willRead($0) }
    }
  }

  /// Where a window lies in the histories.
  private struct Place {
    let history: Int
    /// Every `stride`-th episode, from this one on.
    let firstEpisode: Int
    let stride: Int
    /// How many of their steps come before the window.
    let skippedSteps: Int
    /// Whether the loss counts all of its steps, or the second half alone.
    let countsAll: Bool
  }

  private func place(using random: inout Random) -> Place {
    let index = random.below(histories.count)
    let speeds = choices[index]
    let choice = speeds[speeds.count > 1 ? random.below(speeds.count) : 0]
    let phase = choice.firstEpisodes[random.below(choice.firstEpisodes.count)]
    let stride = choice.stride
    switch settings.windows {
    case .fromStartAndSliding:
      let isFromStart = random.chance(Float(settings.fromStartFraction))
      let last = lastStart(in: index, phase: phase, every: stride)
      let episode = isFromStart ? phase : phase + stride * random.below(last + 1)
      return Place(
        history: index, firstEpisode: episode, stride: stride, skippedSteps: 0,
        countsAll: isFromStart)
    case .uniform:
      let steps = histories[index].stepCount(from: phase, every: stride)
      return Place(
        history: index, firstEpisode: phase, stride: stride,
        skippedSteps: random.below(steps - settings.steps + 1), countsAll: true)
    }
  }

  private func draw(_ window: Int, of batch: inout ContextBatch, using random: inout Random) {
    let place = place(using: &random)
    let history = histories[place.history]
    var step = 0
    forEachStretch(of: place) { steps in
      for source in steps {
        batch.set(
          window: window, step: step, observation: history.observation(at: source),
          action: history.action(at: source), reward: history.reward(at: source),
          lossWeight: place.countsAll || step >= settings.steps / 2 ? 1 : 0)
        step += 1
      }
    }
  }

  /// The steps of a window, an episode's at a time.
  private func forEachStretch(of place: Place, _ body: (Range<Int>) -> Void) {
    let history = histories[place.history]
    var (left, skipped) = (settings.steps, place.skippedSteps)
    var episode = place.firstEpisode
    while left > 0 {
      let lived = history.steps(ofEpisode: episode)
      let steps = lived.dropFirst(skipped).prefix(left)
      skipped -= min(skipped, lived.count)
      if !steps.isEmpty { body(steps) }
      left -= steps.count
      episode += place.stride
    }
  }

  /// The number of the last kept episode that a whole window can begin at.
  private func lastStart(in index: Int, phase: Int, every stride: Int) -> Int {
    let history = histories[index]
    var needed = settings.steps
    var episode = phase + (history.episodeCount - 1 - phase) / stride * stride
    while episode > phase {
      needed -= history.steps(ofEpisode: episode).count
      if needed <= 0 { break }
      episode -= stride
    }
    return (episode - phase) / stride
  }
}

/// Which episodes of a history windows are made of: every `stride`-th, from one of some on.
private struct EpisodeChoice {
  let stride: Int
  /// Those from which on the history fills a window.
  let firstEpisodes: [Int]

  /// A choice; of a history whose episodes are too short for it, more are kept than was asked for.
  init(
    from history: History, _ selection: EpisodeSelection, filling steps: Int
  ) throws(ContextError) {
    let greatestStride: Int
    let first: Int
    switch selection {
    case .learning(let subsampling): (greatestStride, first) = (subsampling, 0)
    case .converged(let lastFraction):
      greatestStride = 1
      first =
        history.episodeCount
        - EpisodeSelection.convergedCount(
          ofEpisodes: history.episodeCount, lastFraction: lastFraction)
    }
    for stride in (1...greatestStride).reversed() {
      let filling = (first..<min(first + stride, history.episodeCount)).filter {
        history.stepCount(from: $0, every: stride) >= steps
      }
      guard filling.isEmpty else {
        (self.stride, firstEpisodes) = (stride, filling)
        return
      }
    }
    throw .historyTooShort(
      task: history.task.index, steps: history.stepCount(from: first, every: 1), needed: steps)
  }

  private init(stride: Int, firstEpisodes: [Int]) {
    self.stride = stride
    self.firstEpisodes = firstEpisodes
  }

  /// The choice and all that keep more episodes, which fill a window from the same episodes on.
  func slower() -> [EpisodeChoice] {
    let first = firstEpisodes[0]
    return (1...stride).map { stride in
      EpisodeChoice(
        stride: stride, firstEpisodes: firstEpisodes.filter { $0 < first + stride })
    }
  }
}

extension History {
  /// The steps of every `stride`-th episode.
  fileprivate func stepCount(from first: Int, every stride: Int) -> Int {
    Swift.stride(from: first, to: episodeCount, by: stride)
      .reduce(0) { $0 + steps(ofEpisode: $1).count }
  }
}
