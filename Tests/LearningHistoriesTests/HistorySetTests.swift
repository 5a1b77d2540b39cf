import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TensorFiles
import TestSupport
import Testing

@Suite struct `Histories` {
  @Test(arguments: [false, true]) func `hold every episode as it was lived`(endsEarly: Bool) throws
  {
    try withTemporaryFolder { folder in
      let learner = ScriptedLearner(endsEarly: endsEarly)
      try collector(in: folder, learner: learner).collect(workers: 2)
      for history in try HistorySet(reading: folder).histories {
        let lived = try episodes(of: learner, on: history.task, run: history.learner)[
          history.stream]
        #expect(history.episodeCount == lived.count)
        #expect(history.stepCount == lived.map(\.episode.stepCount).reduce(0, +))
        for (index, streamed) in lived.enumerated() {
          let (steps, episode) = (history.steps(ofEpisode: index), streamed.episode)
          #expect(steps.map(history.observation(at:)) == episode.steps.map(\.observation))
          #expect(steps.map(history.action(at:)) == episode.steps.map(\.action))
          #expect(steps.map(history.reward(at:)) == episode.steps.map(\.reward))
          #expect(history.return(ofEpisode: index) == episode.return)
          #expect(history.isTerminated(index) == endsEarly)
          #expect(history.learnerSteps(atEndOf: index) == streamed.learnerSteps)
        }
      }
    }
  }

  @Test func `are read shard by shard, which is told as it goes on`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder, learner: ScriptedLearner(endsEarly: true)).collect(workers: 1)
      var (told, totals): ([Int], Set<Int>) = ([], [])
      let set = try HistorySet(reading: folder, verifyingChecksums: true) { done, total in
        told.append(done)
        totals.insert(total)
      }
      #expect(told.count == set.shards.count)
      #expect(told == told.sorted())
      #expect(told.last == set.byteCount)
      #expect(totals == [set.byteCount])
    }
  }

  @Test func `have episodes that follow one another without a gap`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder, learner: ScriptedLearner(endsEarly: true)).collect(workers: 1)
      for history in try HistorySet(reading: folder).histories {
        let episodes = (0..<history.episodeCount).map(history.steps(ofEpisode:))
        #expect(episodes.first?.lowerBound == 0)
        #expect(episodes.last?.upperBound == history.stepCount)
        #expect(zip(episodes, episodes.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
      }
    }
  }

  @Test func `stand by task, learner and stream`() throws {
    try withTemporaryFolder { folder in
      let tasks = Array(split.training.prefix(3))
      try collector(in: folder).collect(workers: 2)
      let set = try HistorySet(reading: folder)
      let labels = set.histories.map { [$0.task.index, $0.learner, $0.stream] }
      #expect(
        labels
          == tasks.flatMap {
            [[$0.index, 0, 0], [$0.index, 0, 1], [$0.index, 1, 0], [$0.index, 1, 1]]
          })
      #expect(
        set.histories(of: [tasks[2], tasks[0]]).map(\.task.index)
          == [Int](repeating: tasks[2].index, count: 4) + [Int](repeating: tasks[0].index, count: 4)
      )
      #expect(set.histories(of: split.heldOut).isEmpty)
    }
  }

  @Test func `of tasks that are rewarded otherwise keep their rewards`() throws {
    for rewards in [[-1, 0, 1], [-0.5, 0.25], [0, 255], [0, 256]] as [[Float]] {
      try withTemporaryFolder { folder in
        let family = RewardFamily(rewards: rewards)
        try HistoryCollector(
          family: family, tasks: [TaskID(0)],
          split: TaskSplit(of: family, heldOut: 1, validation: 0, seed: Seed(1)),
          learner: ScriptedLearner(), historiesPerTask: 2, seed: Seed(1), folder: folder,
          fingerprint: ""
        ).collect(workers: 1)
        let history = try HistorySet(reading: folder).histories[0]
        let found = Set((0..<history.stepCount).map(history.reward(at:)))
        #expect(found == Set(rewards))
      }
    }
  }

  @Test func `have every tensor and string of theirs in the schema's document`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let document = try String(
      contentsOf: root.appendingPathComponent("data/schema.md"), encoding: .utf8)
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      let shard = try TensorFile(reading: folder.appendingPathComponent("shard-00000.safetensors"))
      for name in shard.tensors.map(\.name) + shard.metadata.keys.sorted() {
        #expect(document.contains("| `\(name)` |"))
      }
    }
  }

  @Test func `have every tensor that only some have in the schema's document`() throws {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let document = try String(
      contentsOf: root.appendingPathComponent("data/schema.md"), encoding: .utf8)
    try withTemporaryFolder { folder in
      let kind = StepKind.factors
      var history = RecordedHistory(of: TaskID(0), kind.interface, role: .member)
      for (index, episode) in lives(kind, lengths: [2, 3], asksExpert: true).enumerated() {
        try history.append(
          episode,
          parent: index == 1 ? HistoryParent(learner: 0, stream: 0, episode: 0) : nil)
      }
      try HistoryWriter(importedSet(kind.interface, tasks: [0]), to: folder).write([history])
      let shard = try TensorFile(reading: folder.appendingPathComponent("shard-00000.safetensors"))
      #expect(shard.tensors.count == 15)
      for name in shard.tensors.map(\.name) {
        #expect(document.contains("| `\(name)` |"))
      }
    }
  }

  @Test(
    .enabled(
      if: Python.canImport("numpy", "safetensors"),
      "python3 cannot import numpy and safetensors; name one that can in PYTHON"))
  func `are read by Python in one line`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      let script = """
        import sys
        from safetensors.numpy import load_file
        shard = load_file(sys.argv[1])
        for name in sorted(shard): print(name, shard[name].dtype, shard[name].shape)
        print(shard["rewards"].sum(), shard["history_offsets"].tolist())
        """
      let result = try Python.run(
        script, folder.appendingPathComponent("shard-00000.safetensors").path)
      let histories = try HistorySet(reading: folder).histories.prefix(4)
      let rewards = histories.map { history in
        (0..<history.episodeCount).map(history.return(ofEpisode:)).reduce(0, +)
      }.reduce(0, +)
      #expect(
        result.output == """
          actions uint8 (240,)
          episode_learner_steps uint32 (40,)
          episode_offsets uint32 (41,)
          episode_terminated bool (40,)
          history_learner uint8 (4,)
          history_offsets uint32 (5,)
          history_prior_task int8 (4,)
          history_stream uint8 (4,)
          history_task uint8 (4,)
          observations uint8 (240, 2)
          rewards uint8 (240,)
          \(Int(rewards)) [0, 10, 20, 30, 40]

          """)
    }
  }
}

/// Two tasks that give every reward of a list at random.
private struct RewardFamily: TaskFamily {
  struct World: Environment {
    let interface: TaskInterface
    func reset(using random: inout Random) {}
    func observation(of state: Void) -> Observation { .empty }
    func step(_ state: inout Void, _ action: Int, using random: inout Random) -> Transition {
      let rewards = interface.rewards ?? []
      return .step(reward: rewards[random.below(rewards.count)])
    }
  }

  let rewards: [Float]
  var name: String { "rewards" }
  var interface: TaskInterface {
    TaskInterface(observationSizes: [], actionCount: 2, episodeLength: 5, rewards: rewards)
  }
  var taskCount: Int { 2 }
  func task(_ id: TaskID) -> World { World(interface: interface) }
  func label(of id: TaskID) -> String { "\(id)" }
  func optimalReturn(of id: TaskID) -> Double? { 0 }
  func randomReturn(of id: TaskID) -> Double { 0 }
}

/// The rooms of these tests, of which the optimum of one is not known.
private struct RoomsWithoutOptimum: TaskFamily {
  let unknown: TaskID
  init(of task: TaskID) { unknown = task }
  var name: String { rooms.name }
  var interface: TaskInterface { rooms.interface }
  var taskCount: Int { rooms.taskCount }
  func task(_ id: TaskID) -> DarkRoom { rooms.task(id) }
  func label(of id: TaskID) -> String { rooms.label(of: id) }
  func optimalReturn(of id: TaskID) -> Double? { id == unknown ? nil : rooms.optimalReturn(of: id) }
}

@Suite struct `Learning curves` {
  @Test func `are means of the histories' returns`() throws {
    try withTemporaryFolder { folder in
      let learner = ScriptedLearner(episodesPerStream: 20)
      try collector(in: folder, learner: learner).collect(workers: 2)
      let histories = try HistorySet(reading: folder).histories
      let curve = LearningCurve(of: histories, in: rooms)
      func mean(_ histories: [History], _ episodes: Range<Int>) -> Double {
        let returns = histories.flatMap { history in
          episodes.map { history.return(ofEpisode: $0) }
        }
        return returns.reduce(0, +) / Double(returns.count)
      }
      for tenth in 0..<10 {
        let expected = mean(histories, 2 * tenth..<2 * tenth + 2)
        #expect(
          abs(curve.overall.returnByTenth[tenth] - expected) < Tolerance.exactArithmetic)
      }
      for episode in 0..<20 {
        let expected = mean(histories, episode..<episode + 1)
        #expect(
          abs(curve.overall.returnByEpisode[episode] - expected) < Tolerance.exactArithmetic)
      }
      #expect(curve.tasks.map(\.task) == split.training.prefix(3).map { $0 })
      for entry in curve.tasks {
        let own = histories.filter { $0.task == entry.task }
        #expect(entry.series.historyCount == 4)
        #expect(abs(entry.series.returnByTenth[9] - mean(own, 18..<20)) < Tolerance.exactArithmetic)
        #expect(entry.series.optimalReturn == rooms.optimalReturn(of: entry.task))
        #expect(entry.series.randomReturn == rooms.randomReturn(of: entry.task))
      }
    }
  }

  @Test func `have no optimum and no share of it where that of a task is not known`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder, learner: ScriptedLearner()).collect(workers: 1)
      let histories = try HistorySet(reading: folder).histories
      let (known, unknown) = (
        LearningCurve(of: histories, in: rooms),
        LearningCurve(of: histories, in: RoomsWithoutOptimum(of: split.training[0]))
      )
      #expect(unknown.overall.optimalReturn == nil && unknown.overall.shareOfOptimumAtEnd == nil)
      #expect(unknown.overall.returnByTenth == known.overall.returnByTenth)
      #expect(unknown.overall.randomReturn == known.overall.randomReturn)
      #expect(
        unknown.tasks.map { $0.series.optimalReturn == nil }
          == known.tasks.map { $0.task == split.training[0] })
      #expect(known.overall.shareOfOptimumAtEnd != nil)
    }
  }

  @Test func `of fewer than ten episodes have ten tenths all the same`() throws {
    try withTemporaryFolder { folder in
      let learner = ScriptedLearner(episodesPerStream: 3)
      try collector(in: folder, learner: learner).collect(workers: 1)
      let curve = LearningCurve(of: try HistorySet(reading: folder).histories, in: rooms)
      #expect(curve.overall.returnByTenth.count == 10)
      #expect(curve.overall.returnByTenth.last == curve.overall.returnByEpisode.last)
    }
  }
}
