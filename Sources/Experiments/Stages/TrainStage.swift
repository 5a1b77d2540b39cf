// train: a model learns to continue the histories.

internal import Contexts
internal import Foundation
internal import LearningHistories
internal import Randomness
internal import Tasks
internal import Training
internal import Transformer

/// Trains the models of one method that a run folder lacks, or finishes them.
package struct TrainStage {
  private let run: Run
  private let method: Method
  private let seeds: [Int]

  /// The stage of a run.
  /// - Parameters:
  ///   - method: What to distil.
  ///   - seeds: A model for each.
  package init(_ run: Run, method: Method, seeds: [Int]) {
    self.run = run
    self.method = method
    self.seeds = seeds
  }

  /// Trains the models one after the other.
  package func perform() throws {
    let missing = try seeds.filter { seed in
      let folder = run.folder.model(method, trainSeed: seed)
      guard folder.isComplete else { return true }
      // Still there if the training was killed between its last file and the removal of this one.
      try removeIfPresent(folder.checkpoint)
      run.console.kept(folder.path)
      return false
    }
    guard !missing.isEmpty else { return }
    let histories = try run.histories(of: run.split.training)
    let sampler = try WindowSampler(
      histories: histories, settings: run.configuration.context,
      selection: run.configuration.selection(for: method))
    for seed in missing { try train(seed, sampler) }
  }

  private func train(_ seed: Int, _ sampler: WindowSampler) throws {
    let folder = run.folder.model(method, trainSeed: seed)
    try makeFolder(folder.path)
    let settings = run.configuration.training(of: method)
    let training = TrainingRun(
      run.transformer(of: method), settings, sampler: sampler, renderer: run.family.renderer,
      seed: run.seed.seed(for: "train", seed),
      files: TrainingFiles(in: URL(fileURLWithPath: folder.path)),
      metadata: [
        "method": method.rawValue, "train_seed": "\(seed)", "program_version": programVersion,
      ])
    let steps = settings.windowsPerUpdate * run.configuration.context.steps
    let seconds = try run.timed("train/\(method.rawValue)/seed-\(seed)") { amounts in
      var line: ProgressLine?
      func begin(after done: Int) -> ProgressLine {
        let begun = run.console.progress(
          "training \(method.rawValue), seed \(seed):", total: settings.updates, alreadyDone: done,
          unit: "updates")
        line = begun
        return begun
      }
      try training.perform(workers: run.workers) { done in
        run.console.say("resume \(folder.checkpoint) after \(done) updates")
        _ = begin(after: done)
      } progress: { record in
        (line ?? begin(after: 0)).advance(note: "loss \(String(format: "%.3f", record.loss))")
        amounts["updates", default: 0] += 1
        amounts["environment_steps", default: 0] += steps
      }
      line?.finish()
    }
    run.console.wrote("\(folder.model) in \(duration(seconds ?? 0))")
  }
}

extension ExperimentConfiguration {
  /// How a method's models are trained.
  func training(of method: Method) -> TrainingSettings {
    var settings = train
    let fraction: Double
    switch method {
    case .ad: fraction = 1
    case .ed: fraction = ed.updatesFraction
    case .adLSTM: (fraction, settings.learningRate) = (lstm.updatesFraction, lstm.learningRate)
    }
    settings.updates = max(1, Int((fraction * Double(train.updates)).rounded()))
    settings.warmUpUpdates = min(train.warmUpUpdates, settings.updates)
    return settings
  }

  /// What of the histories a method's models see.
  func selection(for method: Method) -> EpisodeSelection {
    switch method {
    case .ad, .adLSTM: .learning(subsampling: context.episodeSubsampling)
    case .ed: .converged(lastFraction: ed.lastFraction)
    }
  }

  /// What a method's models are made of.
  func model(of method: Method) -> ModelSettings {
    var settings = model
    switch method {
    case .ad, .ed: break
    case .adLSTM:
      (settings.architecture, settings.tokensPerStep) = (.lstm, 1)
      (settings.width, settings.layers) = (lstm.width, lstm.layers)
      (settings.dropout, settings.attentionDropout) = (0, 0)
    }
    return settings
  }
}

extension Run {
  /// The shape of a method's models.
  func transformer(of method: Method) -> TransformerConfiguration {
    TransformerConfiguration(
      model: configuration.model(of: method), interface: family.interface,
      contextSteps: configuration.context.steps)
  }

  /// The recorded histories of some tasks, from a set that is whole and has the split of the
  /// configuration.
  func histories(of tasks: [TaskID]) throws -> [History] {
    guard FileManager.default.fileExists(atPath: folder.manifest) else {
      throw StageError.notYet(
        missing: folder.manifest, command: "distill collect --preset PRESET --out \(folder.path)")
    }
    let set = try HistorySet(
      reading: URL(fileURLWithPath: folder.histories), verifyingChecksums: true)
    try set.require(split)
    if let renderer = family.renderer { try set.require(drawableBy: renderer) }
    console.read("\(folder.histories) (\(set.histories.count) histories)")
    return set.histories(of: tasks)
  }
}
