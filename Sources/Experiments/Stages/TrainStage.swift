// train: a model learns to continue the histories.

internal import Contexts
internal import Foundation
internal import LearningHistories
internal import Models
internal import Randomness
internal import Tasks
internal import Training

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
    if method == .rl2 {
      for seed in missing { try trainOnline(seed, in: run.family) }
      return
    }
    let histories = try run.histories(of: run.configuration.shownTasks(of: run.split))
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
      metadata: metadata(of: seed))
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

extension TrainStage {
  /// Trains a model by RL², which needs no histories.
  private func trainOnline(_ seed: Int, in family: some TaskFamily) throws {
    let folder = run.folder.model(method, trainSeed: seed)
    try makeFolder(folder.path)
    let settings = run.configuration.rl2
    let training = RL2Run(
      run.transformer(of: method), settings, in: family, tasks: run.split.training,
      seed: run.seed.seed(for: "rl2", seed),
      files: TrainingFiles(in: URL(fileURLWithPath: folder.path)),
      metadata: metadata(of: seed))
    let seconds = try run.timed("train/\(method.rawValue)/seed-\(seed)") { amounts in
      var line: ProgressLine?
      func begin(after done: Int) -> ProgressLine {
        let begun = run.console.progress(
          "training \(method.rawValue), seed \(seed):",
          total: settings.updates * settings.stepsPerUpdate,
          alreadyDone: done * settings.stepsPerUpdate, unit: "steps")
        line = begun
        return begun
      }
      var note = ReturnsNote()
      try training.perform(workers: run.workers) { done in
        run.console.say("resume \(folder.checkpoint) after \(done) updates")
        _ = begin(after: done)
      } progress: { record in
        note.add(record)
        (line ?? begin(after: 0)).advance(by: settings.stepsPerUpdate, note: note.text)
        amounts["updates", default: 0] += 1
        amounts["environment_steps", default: 0] += settings.stepsPerUpdate
      }
      line?.finish()
    }
    run.console.wrote("\(folder.model) in \(duration(seconds ?? 0))")
  }

  private func metadata(of seed: Int) -> [String: String] {
    ["method": method.rawValue, "train_seed": "\(seed)", "program_version": programVersion]
  }
}

/// The returns of the first and last episodes of the trials that ended lately.
private struct ReturnsNote {
  private var trials = 0.0
  private var firstReturns = 0.0
  private var lastReturns = 0.0

  /// Counts an update, and those before it less and less.
  mutating func add(_ record: RL2Record) {
    let kept = 0.98
    trials = kept * trials + Double(record.trials)
    firstReturns = kept * firstReturns + record.firstReturns
    lastReturns = kept * lastReturns + record.lastReturns
  }

  var text: String {
    trials == 0
      ? ""
      : String(
        format: "first episode %.2f, last %.2f", firstReturns / trials, lastReturns / trials)
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
    case .rl2: preconditionFailure("rl2 is not trained on histories")
    }
    settings.updates = max(1, Int((fraction * Double(train.updates)).rounded()))
    settings.warmUpUpdates = min(train.warmUpUpdates, settings.updates)
    return settings
  }

  /// What of the histories a method's models see.
  func selection(for method: Method) -> EpisodeSelection {
    switch method {
    case .rl2: preconditionFailure("rl2 is not trained on histories")
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
    case .rl2:
      settings = ModelSettings()
      settings.architecture = .lstm
      (settings.width, settings.layers) = (rl2.width, rl2.layers)
      settings.ordinalObservations = rl2.ordinalObservations
      settings.chronoInitialisation = rl2.chronoInitialisation
      settings.sight = model.sight
    }
    return settings
  }
}

extension Run {
  /// The shape of a method's models.
  func transformer(of method: Method) -> ModelConfiguration {
    let model = configuration.model(of: method)
    guard method == .rl2 else {
      return ModelConfiguration(
        model: model, interface: family.interface, contextSteps: configuration.context.steps)
    }
    return ModelConfiguration(
      model: model, interface: family.interface,
      contextSteps: configuration.rl2.episodesPerTrial * family.interface.episodeLength,
      predicts: configuration.rl2.algorithm.prediction)
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
