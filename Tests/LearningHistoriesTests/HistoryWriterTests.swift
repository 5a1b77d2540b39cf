// Episodes handed to a writer come back from the files as they were lived, whatever a step holds.

import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TensorFiles
import TestSupport
import Testing

@Suite struct `Written histories` {
  @Test(arguments: StepKind.allCases, [false, true])
  func `are read as they were lived`(kind: StepKind, asksExpert: Bool) throws {
    try withTemporaryFolder { folder in
      let lengths = [[[3, 8, 1], [5]], [[2, 2], [8, 7, 4, 1], [6]]]
      let writer = try HistoryWriter(importedSet(kind.interface), to: folder)
      var lived: [[[Episode]]] = []
      for (task, streams) in lengths.enumerated() {
        lived.append(
          streams.enumerated().map {
            lives(kind, lengths: $1, seed: 10 * task + $0, asksExpert: asksExpert)
          })
        try writer.write(
          lived[task].enumerated().map { try history(kind, task: task, learner: $0, $1) })
      }
      let manifest = try writer.finish()
      let set = try HistorySet(reading: folder, verifyingChecksums: true)
      #expect(set.manifest == manifest)
      #expect(set.manifest.origin == .imported)
      #expect(set.histories.map(\.task.index) == [0, 0, 1, 1, 1])
      for (history, episodes) in zip(set.histories, lived.flatMap { $0 }) {
        #expect(history.interface == kind.interface)
        #expect(history.episodeCount == episodes.count)
        for (index, episode) in episodes.enumerated() {
          let steps = history.steps(ofEpisode: index)
          let places = 0..<episode.stepCount
          #expect(steps.map(history.observation(at:)) == places.map(episode.observation(at:)))
          #expect(steps.map(history.action(at:)) == places.map(episode.action(at:)))
          #expect(steps.map(history.reward(at:)) == places.map(episode.reward(at:)))
          #expect(steps.map(history.expertAction(at:)) == places.map(episode.expertAction(at:)))
          #expect(history.isTerminated(index) == episode.isTerminated)
          #expect(history.learnerSteps(atEndOf: index) == steps.upperBound)
        }
      }
    }
  }

  @Test(
    arguments: [
      (StepKind.cells, "U8", [2], "U8", [], "I8"), (.floats, "F32", [3], "U8", [], "I8"),
      (.tensor, "U8", [2, 3], "U8", [], "I8"), (.categories, "U8", [2, 2], "U8", [], "I8"),
      (.factors, "U8", [2], "U8", [3], "I8"), (.manyActions, "U8", [2], "U16", [], "I8"),
      (.largeFactors, "U8", [2], "U16", [2], "I8"), (.anyReward, "U8", [2], "U8", [], "F32"),
    ] as [(StepKind, String, [Int], String, [Int], String)])
  func `lie in the types and shapes of the schema`(
    kind: StepKind, observations: String, seen: [Int], actions: String, done: [Int],
    rewards: String
  ) throws {
    try withTemporaryFolder { folder in
      let writer = try HistoryWriter(importedSet(kind.interface, tasks: [0]), to: folder)
      try writer.write([try history(kind, lives(kind, lengths: [3, 8], asksExpert: true))])
      let file = try TensorFile(reading: folder.appendingPathComponent("shard-00000.safetensors"))
      func expect(_ name: String, _ type: String, _ shape: [Int]) throws {
        let tensor = try file.description(of: name)
        #expect(tensor.type.rawValue == type)
        #expect(tensor.shape == [11] + shape)
      }
      try expect("observations", observations, seen)
      try expect("actions", actions, done)
      try expect("expert_actions", actions, done)
      try expect("rewards", rewards, [])
    }
  }

  @Test(arguments: StepKind.allCases)
  func `take as many bytes as is said before they are written`(kind: StepKind) throws {
    try withTemporaryFolder { folder in
      let writer = try HistoryWriter(importedSet(kind.interface, tasks: [0]), to: folder)
      try writer.write([try history(kind, lives(kind, lengths: [3, 8]))])
      let file = try TensorFile(reading: folder.appendingPathComponent("shard-00000.safetensors"))
      let bytes = ["observations", "actions", "rewards"].map { name in
        file.tensors.filter { $0.name == name }
          .reduce(0) { $0 + $1.shape.reduce($1.type.byteCount, *) }
      }
      #expect(bytes.reduce(0, +) == 11 * ShardSchema.bytesPerStep(of: kind.interface))
    }
  }

  @Test func `name nothing that they do not use`() throws {
    try withTemporaryFolder { folder in
      try collector(in: folder).collect(workers: 1)
      let file = try TensorFile(reading: folder.appendingPathComponent("shard-00000.safetensors"))
      #expect(file.tensors.count == 11)
      let text = try String(
        contentsOf: folder.appendingPathComponent("manifest.json"), encoding: .utf8)
      for key in ["origin", "action_factors", "reward_scale", "sight"] {
        #expect(!text.contains("\"\(key)\""))
      }
    }
  }

  @Test func `are the bytes that collecting writes`() throws {
    try withTemporaryFolder { folder in
      let (a, b) = (folder.appendingPathComponent("a"), folder.appendingPathComponent("b"))
      let learner = ScriptedLearner(endsEarly: true)
      try collector(in: a, learner: learner).collect(workers: 1)
      let tasks = Array(split.training.prefix(3))
      let writer = try HistoryWriter(
        HistorySetDescription(
          family: .init(name: rooms.name, settings: ["size": "5"]), interface: rooms.interface,
          tasks: tasks.reversed(), split: split,
          learner: .init(name: learner.name, settings: ["streams": "2"]), seed: 7,
          fingerprint: "abc", origin: .recorded(learnersPerTask: 2, streamsPerLearner: 2)), to: b)
      for task in tasks.reversed() {
        var histories: [RecordedHistory] = []
        for run in 0..<2 {
          for (stream, streamed) in try episodes(of: learner, on: task, run: run).enumerated() {
            var history = RecordedHistory(of: task, rooms.interface, learner: run, stream: stream)
            for episode in streamed { try history.append(episode) }
            histories.append(history)
          }
        }
        try writer.write(histories.reversed())
      }
      try writer.finish()
      #expect(try contents(of: a) == contents(of: b))
    }
  }

  @Test func `keep roles, and who was made a copy of whom`() throws {
    try withTemporaryFolder { folder in
      let kind = StepKind.cells
      let writer = try HistoryWriter(importedSet(kind.interface, tasks: [0]), to: folder)
      var member = RecordedHistory(of: TaskID(0), kind.interface, stream: 1, role: .member)
      let parent = HistoryParent(learner: 0, stream: 0, episode: 1)
      for (index, episode) in lives(kind, lengths: [2, 3, 4]).enumerated() {
        try member.append(episode, parent: index == 2 ? parent : nil)
      }
      var elite = RecordedHistory(of: TaskID(0), kind.interface)
      for (index, episode) in lives(kind, lengths: [5, 6]).enumerated() {
        try elite.append(
          StreamedEpisode(
            stream: 0, learnerSteps: 100 + index, episode: episode,
            parent: index == 0 ? StreamParent(stream: 1, episode: 2) : nil, role: .elite))
      }
      try writer.write([member, elite])
      try writer.finish()
      let set = try HistorySet(reading: folder)
      #expect(set.histories.map(\.role) == [.elite, .member])
      #expect(
        set.histories.map { history in
          (0..<history.episodeCount).map(history.parent(ofEpisode:))
        } == [[HistoryParent(learner: 0, stream: 1, episode: 2), nil], [nil, nil, parent]])
      #expect(set.histories[0].learnerSteps(atEndOf: 1) == 101)
      #expect(set.shards[0].copyCount == 2)
    }
  }

  @Test func `of a role have none of another`() throws {
    let episode = lives(.cells, lengths: [2])[0]
    var history = RecordedHistory(of: TaskID(0), StepKind.cells.interface)
    try history.append(StreamedEpisode(stream: 0, learnerSteps: 2, episode: episode, role: .centre))
    let error = #expect(throws: HistoryError.self) {
      try history.append(StreamedEpisode(stream: 0, learnerSteps: 4, episode: episode))
    }
    #expect(
      error?.description == "Episode 1 of learner 0, stream 0 of task 0 cannot be written: "
        + "its stream is a behaviour, and was a centre.")
  }
}
