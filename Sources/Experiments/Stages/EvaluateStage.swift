// evaluate: models with frozen weights and the source itself act in tasks; returns are written down.
// What is in returns.csv already is kept; each method on each split is added as it is done, the way of the
// agent that was watched first, so that returns never stand without it.

internal import Contexts
internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Randomness
internal import SourceAlgorithms
internal import Tasks
internal import Transformer

/// Whose returns an evaluation can hold.
package enum EvaluatedMethod: String, CaseIterable, Sendable {
  /// Algorithm distillation.
  case ad
  /// Expert distillation.
  case ed
  /// Algorithm distillation with a recurrent model.
  case adLSTM = "ad-lstm"
  /// RL², whose memory is never cleared while it is evaluated.
  case rl2
  /// The source learner, from scratch.
  case source
  /// Algorithm distillation with its rewards hidden, to show that it learns from them.
  case adRewardsHidden = "ad-rewards-hidden"
  /// Algorithm distillation that finds a converged learner's episodes in its context.
  case adPrompted = "ad-prompted"
  /// Expert distillation that finds a converged learner's episodes in its context.
  case edPrompted = "ed-prompted"

  /// The method of the models that it evaluates; nil if it has none.
  var model: Method? {
    switch self {
    case .ad, .adRewardsHidden, .adPrompted: .ad
    case .ed, .edPrompted: .ed
    case .adLSTM: .adLSTM
    case .rl2: .rl2
    case .source: nil
    }
  }

  /// Those that can be evaluated of models of some methods, and the source.
  package static func all(of models: [Method]) -> [EvaluatedMethod] {
    allCases.filter { method in method.model.map(models.contains) ?? true }
  }

  /// Whether its context begins with another's episodes.
  var isPrompted: Bool { self == .adPrompted || self == .edPrompted }
}

/// Whose tasks an evaluation can be on: a part of the split, or a test set of the family.
package struct EvaluatedSplit: RawRepresentable, Hashable, Sendable {
  /// The name in files.
  package let rawValue: String

  /// Of a name, which a run may not know.
  package init(rawValue: String) { self.rawValue = rawValue }

  /// Tasks that no model saw.
  package static let heldOut = EvaluatedSplit(rawValue: "held-out")
  /// Tasks of the histories.
  package static let train = EvaluatedSplit(rawValue: "train")
  /// Tasks for tuning.
  package static let validation = EvaluatedSplit(rawValue: "validation")
}

extension Run {
  /// Every set of tasks that can be evaluated on, with its tasks.
  var evaluatedSplits: [(split: EvaluatedSplit, tasks: [TaskID])] {
    [
      (.heldOut, split.heldOut), (.train, split.training), (.validation, split.validation),
    ] + family.testSets.map { (EvaluatedSplit(rawValue: $0.name), $0.tasks) }
  }

  /// The sets that test unless others are asked for: the family's own, or the held-out tasks.
  package var testedSplits: [EvaluatedSplit] {
    let own = family.testSets.map { EvaluatedSplit(rawValue: $0.name) }
    return own.isEmpty ? [.heldOut] : own
  }

  /// The tasks of a set.
  /// - Throws: `StageError.noSuchSplit` if there is none of the name.
  func tasks(in wanted: EvaluatedSplit) throws(StageError) -> [TaskID] {
    guard let found = evaluatedSplits.first(where: { $0.split == wanted }) else {
      throw .noSuchSplit(wanted.rawValue, known: evaluatedSplits.map(\.split.rawValue))
    }
    return found.tasks
  }
}

/// Evaluates what a run folder has no returns of yet.
package struct EvaluateStage {
  private let run: Run
  private let methods: [EvaluatedMethod]
  private let splits: [EvaluatedSplit]

  /// The stage of a run.
  package init(_ run: Run, methods: [EvaluatedMethod], splits: [EvaluatedSplit]) {
    self.run = run
    self.methods = methods
    self.splits = splits
  }

  /// Evaluates what is missing, and writes returns and summary.
  package func perform() throws {
    try makeFolder(run.folder.evaluation)
    var table = try readTable()
    for split in splits {
      for method in methods {
        for seed in try trainSeeds(of: method) {
          guard !table.contains(method.rawValue, split.rawValue, trainSeed: seed) else {
            run.console.kept("\(run.folder.returns): \(name(method, split, seed))")
            continue
          }
          let rows = try evaluate(method, split, trainSeed: seed)
          table = ReturnsTable(table.rows + rows)
          try table.write(to: URL(fileURLWithPath: run.folder.returns), replacing: true)
          run.console.wrote("\(run.folder.returns): \(name(method, split, seed))")
        }
      }
    }
    try writeSummary(table)
  }

  // MARK: One method on one split

  private func evaluate(
    _ method: EvaluatedMethod, _ split: EvaluatedSplit, trainSeed: Int?
  ) throws -> [ReturnsTable.Row] {
    guard let model = method.model, let trainSeed else {
      return try sourceReturns(split)
    }
    var conditions = RolloutConditions()
    conditions.temperature = run.configuration.evaluate.temperature
    conditions.hidesRewards = method == .adRewardsHidden
    if method.isPrompted { conditions.prompts = try prompts(split) }
    conditions.watchedTask = try watchedTask(split)
    let streams = try rollOut(method, model, trainSeed, conditions, split)
    if let task = conditions.watchedTask {
      try writePaths(streams.filter { $0.task == task }, method, split, trainSeed)
    }
    return streams.flatMap { stream in
      stream.returns.indices.map { episode in
        ReturnsTable.Row(
          method: method.rawValue, split: split.rawValue, task: stream.task.index,
          trainSeed: trainSeed, evalSeed: stream.evaluationSeed, episode: episode + 1,
          envSteps: stream.environmentSteps[episode], return: stream.returns[episode])
      }
    }
  }

  private func rollOut(
    _ method: EvaluatedMethod, _ model: Method, _ trainSeed: Int, _ conditions: RolloutConditions,
    _ split: EvaluatedSplit
  ) throws -> [StreamReturns] {
    let settings = run.configuration.evaluate
    let file = run.folder.model(model, trainSeed: trainSeed).model
    run.console.read(file)
    let parameters = try Checkpoint.read(
      URL(fileURLWithPath: file), expecting: run.transformer(of: model))
    let tasks = try run.tasks(in: split)
    let line = run.console.progress(
      "evaluating \(name(method, split, trainSeed)):",
      total: tasks.count * settings.seeds * settings.episodes, unit: "episodes")
    let rollout = InContextRollout(
      episodes: settings.episodes, seedsPerTask: settings.seeds, conditions: conditions,
      seed: run.seed.seed(for: "evaluate", trainSeed))
    var streams: [StreamReturns] = []
    let stage = "evaluate/\(split.rawValue)/\(method.rawValue)/seed-\(trainSeed)"
    _ = try run.timed(stage) { amounts in
      streams = try rollout.run(parameters, in: run.family, tasks: tasks, workers: run.workers) {
        line.advance(by: $0.episodes)
      }
      amounts["environment_steps"] = streams.reduce(0) { $0 + ($1.environmentSteps.last ?? 0) }
    }
    line.finish()
    return streams
  }

  // MARK: The source, from scratch

  /// The source's own learning on the tasks, recorded once: a stream for each evaluation seed.
  private func sourceHistories(_ split: EvaluatedSplit) throws -> [TaskID: [History]] {
    let streams = run.configuration.source.makeLearner().streamCount
    let learners = (run.configuration.evaluate.seeds + streams - 1) / streams
    let folder = run.folder.sourceHistories(on: split)
    let tasks = try run.tasks(in: split)
    try run.record(
      tasks, historiesPerTask: learners * streams, into: folder,
      stage: "evaluate/\(split.rawValue)/source",
      title: "running the source on \(split.rawValue) tasks:")
    let set = try HistorySet(reading: URL(fileURLWithPath: folder))
    return Dictionary(
      uniqueKeysWithValues: tasks.map { task in
        (task, Array(set.histories(of: [task]).prefix(run.configuration.evaluate.seeds)))
      })
  }

  private func sourceReturns(_ split: EvaluatedSplit) throws -> [ReturnsTable.Row] {
    let histories = try sourceHistories(split)
    return try run.tasks(in: split).flatMap { task in
      (histories[task] ?? []).enumerated().flatMap { number, history in
        (0..<min(history.episodeCount, run.configuration.evaluate.episodes)).map { episode in
          ReturnsTable.Row(
            method: EvaluatedMethod.source.rawValue, split: split.rawValue, task: task.index,
            trainSeed: nil, evalSeed: number, episode: episode + 1,
            envSteps: history.learnerSteps(atEndOf: episode),
            return: history.return(ofEpisode: episode))
        }
      }
    }
  }

  /// The last episodes of the source on each task, as many as half a context holds: of a full one the
  /// older half would be dropped before the first prediction.
  private func prompts(_ split: EvaluatedSplit) throws -> [TaskID: [[ContextStep]]] {
    try sourceHistories(split).mapValues { histories in
      histories.map { history in
        var first = history.episodeCount
        var steps = 0
        while first > 0 {
          steps += history.steps(ofEpisode: first - 1).count
          if steps > run.configuration.context.steps / 2 { break }
          first -= 1
        }
        return history.contextSteps(ofEpisodes: first..<history.episodeCount)
      }
    }
  }

  // MARK: Files

  private func readTable() throws -> ReturnsTable {
    guard FileManager.default.fileExists(atPath: run.folder.returns) else {
      return ReturnsTable([])
    }
    return try ReturnsTable(contentsOf: URL(fileURLWithPath: run.folder.returns))
  }

  /// The first task, if there is a map to see it on.
  private func watchedTask(_ split: EvaluatedSplit) throws -> TaskID? {
    try run.tasks(in: split).min().flatMap { task in
      run.family.mapScene(of: task).map { _ in task }
    }
  }

  /// Adds the ways of watched streams, in place of what an evaluation left that was broken off.
  private func writePaths(
    _ streams: [StreamReturns], _ method: EvaluatedMethod, _ split: EvaluatedSplit, _ trainSeed: Int
  ) throws {
    let file = URL(fileURLWithPath: run.folder.paths)
    let isThere = FileManager.default.fileExists(atPath: run.folder.paths)
    let kept = isThere ? try PathTable(contentsOf: file).rows : []
    let others = kept.filter {
      ($0.method, $0.split, $0.trainSeed) != (method.rawValue, split.rawValue, trainSeed)
    }
    let added = streams.flatMap {
      PathTable.rows(
        of: $0, in: run.family, method: method.rawValue, split: split.rawValue,
        trainSeed: trainSeed)
    }
    try PathTable(others + added).write(to: file)
  }

  private func writeSummary(_ table: ReturnsTable) throws {
    let splits = run.evaluatedSplits.filter { evaluated in
      table.selections.contains { $0.split == evaluated.split.rawValue }
    }
    let references = splits.flatMap { run.references($0.split, $0.tasks) }
    let summary = try EvaluationSummary(
      of: table, references: references, seed: run.seed.seed(for: "bootstrap"),
      episodes: run.configuration.evaluate.episodes)
    try writeFile(String(decoding: try summary.json(), as: UTF8.self), to: run.folder.summary)
    run.console.wrote(run.folder.summary)
  }

  private func trainSeeds(of method: EvaluatedMethod) throws -> [Int?] {
    guard let model = method.model else { return [nil] }
    let seeds = run.folder.trainedSeeds(of: model)
    guard !seeds.isEmpty else {
      throw StageError.notYet(
        missing: run.folder.models(of: model),
        command: "distill train --run \(run.folder.path) --method \(model.rawValue)")
    }
    return seeds
  }

  private func name(_ method: EvaluatedMethod, _ split: EvaluatedSplit, _ seed: Int?) -> String {
    "\(method.rawValue) on \(split.rawValue) tasks" + (seed.map { ", seed \($0)" } ?? "")
  }
}

extension ReturnsTable {
  /// Whether there are rows of a method on a split, with a training seed or without one.
  func contains(_ method: String, _ split: String, trainSeed: Int?) -> Bool {
    rows(method: method, split: split).contains { $0.trainSeed == trainSeed }
  }
}
