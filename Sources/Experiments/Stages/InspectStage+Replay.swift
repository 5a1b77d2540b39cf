// inspect --replay: recorded histories are lived again from their seeds, and every step is compared. Worlds of another
// program, such as Gymnasium's, may not follow from their seeds, which nothing else would tell.

internal import Foundation
internal import LearningHistories
internal import Synchronization
internal import Tasks
internal import TensorFiles

/// Where what was lived again first differs from what was recorded.
struct ReplayDifference: CommandError {
  let place: HistoryPlace
  /// From 0.
  let episode: Int
  /// From 1; nil where the episodes differ in length alone.
  let step: Int?
  let recorded: String
  let now: String
  let environment: String

  var description: String {
    let place =
      step.map { "\(self.place), episode \(episode), step \($0)" }
      ?? "\(self.place), episode \(episode)"
    return
      "\(place) was recorded with \(recorded), and has \(now) when it is lived again: \(environment) does not "
      + "follow from its seed, or was another one then. Recorded histories stay what they are; to record them again "
      + "gives others."
  }

  var exitStatus: ExitStatus { .failure }
}

extension InspectStage {
  /// Lives the histories of a run again, and compares.
  /// - Throws: `ReplayDifference` if a step differs.
  public func replay(workers: Int) throws {
    try requirePath()
    let isRun = FileManager.default.fileExists(atPath: RunFolder(path).configuration)
    let folder = RunFolder(
      isRun ? path : URL(fileURLWithPath: path).deletingLastPathComponent().relativePath)
    let run = Run(
      folder: folder, configuration: try folder.readConfiguration().with(overrides),
      console: console, workers: workers)
    try folder.noteKernels(telling: console)
    let set = try run.checkedSet(in: folder.histories)
    if set.manifest.origin == .imported {
      throw ImportError.cannotLearnAgain(learner: set.manifest.learner.name)
    }
    let again = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-replay-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: again) }
    let collect = run.configuration.collect
    let collector = run.collector(
      set.shards.map(\.task), historiesPerTask: collect.historiesPerTask,
      priorTaskFraction: collect.priorTaskFraction, into: again.path)
    do {
      let line = console.progress("replaying", total: set.episodeCount, unit: "episodes")
      defer { line.finish() }
      try collector.collect(workers: workers) { line.advance(to: $0.episodes) }
    }
    let lived = try HistorySet(reading: again)
    for (recorded, now) in zip(set.histories, lived.histories) {
      if let difference = ReplayDifference.first(of: now, from: recorded, in: run.family.name) {
        throw difference
      }
    }
    console.say(
      "\(folder.histories): \(grouped(set.stepCount)) steps of \(grouped(set.histories.count)) histories, "
        + "lived again, are as they were recorded")
  }
}

extension ReplayDifference {
  /// Where a history that was lived again first differs from the recorded one; nil if it does not.
  static func first(
    of now: History, from recorded: History, in family: String
  ) -> ReplayDifference? {
    func difference(_ episode: Int, _ step: Int?, _ first: String, _ second: String)
      -> ReplayDifference
    {
      ReplayDifference(
        place: HistoryPlace(
          task: recorded.task, learner: recorded.learner, stream: recorded.stream),
        episode: episode, step: step, recorded: first, now: second,
        environment: "a task of \(family)")
    }
    for episode in 0..<recorded.episodeCount {
      let (steps, others) = (recorded.steps(ofEpisode: episode), now.steps(ofEpisode: episode))
      for (step, other) in zip(steps, others) {
        let number = step - steps.lowerBound + 1
        let (seen, seenNow) = (recorded.observation(at: step), now.observation(at: other))
        if seen != seenNow { return difference(episode, number, seen.text, seenNow.text) }
        let (action, actionNow) = (recorded.action(at: step), now.action(at: other))
        if action != actionNow {
          return difference(episode, number, "action \(action)", "action \(actionNow)")
        }
        let (reward, rewardNow) = (recorded.reward(at: step), now.reward(at: other))
        if reward != rewardNow {
          return difference(episode, number, "the reward \(reward)", "\(rewardNow)")
        }
      }
      if steps.count != others.count {
        return difference(episode, nil, "\(steps.count) steps", "\(others.count)")
      }
    }
    return nil
  }
}

extension Observation {
  /// For people, a few of its numbers.
  fileprivate var text: String {
    func few(_ numbers: some Collection<some CustomStringConvertible>) -> String {
      numbers.prefix(8).map(\.description).joined(separator: " ") + (numbers.count > 8 ? " …" : "")
    }
    if !floats.isEmpty { return "the observation \(few(floats))" }
    if !bytes.isEmpty { return "the observation \(few(bytes))" }
    return "the observation \(few((0..<4).map { Int(self[$0]) }))"
  }
}
