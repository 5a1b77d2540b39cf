// Histories of version 1 of the schema, which an earlier program wrote, are read and trained on as they were then.

import Contexts
import Foundation
import LearningHistories
import Models
import Randomness
import SourceAlgorithms
import Tasks
import Testing
import Training

@Suite struct `Histories of version 1` {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("data/golden/histories-v1")

  @Test func `are read as they were written`() throws {
    #expect(HistorySet.problems(in: Self.folder).isEmpty)
    let set = try HistorySet(reading: Self.folder, verifyingChecksums: true)
    #expect(set.manifest.schemaVersion == 1)
    #expect(set.shards.map(\.schemaVersion) == [1, 1])
    #expect(set.manifest.origin == .recorded(learnersPerTask: 3, streamsPerLearner: 1))
    #expect(set.manifest.fingerprint == "9275bb1581e1b180")
    #expect(set.manifest.tasks == [TaskID(1), TaskID(6)])
    #expect(set.manifest.split.heldOut == [TaskID(7), TaskID(8)])
    #expect(
      set.manifest.interface
        == TaskInterface(
          observationSizes: [3, 3], actionCount: 5, episodeLength: 5, rewards: [0, 1]))
    #expect(set.manifest.learner.settings["final_exploration"] == "0.0")
    #expect(set.histories.map(\.learner) == [0, 1, 2, 0, 1, 2])
    #expect(set.histories.map { $0.priorTask?.index } == [nil, nil, 6, nil, nil, 1])
    #expect(set.histories.allSatisfy { $0.episodeCount == 80 && $0.stepCount == 400 })
    #expect(
      set.histories.allSatisfy { $0.expertAction(at: 0) == nil && $0.parent(ofEpisode: 0) == nil })
    let returns = set.histories.map { history in
      (0..<80).reduce(0) { $0 + history.return(ofEpisode: $1) }
    }
    #expect(returns == [263, 256, 0, 205, 164, 0])
    let actions = set.histories.map { history in
      (0..<400).reduce(0) { ($0 * 31 + history.action(at: $1)) % 1_000_003 }
    }
    #expect(actions == [991792, 713217, 206705, 638414, 609508, 855563])
    let seen = set.histories.map { history in
      (0..<400).reduce(0) {
        ($0 * 31 + history.interface.index(of: history.observation(at: $1))) % 1_000_003
      }
    }
    #expect(seen == [736427, 808891, 195543, 380155, 609723, 122544])
  }

  /// The losses that the program of version 1 wrote into `training.csv` of these histories.
  @Test func `train a model to the digit`() throws {
    let set = try HistorySet(reading: Self.folder)
    var context = ContextSettings()
    context.steps = 20
    var model = ModelSettings()
    (model.width, model.layers, model.heads, model.feedForward) = (32, 2, 2, 64)
    var settings = TrainingSettings()
    (settings.updates, settings.windowsPerUpdate, settings.warmUpUpdates) = (6, 16, 3)
    let sampler = try WindowSampler(
      histories: set.histories, settings: context,
      selection: .learning(subsampling: context.episodeSubsampling))
    let seed = Seed(5).seed(for: "train", 0)
    let trainer = Trainer(
      ModelConfiguration(model: model, interface: set.manifest.interface, contextSteps: 20),
      settings, seed: seed, workers: 1)
    var batch = trainer.makeBatch()
    let losses = (0..<6).map { update in
      sampler.fill(&batch, update: update, seed: seed)
      return trainer.update(on: batch).loss
    }
    #expect(
      losses == [
        1.6172290274694554, 1.6194398750808505, 1.6086311265590836, 1.595790067099586,
        1.5883025581413457, 1.5807575022458655,
      ])
  }
}
