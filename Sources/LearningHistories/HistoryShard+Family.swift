// What a file that this program did not write must fulfil before a model of a family may see it: every number
// in it indexes something. Refuses another family, another interface and steps that no task can have.

internal import Foundation
package import Tasks
internal import TensorFiles

extension HistoryShard {
  /// Refuses a shard that holds something that cannot have been lived in a family's tasks.
  ///
  /// What a manifest and checksums vouch for needs no such look at every step.
  package func require(livedIn family: any TaskFamily) throws(HistoryError) {
    try expect("the family", "'\(family.name)'", "'\(self.family)'", self.family == family.name)
    try expect(
      "the interface", InterfaceRecord(family.interface).text, InterfaceRecord(interface).text,
      interface == family.interface)
    try expect(
      "the task", "a task from 0 to \(family.taskCount - 1)", "\(task)",
      (0..<family.taskCount).contains(task.index))
    for step in 0..<stepCount { try requireStep(step) }
    for history in histories {
      for episode in 0..<history.episodeCount {
        let count = history.steps(ofEpisode: episode).count
        try expect(
          "an episode of", "at most \(interface.episodeLength) steps", "\(count)",
          count <= interface.episodeLength)
      }
    }
    if let renderer = family.renderer { try require(drawableBy: renderer) }
  }

  private func requireStep(_ step: Int) throws(HistoryError) {
    let action = Int(actions[step])
    try expect(
      "in step \(step) the action", "an action from 0 to \(interface.actionCount - 1)",
      "\(action)", action < interface.actionCount)
    let seen = observation(at: step)
    for (component, size) in interface.observationSizes.enumerated() {
      let value = Int(seen.components[component])
      try expect(
        "in step \(step) the observed component \(component) with", "a value from 0 to \(size - 1)",
        "\(value)", value < size)
    }
    let reward = reward(at: step)
    try expect(
      "in step \(step) the reward", interface.rewards.map { "one of \($0)" } ?? "a finite number",
      "\(reward)", interface.allows(reward: reward))
  }

  private func expect(
    _ what: String, _ expected: @autoclosure () -> String, _ found: @autoclosure () -> String,
    _ holds: Bool
  ) throws(HistoryError) {
    guard !holds else { return }
    throw .foreign(path: url.relativePath, what: what, expected: expected(), found: found())
  }
}
