import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport

/// A family of 25 small rooms.
let rooms = DarkRoomFamily(size: 5, episodeLength: 6)

/// Five of them held out, two for validation.
let split = TaskSplit(of: rooms, heldOut: 5, validation: 2, seed: Seed(7))

/// A collection of four histories on each of three tasks.
func collector(
  in folder: URL, tasks: [TaskID] = Array(split.training.prefix(3)),
  learner: any SourceLearner = ScriptedLearner(), historiesPerTask: Int = 4,
  priorTaskFraction: Double = 0, split: TaskSplit = split, seed: Seed = Seed(7),
  fingerprint: String = "abc"
) -> HistoryCollector {
  HistoryCollector(
    family: rooms, familySettings: ["size": "5"], tasks: tasks, split: split, learner: learner,
    learnerSettings: ["streams": "2"], historiesPerTask: historiesPerTask,
    priorTaskFraction: priorTaskFraction, seed: seed, folder: folder, fingerprint: fingerprint)
}

/// What a learner emits, by stream.
func episodes(
  of learner: some SourceLearner, on task: TaskID, run: Int, seed: Seed = Seed(7)
) throws -> [[StreamedEpisode]] {
  var streams = [[StreamedEpisode]](repeating: [], count: learner.streamCount)
  var random = seed.random(for: "source", task.index, run)
  try learner.learn(rooms.task(task), using: &random) { emitted in
    streams[emitted.stream].append(copy emitted)
  }
  return streams
}

/// What is thrown to interrupt a collection.
struct Interruption: Error {}
