// What `distill inspect` says of sets that come from elsewhere, and of sets that an earlier program wrote.

import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `An imported set` {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// One history of each of two tasks, the second copied from the first of its task.
  private func write(_ interface: TaskInterface, _ kind: StepKind) throws {
    let writer = try HistoryWriter(
      HistorySetDescription(
        family: .init(name: "mine", settings: ["level": "2"]), interface: interface,
        split: TaskSplit(training: [TaskID(0), TaskID(1)], heldOut: [TaskID(2)]),
        learner: .init(name: "me", settings: [:]), fingerprint: "f", origin: .imported),
      to: URL(fileURLWithPath: scratch.file("set")))
    for task in [TaskID(0), TaskID(1)] {
      var random = Seed(1).random(for: "lives", task.index)
      var first = RecordedHistory(of: task, interface)
      try first.append(kind.episode(steps: 3, asksExpert: true, using: &random))
      var second = RecordedHistory(of: task, interface, stream: 1, role: .member)
      try second.append(
        kind.episode(steps: 4, asksExpert: true, using: &random),
        parent: HistoryParent(learner: 0, stream: 0, episode: 0))
      try writer.write([first, second])
    }
    try writer.finish()
  }

  @Test func `is inspected with all that is special`() throws {
    let kind = StepKind.factors
    let interface = TaskInterface(
      observationSizes: kind.interface.observationSizes,
      actionFactors: kind.interface.actionFactors, episodeLength: 8, rewards: nil,
      rewardScale: 0.25)
    try write(interface, kind)
    let outcome = try distill("inspect", scratch.file("set"))
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("set: 4 histories of 2 tasks\n"))
    #expect(outcome.output.contains("\n  imported   me on mine (level 2)\n"))
    #expect(
      outcome.output.contains(
        """
        \n  actions    3 × 2 × 4 choices
          rewards    any finite number, read times 0.25
          expert     an expert's action at each step of 2 of 2 shards
          roles      2 behaviour, 2 member
          lineage    copied from another before 2 of 4 episodes
        mean return of an episode, by tenth of the history
        """))
    #expect(
      outcome.output.contains("\nthis program has no worlds of mine to compare it with\n"))
    let shard = try distill("inspect", scratch.file("set/shard-00001.safetensors"))
    #expect(shard.errors == "")
    #expect(shard.output.contains("\n  imported   me on mine\n"))
    #expect(shard.output.contains("\n  lineage    copied from another before 1 of 2 episodes\n"))
  }

  @Test(arguments: [
    (StepKind.floats, "3 floats"), (.tensor, "a tensor of [2, 3] bytes"),
    (.categories, "a tensor of [2, 2] of 7 categories"),
  ]) func `is inspected with what is observed`(kind: StepKind, words: String) throws {
    try write(kind.interface, kind)
    let outcome = try distill("inspect", scratch.file("set"))
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("\n  observed   \(words)\n"))
  }

  @Test(
    .enabled(
      if: Python.canImport("numpy"), "python3 cannot import numpy; name one that can in PYTHON"))
  func `that NumPy wrote is inspected`() throws {
    let document = try String(contentsOfFile: "\(repository)/data/schema.md", encoding: .utf8)
    let chapter = try #require(document.components(separatedBy: "with NumPy\n").last)
    let lines = try #require(chapter.components(separatedBy: "```").dropFirst().first)
    let result = try Python.run(String(lines.dropFirst("python\n".count)), scratch.path)
    #expect(result.status == 0, "\(result.output)")
    let outcome = try distill("inspect", scratch.path)
    #expect(outcome.errors == "")
    #expect(outcome.output.contains(": 12 histories of 3 tasks\n"))
    #expect(outcome.output.contains("\n  imported   me on mine\n"))
    #expect(outcome.output.contains("\n  observed   3 floats\n"))
  }
}

@Suite struct `A set of version 1` {
  @Test func `is inspected as it was by the program that wrote it`() throws {
    let outcome = try distill("inspect", "data/golden/histories-v1")
    #expect(outcome.errors == "")
    #expect(
      outcome.output.hasPrefix(
        """
        data/golden/histories-v1: 6 histories of 2 tasks
          recorded   q-learning (discount 0.9, episodes 80, exploration_fraction 0.8, \
        final_exploration 0.0, initial_exploration 1.0, initial_value 0.0, learning_rate 0.5, \
        remembers_rewards false) on dark-room (episode_length 5, size 3)
          size       480 episodes, 2,400 steps, 16,160 bytes in 2 shards
          split      2 training, 1 validation, 2 held-out tasks of seed 5
          whole      all checksums agree
        mean return of an episode, by tenth of the history
                           1.     2.     3.     4.     5.     6.     7.     8.     9.    10. \
        random   best  share
        all tasks        0.50   0.50   1.35   1.48   1.50   2.00   2.27   2.90   3.00   3.00   \
        0.53   4.50 66.7 %

        """))
  }
}
