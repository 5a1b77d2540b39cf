import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport

/// Three tasks of a family that no program has, to be imported.
func importedSet(
  _ interface: TaskInterface, tasks: [Int]? = nil,
  split: TaskSplit = TaskSplit(training: [TaskID(0), TaskID(1)], heldOut: [TaskID(2)]),
  origin: HistoryOrigin = .imported
) -> HistorySetDescription {
  HistorySetDescription(
    family: .init(name: "mine", settings: ["level": "2"]), interface: interface,
    tasks: tasks.map { $0.map { TaskID($0) } }, split: split,
    learner: .init(name: "me", settings: [:]), fingerprint: "f", origin: origin)
}

/// What was lived: episodes of some lengths, by chance.
func lives(
  _ kind: StepKind, lengths: [Int], seed: Int = 0, asksExpert: Bool = false
) -> [Episode] {
  var random = Seed(3).random(for: "lives", seed)
  return lengths.map { length in
    kind.episode(
      steps: length, isTerminated: length % 2 == 0, asksExpert: asksExpert, using: &random)
  }
}

/// A history of episodes.
func history(
  _ kind: StepKind, task: Int = 0, learner: Int = 0, stream: Int = 0, _ episodes: [Episode]
) throws -> RecordedHistory {
  var history = RecordedHistory(
    of: TaskID(task), kind.interface, learner: learner, stream: stream)
  for episode in episodes { try history.append(episode) }
  return history
}
