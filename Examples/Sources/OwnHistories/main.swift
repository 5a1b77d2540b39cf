// Histories of one's own: reads text that another program left, a line a step, and writes a set that `distill` trains
// on. Here a few lines stand in the place of a file.

import AlgorithmDistillation
import Foundation

// task, history, episode, x, y, action, reward
let text = """
  0 0 0 2 2 1 0
  0 0 0 3 2 1 0
  0 0 1 2 2 0 0
  0 0 1 1 2 0 1
  3 0 0 2 2 3 0
  3 0 0 2 3 3 1
  3 1 0 2 2 2 0
  """

// Whose they are: rooms of 5 × 5, as `task: {family: dark-room, size: 5, episode_length: 2}` describes them.
let family = DarkRoomFamily(size: 5, episodeLength: 2)
let tasks = [TaskID(0), TaskID(3)]
let split = TaskSplit(of: family, heldOut: 5, validation: 0, seed: Seed(0)).holdingOut(tasks)
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("imported-\(UUID())")
defer { try? FileManager.default.removeItem(at: folder) }

let writer = try HistoryWriter(
  HistorySetDescription(
    family: .init(name: family.name, settings: ["size": "5", "episode_length": "2"]),
    interface: family.interface, tasks: tasks, split: split,
    learner: .init(name: "someone-elses", settings: [:]), fingerprint: "example",
    origin: .imported), to: folder)

let lines = text.split(separator: "\n").map { $0.split(separator: " ").compactMap { Int($0) } }
for task in tasks {
  var histories: [RecordedHistory] = []
  for (number, ofHistory) in groups(lines.filter { $0[0] == task.index }, by: 1) {
    var history = RecordedHistory(of: task, family.interface, stream: number)
    for (_, steps) in groups(ofHistory, by: 2) {
      var episode = Episode()
      for step in steps {
        episode.append(
          Observation(UInt8(step[3]), UInt8(step[4])), step[5], .step(reward: Float(step[6])))
      }
      try history.append(episode)
    }
    histories.append(history)
  }
  try writer.write(histories)
}
try writer.finish()

let set = try HistorySet(reading: folder, verifyingChecksums: true)
print("\(set.histories.count) histories of \(set.shards.count) tasks, \(set.stepCount) steps")

/// Lines with the same number in a column together, in the order of their numbers.
func groups(_ lines: [[Int]], by column: Int) -> [(number: Int, lines: [[Int]])] {
  Dictionary(grouping: lines) { $0[column] }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
}
