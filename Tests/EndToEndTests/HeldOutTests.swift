// What tests a model is kept from it.

import Contexts
import Experiments
import Foundation
import LearningHistories
import Randomness
import Tasks
import TestSupport
import Testing

@Suite(.enabled(if: isOptimised, "\(needsOptimisation)"))
struct `Held-out and validation tasks` {
  private let scratch: ScratchFolder
  private let set: HistorySet
  private let configuration: ExperimentConfiguration

  init() throws {
    scratch = try ScratchFolder()
    configuration = try tiny([
      "collect.histories_per_task=8", "collect.prior_task_fraction=0.5",
    ])
    let run = try openRun(scratch.file("run"), configuration, workers: 2)
    try CollectStage(run).perform()
    set = try HistorySet(reading: URL(fileURLWithPath: run.folder.histories))
  }

  @Test func `share no task with each other or with training`() {
    let split = set.manifest.split
    #expect(split.heldOut.count == 5)
    #expect(split.validation.count == 2)
    let all = split.training + split.validation + split.heldOut
    #expect(all.sorted() == (0..<25).map(TaskID.init))
  }

  @Test func `are in no shard`() {
    #expect(set.manifest.tasks == set.manifest.split.training)
    #expect(set.shards.map(\.task) == set.manifest.split.training)
    #expect(Set(set.histories.map(\.task)) == Set(set.manifest.split.training))
  }

  @Test func `are what no learner came from`() {
    let before = set.histories.compactMap(\.priorTask)
    #expect(before.count == set.histories.count / 2)
    #expect(Set(before).isSubset(of: set.manifest.split.training))
  }

  @Test(arguments: [EpisodeSelection.learning(subsampling: 5), .converged(lastFraction: 0.1)])
  func `are what no window was rewarded for`(selection: EpisodeSelection) throws {
    let sampler = try WindowSampler(
      histories: set.histories, settings: configuration.context, selection: selection)
    var batch = ContextBatch(windowCount: 64, stepCount: configuration.context.steps)
    var goals: Set<TaskID> = []
    for update in 0..<50 {
      sampler.fill(&batch, update: update, seed: Seed(1))
      for index in batch.rewards.indices where batch.rewards[index] > 0 {
        goals.insert(goal(rewarding: batch.actions[index], at: batch.observations[index]))
      }
    }
    #expect(goals == Set(set.manifest.split.training))
  }

  /// The task that rewards an action in a cell: the one whose goal is where it leads.
  private func goal(rewarding action: Int32, at observation: Observation) -> TaskID {
    let family = DarkRoomFamily(size: 5, episodeLength: 15)
    var random = Seed(0).random(for: "unused")
    let world = family.task(TaskID(0))
    var cell = Cell(x: Int(observation.components[0]), y: Int(observation.components[1]))
    _ = world.step(&cell, Int(action), using: &random)
    return TaskID(cell.x + 5 * cell.y)
  }
}
