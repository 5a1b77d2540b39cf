// Draws training windows from histories. What a window holds follows from its identity (seed,
// update, place in the batch) alone, so that training can be resumed or spread at will.

public import LearningHistories
public import Randomness
internal import Tasks

/// The episodes of histories that a model may see.
public enum EpisodeSelection: Sendable, Equatable {
  /// All of them, one in `subsampling` for each window: learning as it went.
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
      A history of task \(task) has \(steps) steps left after subsampling, but a window needs \
      \(needed). Collect longer histories, or lower context.steps or context.episode_subsampling.
      """
    }
  }
}

/// Draws windows, each from one history, so that a window never mixes tasks.
public struct WindowSampler: Sendable {
  private let histories: [History]
  private let settings: ContextSettings
  private let stride: Int
  /// The first episodes of each history that windows may begin with: those from which on it fills one.
  private let firstEpisodes: [[Int]]

  /// A sampler over histories.
  /// - Throws: `ContextError` if a history cannot fill a window, whichever episode it begins with.
  public init(
    histories: [History], settings: ContextSettings, selection: EpisodeSelection
  ) throws(ContextError) {
    guard !histories.isEmpty else { throw .noHistories }
    self.histories = histories
    self.settings = settings
    var firstEpisodes: [[Int]]
    switch selection {
    case .learning(let subsampling):
      stride = subsampling
      firstEpisodes = histories.map { _ in Array(0..<subsampling) }
    case .converged(let lastFraction):
      stride = 1
      firstEpisodes = histories.map { history in
        [
          history.episodeCount
            - EpisodeSelection.convergedCount(
              ofEpisodes: history.episodeCount, lastFraction: lastFraction)
        ]
      }
    }
    let stride = stride
    for index in histories.indices {
      let steps = firstEpisodes[index].map {
        Self.stepsAvailable(in: histories[index], from: $0, every: stride)
      }
      guard let most = steps.max(), most >= settings.steps else {
        throw .historyTooShort(
          task: histories[index].task.index, steps: steps.max() ?? 0, needed: settings.steps)
      }
      firstEpisodes[index] = zip(firstEpisodes[index], steps)
        .filter { $0.1 >= settings.steps }.map(\.0)
    }
    self.firstEpisodes = firstEpisodes
    for history in histories { history.expectRandomReads() }
  }

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

  private func draw(_ window: Int, of batch: inout ContextBatch, using random: inout Random) {
    let index = random.below(histories.count)
    let phase = firstEpisodes[index][random.below(firstEpisodes[index].count)]
    switch settings.windows {
    case .fromStartAndSliding:
      let isFromStart = random.chance(Float(settings.fromStartFraction))
      let last = lastStart(in: index, phase: phase)
      let episode = isFromStart ? phase : phase + stride * random.below(last + 1)
      copy(index, from: episode, skipping: 0, to: window, of: &batch) { step in
        isFromStart || step >= settings.steps / 2 ? 1 : 0
      }
    case .uniform:
      let start = random.below(
        Self.stepsAvailable(in: histories[index], from: phase, every: stride) - settings.steps + 1)
      copy(index, from: phase, skipping: start, to: window, of: &batch) { _ in 1 }
    }
  }

  /// Copies the steps of every `stride`-th episode of a history, from an episode on, without the
  /// first `skipping` of them.
  private func copy(
    _ index: Int, from first: Int, skipping: Int, to window: Int, of batch: inout ContextBatch,
    weight: (Int) -> Float
  ) {
    let history = histories[index]
    var skipped = 0
    var step = 0
    var episode = first
    while step < settings.steps {
      for source in history.steps(ofEpisode: episode) {
        if skipped < skipping {
          skipped += 1
          continue
        }
        guard step < settings.steps else { return }
        batch.set(
          window: window, step: step, observation: history.observation(at: source),
          action: history.action(at: source), reward: history.reward(at: source),
          lossWeight: weight(step))
        step += 1
      }
      episode += stride
    }
  }

  private static func stepsAvailable(
    in history: History, from first: Int, every stride: Int
  ) -> Int {
    Swift.stride(from: first, to: history.episodeCount, by: stride)
      .reduce(0) { $0 + history.steps(ofEpisode: $1).count }
  }

  /// The number of the last kept episode that a whole window can begin at.
  private func lastStart(in index: Int, phase: Int) -> Int {
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
