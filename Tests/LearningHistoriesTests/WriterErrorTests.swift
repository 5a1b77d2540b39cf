// What no reader would take is refused before a byte of it is written, with its place.

import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `An episode that cannot be written` {
  /// What is said of an episode that comes after one of two steps.
  private func complaint(
    _ episode: Episode, _ kind: StepKind = .cells, learnerSteps: Int? = nil
  ) throws -> String? {
    var history = RecordedHistory(of: TaskID(3), kind.interface, learner: 1, stream: 2)
    try history.append(lives(kind, lengths: [2])[0])
    let before = [history.episodeCount, history.stepCount]
    let error = #expect(throws: HistoryError.self) {
      try history.append(episode, learnerSteps: learnerSteps)
    }
    #expect([history.episodeCount, history.stepCount] == before)
    return error?.description
  }

  /// An episode of three steps, the last of them this one.
  private func episode(
    _ kind: StepKind, _ observation: Observation? = nil, action: Int = 1, reward: Float = 0,
    expertAction: Int? = nil
  ) -> Episode {
    var episode = lives(kind, lengths: [3])[0]
    let seen = observation ?? episode.observation(at: 0)
    episode = lives(kind, lengths: [2])[0]
    episode.append(seen, action, .step(reward: reward), expertAction: expertAction)
    return episode
  }

  private let place = "episode 1 of learner 1, stream 2 of task 3"
  private let advice =
    "Write what the interface of the set allows, or give the set another interface."

  @Test func `has no steps`() throws {
    #expect(
      try complaint(Episode()) == "E\(place.dropFirst()) has no steps. "
        + "Leave it out, or write what was lived in it.")
  }

  @Test func `has too many steps`() throws {
    #expect(
      try complaint(lives(.cells, lengths: [9])[0])
        == "E\(place.dropFirst()) has 9 steps, expected at most 8. "
        + "Cut it there, or give the set an interface with a longer episode.")
  }

  @Test func `has an action that there is not`() throws {
    #expect(
      try complaint(episode(.cells, action: 5))
        == "Step 2 of \(place) has the action 5, expected an action from 0 to 4. \(advice)")
    #expect(
      try complaint(episode(.factors, action: 24), .factors)
        == "Step 2 of \(place) has the action 24, expected an action from 0 to 23. \(advice)")
  }

  @Test func `has a reward that there is not`() throws {
    #expect(
      try complaint(episode(.cells, reward: 0.5))
        == "Step 2 of \(place) has the reward 0.5, expected one of [-1.0, 0.0, 1.0]. \(advice)")
    for reward in [Float.infinity, -.infinity, .nan] {
      #expect(
        try complaint(episode(.anyReward, reward: reward), .anyReward)
          == "Step 2 of \(place) has the reward \(reward), expected a finite number. \(advice)")
    }
  }

  @Test func `shows what the interface does not have`() throws {
    let cases: [(StepKind, Observation, String)] = [
      (.cells, Observation(4, 0), "the observed component 0 with 4, expected a value from 0 to 3"),
      (.cells, Observation(0, 9), "the observed component 1 with 9, expected a value from 0 to 8"),
      (
        .floats, Observation(floats: [1, 2]),
        "an observation that carries 2 floats, expected 3 floats"
      ),
      (
        .tensor, Observation(bytes: [1, 2, 3]),
        "an observation that carries 3 bytes, expected 6 bytes"
      ),
      (
        .categories, Observation(bytes: [6, 6, 7, 0]),
        "the observed category 2 with 7, expected a value from 0 to 6"
      ),
    ]
    for (kind, observation, message) in cases {
      #expect(
        try complaint(episode(kind, observation), kind)
          == "Step 2 of \(place) has \(message). \(advice)")
    }
  }

  /// Components are looked at all four together, so each is tried in each place, beside others at their ends.
  @Test(arguments: [1, 2, 127, 128, 129, 255, 256], 0..<4)
  func `shows a component that is too great`(size: Int, place component: Int) throws {
    var sizes = [128, 1, 256, 9]
    sizes[component] = size
    let interface = TaskInterface(
      observationSizes: sizes, actionCount: 2, episodeLength: 3, rewards: nil)
    for value in 0..<256 {
      var components = SIMD4<UInt8>()
      for index in sizes.indices { components[index] = UInt8(sizes[index] - 1) }
      components[component] = UInt8(value)
      var episode = Episode()
      episode.append(Observation(components: components), 0, .step(reward: 0))
      var history = RecordedHistory(of: TaskID(0), interface)
      if value < size {
        try history.append(episode)
      } else {
        #expect(throws: HistoryError.self) { try history.append(episode) }
      }
    }
  }

  @Test func `shows something of another kind`() throws {
    let cases: [(StepKind, Observation, String)] = [
      (.cells, Observation(floats: [1]), "1 floats, expected nothing"),
      (.tensor, Observation(floats: [1]), "1 floats, expected 6 bytes"),
      (.floats, Observation(1, 2), "nothing, expected 3 floats"),
    ]
    for (kind, observation, message) in cases {
      var episode = Episode()
      episode.append(observation, 0, .step(reward: 0))
      #expect(
        try complaint(episode, kind)
          == "Step 0 of \(place) has an observation that carries \(message). \(advice)")
    }
  }

  @Test func `has an expert's action at some steps only`() throws {
    #expect(
      try complaint(episode(.cells, expertAction: 1))
        == "E\(place.dropFirst()) cannot be written: 1 of its 3 steps have an expert's action, "
        + "where all steps of a history must have one or none.")
    #expect(
      try complaint(lives(.cells, lengths: [3], asksExpert: true)[0])
        == "E\(place.dropFirst()) cannot be written: 3 of its 3 steps have an expert's action, "
        + "where all steps of a history must have one or none.")
  }

  @Test func `has an expert's action that there is not`() throws {
    #expect(
      try complaint(episode(.cells, expertAction: 5))
        == "Step 2 of \(place) has the expert's action 5, expected an action from 0 to 4. \(advice)"
    )
  }

  @Test(arguments: [-1, 1 << 32]) func `ends at a step that no number holds`(count: Int) throws {
    #expect(
      try complaint(lives(.cells, lengths: [3])[0], learnerSteps: count)
        == "E\(place.dropFirst()) cannot be written: its learner has taken \(count) steps, "
        + "which is no number from 0 to 2³² − 1.")
  }
}

@Suite struct `Histories that cannot be written` {
  /// What is said of the histories of a task, and what is left in the folder.
  private func complaint(
    _ histories: [RecordedHistory],
    _ description: HistorySetDescription = importedSet(StepKind.cells.interface)
  ) throws -> String? {
    try withTemporaryFolder { folder in
      let writer = try HistoryWriter(description, to: folder)
      let error = #expect(throws: HistoryError.self) { try writer.write(histories) }
      #expect(try contents(of: folder).isEmpty)
      return error?.description
    }
  }

  private func history(
    _ kind: StepKind = .cells, task: Int = 0, learner: Int = 0, asksExpert: Bool = false
  ) throws -> RecordedHistory {
    try LearningHistoriesTests.history(
      kind, task: task, learner: learner, lives(kind, lengths: [2, 3], asksExpert: asksExpert))
  }

  private let begin = "The histories of task 0 cannot be written: "

  @Test func `are none`() throws {
    #expect(
      try complaint([]) == "The set of histories cannot be written: a task has no histories.")
  }

  @Test func `are of two tasks`() throws {
    #expect(
      try complaint([history(), history(task: 1)]) == begin + "one of task 1 is among them.")
  }

  @Test func `are of another interface`() throws {
    #expect(
      try complaint([history(.floats)])
        == begin + "one has an interface of 3 floats, 5 actions, 8 steps an episode, "
        + "the rewards [-1.0, 0.0, 1.0], the set's is of [4, 9] observed values, 5 actions, "
        + "8 steps an episode, the rewards [-1.0, 0.0, 1.0].")
  }

  @Test func `have no episodes`() throws {
    let empty = RecordedHistory(of: TaskID(0), StepKind.cells.interface, learner: 4)
    #expect(
      try complaint([history(), empty])
        == begin + "that of learner 4, stream 0 of task 0 has no episodes.")
  }

  @Test func `are of one stream twice`() throws {
    #expect(
      try complaint([history(), history()])
        == begin + "two are of learner 0, stream 0 of task 0.")
  }

  @Test func `ask an expert here and there`() throws {
    #expect(
      try complaint([history(), history(learner: 1, asksExpert: true)])
        == begin + "1 of 2 have an expert's actions, where all or none must.")
  }

  @Test func `are of no task of the set`() throws {
    #expect(
      try complaint([history(task: 2)])
        == "The histories of task 2 cannot be written: it is none of the set's tasks.")
  }

  @Test func `are fewer than were to be recorded`() throws {
    let set = importedSet(
      StepKind.cells.interface, origin: .recorded(learnersPerTask: 2, streamsPerLearner: 3))
    #expect(try complaint([history()], set) == begin + "there are 1 of 2 × 3.")
  }

  @Test func `are copies of what there is not`() throws {
    var copy = try history(learner: 1)
    try copy.append(
      lives(.cells, lengths: [2])[0], parent: HistoryParent(learner: 0, stream: 0, episode: 2))
    #expect(
      try complaint([history(), copy])
        == begin + "learner 1, stream 0 of task 0 is made a copy of learner 0, stream 0 of task 0 "
        + "before episode 2, as that was after its episode 2, but it has 2 episodes.")
  }

  @Test func `are there already`() throws {
    try withTemporaryFolder { folder in
      let writer = try HistoryWriter(importedSet(StepKind.cells.interface), to: folder)
      try writer.write([history()])
      let before = try contents(of: folder)
      let error = #expect(throws: HistoryError.self) { try writer.write([history()]) }
      #expect(error?.description == begin + "they are written already.")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func `in the place of another file leave it as it is`() throws {
    try withTemporaryFolder { folder in
      try HistoryWriter(importedSet(StepKind.cells.interface), to: folder).write([history()])
      let before = try contents(of: folder)
      let writer = try HistoryWriter(importedSet(StepKind.cells.interface), to: folder)
      let error = #expect(throws: HistoryError.self) { try writer.write([history(learner: 1)]) }
      #expect(
        error?.description
          == "\(folder.path)/shard-00000.safetensors exists already and is not overwritten.")
      #expect(try contents(of: folder) == before)
    }
  }

  @Test func `lack a task when the manifest is to be written`() throws {
    try withTemporaryFolder { folder in
      let set = importedSet(StepKind.cells.interface, tasks: [0, 1, 2])
      let writer = try HistoryWriter(set, to: folder)
      try writer.write([history(task: 1)])
      let error = #expect(throws: HistoryError.self) { try writer.finish() }
      #expect(
        error?.description == "\(folder.path) lacks the histories of 2 tasks, the first of them 0. "
          + "Write them before the manifest.")
      #expect(try contents(of: folder).keys.sorted() == ["shard-00001.safetensors"])
    }
  }

  @Test(
    arguments: [
      ([], [2], "it has no tasks"), ([0, 0], [2], "task 0 is named twice"),
      (
        [0], [1, 2],
        "task 1 has 2 roles, expected exactly one of training, validation and held-out"
      ),
      (
        [5], [2],
        "task 5 has 0 roles, expected exactly one of training, validation and held-out"
      ),
    ] as [([Int], [Int], String)])
  func `are a set that no manifest describes`(
    tasks: [Int], heldOut: [Int], reason: String
  ) throws {
    try withTemporaryFolder { folder in
      let split = TaskSplit(
        training: [TaskID(1), TaskID(0)], heldOut: heldOut.map { TaskID($0) })
      let error = #expect(throws: HistoryError.self) {
        try HistoryWriter(
          importedSet(StepKind.cells.interface, tasks: tasks, split: split),
          to: folder.appendingPathComponent("set"))
      }
      #expect(error?.description == "The set of histories cannot be written: \(reason).")
      let left = try contents(of: folder)
      #expect(left.isEmpty)
    }
  }
}
