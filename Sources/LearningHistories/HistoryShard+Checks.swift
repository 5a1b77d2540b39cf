// What a file that this program did not write must fulfil before a model may see it: every number in it indexes
// something. Refuses another family, another interface and steps that no task can have.

internal import Foundation
package import Tasks
internal import TensorFiles

extension HistoryShard {
  /// Refuses a shard that holds something that cannot have been lived in a family's tasks.
  ///
  package func require(livedIn family: any TaskFamily) throws(HistoryError) {
    try expect("the family", "'\(family.name)'", "'\(self.family)'", self.family == family.name)
    try expect(
      "the interface", family.interface.text, interface.text,
      interface == family.interface)
    try expect(
      "the task", "a task from 0 to \(family.taskCount - 1)", "\(task)",
      (0..<family.taskCount).contains(task.index))
    try requirePossibleSteps()
    if let renderer = family.renderer { try require(drawableBy: renderer) }
  }

  /// Refuses a shard with a step or an episode that no task with its interface can have.
  package func requirePossibleSteps() throws(HistoryError) {
    if haveMisfit { try refuseMisfit() }
    for (index, history) in histories.enumerated() {
      let prior = history.priorTask?.index ?? 0
      try expect(
        "in history \(index) the prior task", "a task or -1 for none", "\(prior)", prior >= 0)
      for episode in 0..<history.episodeCount {
        let count = history.steps(ofEpisode: episode).count
        try expect(
          "an episode of", "at most \(interface.episodeLength) steps", "\(count)",
          count <= interface.episodeLength)
      }
    }
  }

  /// Names the first step that no task can have.
  private func refuseMisfit() throws(HistoryError) {
    for step in 0..<stepCount {
      let misfit =
        actions.misfit(at: step, interface, "the action")
        ?? observations.misfit(at: step, interface)
        ?? interface.misfit(ofReward: reward(at: step))
        ?? expertActions?.misfit(at: step, interface, "the expert's action")
      guard let misfit else { continue }
      try expect("in step \(step) \(misfit.what)", misfit.expected, misfit.found, false)
    }
  }

  private func expect(
    _ what: String, _ expected: @autoclosure () -> String, _ found: @autoclosure () -> String,
    _ holds: Bool
  ) throws(HistoryError) {
    guard !holds else { return }
    throw .foreign(path: url.relativePath, what: what, expected: expected(), found: found())
  }
}
