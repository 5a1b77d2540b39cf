// Loss and accuracy on histories that are not learned from.

import Contexts
import Foundation
import LearningHistories
import Models
import Randomness
import Tasks
import TestSupport
import Testing
import Training

@Suite struct `A training that is validated` {
  /// A small training that learns from one task and is measured on another.
  private func training(_ name: String, in folder: URL) -> SmallTraining {
    var training = SmallTraining(in: folder.appendingPathComponent(name))
    training.validationTask = TaskID(1)
    return training
  }

  /// The fields of the rows of its log, without the header.
  private func rows(of training: SmallTraining) throws -> [[Substring]] {
    try String(contentsOf: training.files.log, encoding: .utf8).split(separator: "\n").dropFirst()
      .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
  }

  @Test func `logs what was measured, and nothing where nothing was`() throws {
    try withTemporaryFolder { folder in
      let training = training("model", in: folder)
      try training.perform()
      let log = try String(contentsOf: training.files.log, encoding: .utf8)
      #expect(
        log.hasPrefix(
          "update,learning_rate,loss,accuracy,gradient_norm,validation_loss,validation_accuracy\n"))
      for (index, row) in try rows(of: training).enumerated() {
        guard [100, 200, 230].contains(index + 1) else {
          #expect(row[5...] == ["", ""])
          continue
        }
        let (loss, accuracy) = (try #require(Double(row[5])), try #require(Double(row[6])))
        #expect(loss > 0 && loss < 10)
        #expect((0...1).contains(accuracy))
      }
    }
  }

  @Test(arguments: [Architecture.transformer, .lstm])
  func `learns the same however often it is measured`(architecture: Architecture) throws {
    try withTemporaryFolder { folder in
      let trainings = try ["often", "rarely", "never"].map { name in
        var training = training(name, in: folder)
        training.model.architecture = architecture
        if architecture == .lstm { training.model.dropout = 0 }
        training.settings.validationEvery = name == "often" ? 7 : 1_000
        if name == "never" { training.isMeasured = false }
        try training.perform()
        return training
      }
      let models = try trainings.map { try Data(contentsOf: $0.files.model) }
      #expect(models[1] == models[0] && models[2] == models[0])
      let learned = try trainings.map { training in
        try rows(of: training).map { $0.prefix(5).joined(separator: ",") }
      }
      #expect(learned[1] == learned[0] && learned[2] == learned[0])
    }
  }

  @Test(arguments: [Architecture.transformer, .lstm], [1, 2])
  func `measures the loss that it would learn from without dropout`(
    architecture: Architecture, workers: Int
  ) {
    var model = ModelSettings()
    (model.architecture, model.width, model.layers, model.heads) = (architecture, 8, 1, 2)
    (model.feedForward, model.dropout, model.attentionDropout) = (8, 0, 0)
    var settings = TrainingSettings()
    (settings.updates, settings.warmUpUpdates, settings.windowsPerUpdate) = (10, 0, 16)
    settings.labelSmoothing = 0.1
    let trainer = Trainer(
      ModelConfiguration(model: model, interface: TellingFamily().interface, contextSteps: 6),
      settings, seed: Seed(1), workers: workers)
    var batch = trainer.makeBatch()
    var random = Seed(2).random(for: "batch")
    for window in 0..<batch.windowCount {
      for step in 0..<batch.stepCount {
        batch.set(
          window: window, step: step, observation: Observation(UInt8(random.below(256)), 3),
          action: random.below(5), reward: 0, lossWeight: Float(random.below(3)))
      }
    }
    for _ in 0..<3 {
      let measured = trainer.measure(batch)
      let learned = trainer.update(on: batch)
      #expect(measured.loss == learned.loss)
      #expect(measured.correct == learned.accuracy)
    }
  }

  @Test(arguments: [1, 2], [[37], [100], [101, 150], [200, 229]])
  func `leaves the same bytes if it was interrupted`(workers: Int, updates: [Int]) throws {
    try withTemporaryFolder { folder in
      var (whole, broken) = (training("whole", in: folder), training("broken", in: folder))
      whole.settings.validationEvery = 40
      whole.settings.keepEvery = 90
      broken.settings = whole.settings
      try whole.perform()
      for update in updates { try broken.interrupt(at: update, workers: workers) }
      try broken.perform(workers: workers)
      let files = try contents(of: whole.output)
      #expect(files.count == 6)
      #expect(try contents(of: broken.output) == files)
    }
  }
}

@Suite struct `A sampler of windows to measure` {
  /// The histories of some tasks, each of episodes of six steps.
  private func histories(episodes: Int, in folder: URL) throws -> HistorySet {
    let family = TellingFamily()
    try HistoryCollector(
      family: family, tasks: (0..<3).map { TaskID($0) },
      split: TaskSplit(of: family, heldOut: 0, validation: 0, seed: Seed(1)),
      learner: TellingLearner(streamCount: 1, episodesPerStream: episodes), historiesPerTask: 1,
      seed: Seed(1), folder: folder, fingerprint: "f"
    ).collect(workers: 1)
    return try HistorySet(reading: folder)
  }

  @Test func `draws from other histories, hides nothing, leaves out what fills no window`() throws {
    try withTemporaryFolder { folder in
      let long = try histories(episodes: 20, in: folder.appendingPathComponent("long"))
      let short = try histories(episodes: 1, in: folder.appendingPathComponent("short"))
      var settings = ContextSettings()
      (settings.steps, settings.maskProbability) = (12, 0.5)
      let training = try WindowSampler(
        histories: long.histories(of: [TaskID(0)]), settings: settings,
        selection: .learning(subsampling: 2))
      let measuring = try #require(
        training.measuring(
          short.histories(of: [TaskID(0)]) + long.histories(of: [TaskID(1), TaskID(2)])))
      #expect(measuring.historyCount == 2)
      var batch = ContextBatch(windowCount: 20, stepCount: 12)
      measuring.fill(&batch, update: 0, seed: Seed(3))
      #expect(Set(batch.observations.map { TellingStep($0).task }) == [1, 2])
      #expect(!batch.isMasked.contains(true))
      #expect(training.measuring(short.histories) == nil)
    }
  }
}
