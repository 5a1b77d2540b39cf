// evaluate: models with frozen weights and the source itself act in tasks; returns are written down.
// What is in returns.csv already is kept; each method on each split is added as it is done, the way of the
// agent that was watched first, so that returns never stand without it.

internal import Contexts
internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Models
internal import Randomness
internal import SourceAlgorithms
internal import Tasks
internal import Training

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

  /// Whether it only shows what another method learns from, or keeps.
  var isControl: Bool { isPrompted || self == .adRewardsHidden }
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

extension Run {
  /// How models act, from an empty context, with true rewards.
  var rolloutConditions: RolloutConditions {
    var conditions = RolloutConditions()
    conditions.temperature = configuration.evaluate.temperature
    conditions.droppedFraction = configuration.evaluate.droppedFraction
    conditions.exploration = configuration.rl2.finalExploration
    return conditions
  }
}

/// What gets rows of its own: a method in tasks, with what its contexts begin with.
private struct Evaluated {
  let method: EvaluatedMethod
  let split: EvaluatedSplit
  let tasks: [TaskID]
  var percent: Int?
  var file: PromptFile?

  /// The method's name in files.
  var name: String {
    if file != nil { return method.rawValue + Prompt.file(path: "").suffix }
    return method.rawValue + (percent.map { Prompt.percent($0).suffix } ?? "")
  }
}

/// Evaluates what a run folder has no returns of yet.
package struct EvaluateStage {
  let run: Run
  private let methods: [EvaluatedMethod]
  private let splits: [EvaluatedSplit]
  private let prompts: [Prompt]

  /// The stage of a run.
  /// - Parameter prompts: What contexts begin with, each in turn; if there are any, the methods are evaluated with
  ///   them alone, and on the task of a file without one as well.
  package init(
    _ run: Run, methods: [EvaluatedMethod], splits: [EvaluatedSplit], prompts: [Prompt] = []
  ) {
    self.run = run
    self.methods = methods
    self.splits = splits
    self.prompts = prompts
  }

  /// Evaluates what is missing, and writes returns and summary.
  package func perform() throws {
    let subjects = try subjects()
    try makeFolder(run.folder.evaluation)
    try note(subjects.compactMap(\.file))
    var table = try readTable()
    var cache = PromptCache()
    for subject in subjects {
      for seed in try trainSeeds(of: subject.method) {
        guard !table.contains(subject.name, subject.split.rawValue, trainSeed: seed) else {
          run.console.kept("\(run.folder.returns): \(name(subject, seed))")
          continue
        }
        let rows = try evaluate(subject, trainSeed: seed, &cache)
        table = ReturnsTable(table.rows + rows)
        try table.write(to: URL(fileURLWithPath: run.folder.returns), replacing: true)
        run.console.wrote("\(run.folder.returns): \(name(subject, seed))")
      }
    }
    try writeSummary(table)
  }

  /// All that is to be evaluated, in order. Every file is looked through.
  private func subjects() throws -> [Evaluated] {
    let unfit = methods.first { !EvaluatedMethod.promptable.contains($0) }
    if let unfit, !prompts.isEmpty { throw PromptError.notPromptable(unfit.rawValue) }
    let percents: [Int?] = prompts.isEmpty ? [nil] : prompts.compactMap(\.percent)
    let onSplits = try splits.flatMap { split in
      let tasks = try run.tasks(in: split)
      return percents.flatMap { percent in
        methods.map { Evaluated(method: $0, split: split, tasks: tasks, percent: percent) }
      }
    }
    let onFiles = try prompts.compactMap(\.path).flatMap { path in
      let file = try open(path)
      return methods.flatMap { method in
        [nil, file].map {
          Evaluated(method: method, split: file.split, tasks: [file.shard.task], file: $0)
        }
      }
    }
    return onSplits + onFiles
  }

  // MARK: One method on one split

  private func evaluate(
    _ subject: Evaluated, trainSeed: Int?, _ cache: inout PromptCache
  ) throws -> [ReturnsTable.Row] {
    let (method, split) = (subject.method, subject.split)
    guard let model = method.model, let trainSeed else {
      return try sourceReturns(split)
    }
    var conditions = run.rolloutConditions
    conditions.hidesRewards = method == .adRewardsHidden
    if method.isPrompted { conditions.prompts = try convergedPrompts(split) }
    if let percent = subject.percent {
      conditions.prompts = try cache.prompts(split.rawValue, percent) {
        try prompts(at: percent, split)
      }
    }
    if let file = subject.file { conditions.prompts = prompts(of: file) }
    conditions.watchedTask = watchedTask(subject.tasks)
    let streams = try rollOut(subject, model, trainSeed, conditions)
    if let task = conditions.watchedTask {
      try writePaths(streams.filter { $0.task == task }, subject, trainSeed)
    }
    return streams.flatMap { stream in
      stream.returns.indices.map { episode in
        ReturnsTable.Row(
          method: subject.name, split: split.rawValue, task: stream.task.index,
          trainSeed: trainSeed, evalSeed: stream.evaluationSeed, episode: episode + 1,
          envSteps: stream.environmentSteps[episode], return: stream.returns[episode])
      }
    }
  }

  private func rollOut(
    _ subject: Evaluated, _ model: Method, _ trainSeed: Int, _ conditions: RolloutConditions
  ) throws -> [StreamReturns] {
    let settings = run.configuration.evaluate
    let seeds = subject.method.isControl ? settings.controlSeeds : settings.seeds
    let file = run.folder.model(model, trainSeed: trainSeed).model
    run.console.read(file)
    let parameters = try Checkpoint.read(
      URL(fileURLWithPath: file), expecting: run.transformer(of: model))
    let line = run.console.progress(
      "evaluating \(name(subject, trainSeed)):",
      total: subject.tasks.count * seeds * settings.episodes, unit: "episodes")
    let rollout = InContextRollout(
      episodes: settings.episodes, seedsPerTask: seeds, conditions: conditions,
      seed: run.seed.seed(for: "evaluate", trainSeed))
    var streams: [StreamReturns] = []
    let stage = "evaluate/\(subject.split.rawValue)/\(subject.name)/seed-\(trainSeed)"
    _ = try run.timed(stage) { amounts in
      streams = try rollout.run(
        parameters, in: run.family, tasks: subject.tasks, workers: run.workers
      ) { line.advance(by: $0.episodes) }
      amounts["environment_steps"] = streams.reduce(0) { $0 + ($1.environmentSteps.last ?? 0) }
    }
    line.finish()
    return streams
  }

  // MARK: The source, from scratch

  /// The source's own learning on the tasks, recorded once: a stream for each evaluation seed.
  func sourceHistories(_ split: EvaluatedSplit) throws -> [TaskID: [History]] {
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

  // MARK: Files

  private func readTable() throws -> ReturnsTable {
    guard FileManager.default.fileExists(atPath: run.folder.returns) else {
      return ReturnsTable([])
    }
    return try ReturnsTable(contentsOf: URL(fileURLWithPath: run.folder.returns))
  }

  /// The first task, if there is a map to see it on.
  private func watchedTask(_ tasks: [TaskID]) -> TaskID? {
    tasks.min().flatMap { task in
      run.family.mapScene(of: task).map { _ in task }
    }
  }

  /// Adds the ways of watched streams, in place of what an evaluation left that was broken off.
  private func writePaths(
    _ streams: [StreamReturns], _ subject: Evaluated, _ trainSeed: Int
  ) throws {
    let (method, split) = (subject.name, subject.split.rawValue)
    let file = URL(fileURLWithPath: run.folder.paths)
    let isThere = FileManager.default.fileExists(atPath: run.folder.paths)
    let kept = isThere ? try PathTable(contentsOf: file).rows : []
    let others = kept.filter {
      ($0.method, $0.split, $0.trainSeed) != (method, split, trainSeed)
    }
    let added = streams.flatMap {
      PathTable.rows(
        of: $0, in: run.family, method: method, split: split, trainSeed: trainSeed)
    }
    try PathTable(others + added).write(to: file)
  }

  private func writeSummary(_ table: ReturnsTable) throws {
    let evaluated = Set(table.selections.map(\.split)).sorted()
    let splits = evaluated.map { split in
      let known = run.evaluatedSplits.first { $0.split.rawValue == split }?.tasks
      return (split, known ?? tasks(of: split, in: table))
    }
    let references = splits.flatMap { run.references($0.0, $0.1) }
    let summary = try EvaluationSummary(
      of: table, references: references, seed: run.seed.seed(for: "bootstrap"),
      episodes: run.configuration.evaluate.episodes)
    try writeFile(String(decoding: try summary.json(), as: UTF8.self), to: run.folder.summary)
    run.console.wrote(run.folder.summary)
  }

  /// The tasks of a split that is a file's.
  private func tasks(of split: String, in table: ReturnsTable) -> [TaskID] {
    Set(table.rows.filter { $0.split == split }.map(\.task)).sorted().map { TaskID($0) }
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

  private func name(_ subject: Evaluated, _ seed: Int?) -> String {
    "\(subject.name) on \(subject.split.rawValue) tasks" + (seed.map { ", seed \($0)" } ?? "")
  }
}

extension ReturnsTable {
  /// Whether there are rows of a method on a split, with a training seed or without one.
  func contains(_ method: String, _ split: String, trainSeed: Int?) -> Bool {
    rows(method: method, split: split).contains { $0.trainSeed == trainSeed }
  }
}
