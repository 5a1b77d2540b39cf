// evaluate: models with frozen weights and the source itself act in tasks; returns are written down. Each part leaves
// files of its own, the way of the agent that was watched first, so that returns never stand without it; returns.csv,
// paths.csv and summary.json are joined from them.

internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Models
internal import Randomness
internal import SourceAlgorithms
internal import Tasks

/// What gets rows of its own: a method in a condition on the tasks of a split.
struct Subject {
  let evaluated: EvaluatedMethod
  let split: EvaluatedSplit
  let tasks: [TaskID]
  /// The file that contexts begin with, if they do with one.
  var file: PromptFile?
}

/// Evaluates what a run folder has no returns of yet.
public struct EvaluateStage {
  let run: Run
  let methods: [EvaluatedMethod]
  private let splits: [EvaluatedSplit]
  private let prompts: [Prompt]

  /// The stage of a run.
  /// - Parameter prompts: What contexts begin with, each in turn; if there are any, the methods are evaluated with
  ///   them alone, and on the task of a file without one as well.
  public init(
    _ run: Run, methods: [EvaluatedMethod], splits: [EvaluatedSplit], prompts: [Prompt] = []
  ) {
    self.run = run
    let isSilent = run.configuration.source.isImported && !Self.hasSource(run, splits)
    self.methods = methods.filter {
      !isSilent || ($0 != .source && $0.condition.beginning != .converged)
    }
    if self.methods.count < methods.count {
      run.console.say(
        "the source is left out: there are no imported histories of the tasks to act in")
    }
    self.splits = splits
    self.prompts = prompts
  }

  /// Evaluates what is missing, and writes returns and summary.
  public func perform() throws {
    try run.requireWorlds("no model can act in them")
    let subjects = try subjects()
    try run.requireFolder()
    try makeFolder(run.folder.evaluation)
    try run.divideEvaluation()
    try note(subjects.compactMap(\.file))
    try evaluate(subjects) { _ in true }
    try run.joinEvaluation()
    run.console.wrote(run.folder.summary)
  }

  /// Evaluates some of the parts, and leaves the tables to whoever finishes the run.
  /// - Parameter keys: What the parts are called.
  func perform(only keys: Set<String>) throws {
    try run.requireWorlds("no model can act in them")
    try evaluate(try subjects()) { keys.contains($0.key) }
  }

  private func evaluate(_ subjects: [Subject], where isWanted: (ReturnsPart) -> Bool) throws {
    var cache = PromptCache()
    for subject in subjects {
      for part in try parts(of: subject) where isWanted(part) {
        let name = name(of: part)
        guard part.state(in: run.folder) != .done else {
          run.console.kept("\(run.folder.returns): \(name)")
          continue
        }
        try Interruption.finishingUnits(areShort: run.family.learnersPerThread == 1) {
          let rows = try evaluate(subject, part, &cache)
          let file = try run.makeFile(part.files[0])
          try ReturnsTable(rows).write(to: file, replacing: true)
          if run.share == nil { try run.joinTables() }
          run.console.wrote("\(run.share == nil ? run.folder.returns : file.relativePath): \(name)")
        }
      }
    }
  }

  /// All that is to be evaluated, in order. Every file is looked through.
  private func subjects() throws -> [Subject] {
    let unfit = methods.first { !EvaluatedMethod.promptable.contains($0) }
    if let unfit, !prompts.isEmpty { throw PromptError.notPromptable(unfit.name) }
    let onSplits = try splits.flatMap { split in
      let tasks = try run.experiment.tasks(in: split)
      if prompts.contains(where: { $0.percent != nil }) { _ = try run.family.optima(of: tasks) }
      let begun =
        prompts.isEmpty
        ? methods
        : prompts.compactMap(\.percent).flatMap { percent in
          methods.map { $0.beginning(with: .percent(percent)) }
        }
      return begun.map { Subject(evaluated: $0, split: split, tasks: tasks) }
    }
    let onFiles = try prompts.compactMap(\.path).flatMap { path in
      let file = try open(path)
      return methods.flatMap { method in
        [method, method.beginning(with: .file)].map { evaluated in
          Subject(
            evaluated: evaluated, split: file.split, tasks: [file.shard.task],
            file: evaluated.condition.beginning == .file ? file : nil)
        }
      }
    }
    return onSplits + onFiles
  }

  /// The parts that it makes, those that are there among them.
  public func parts() throws -> [any Part] { try subjects().flatMap(parts) }

  /// A part for each training seed that there is a model of; one of the source.
  private func parts(of subject: Subject) throws -> [ReturnsPart] {
    var seeds: [Int] = []
    if let method = subject.evaluated.method {
      seeds = run.folder.trainedSeeds(of: method)
      guard !seeds.isEmpty else {
        throw StageError.notYet(
          missing: run.folder.models(of: method),
          command: commandText("train", "--run", run.folder.path, "--method", method.name))
      }
    }
    return Plan.returns(
      of: subject.evaluated, on: subject.split, subject.tasks, trainSeeds: seeds,
      in: run.experiment)
  }

  private func name(of part: ReturnsPart) -> String {
    "\(part.evaluated.name) on \(part.split.rawValue) tasks"
      + (part.trainSeed.map { ", seed \($0)" } ?? "")
  }

  // MARK: One part

  private func evaluate(
    _ subject: Subject, _ part: ReturnsPart, _ cache: inout PromptCache
  ) throws -> [ReturnsTable.Row] {
    guard let method = part.evaluated.method, let trainSeed = part.trainSeed else {
      return try sourceReturns(part.split)
    }
    var conditions = method.rolloutConditions(in: run.configuration)
    conditions.hidesRewards = part.evaluated.condition.hidesRewards
    switch part.evaluated.condition.beginning {
    case .empty: break
    case .converged:
      conditions.prompts = try cache.prompts(part) { try convergedPrompts(part.split) }
    case .percent(let percent):
      conditions.prompts = try cache.prompts(part) { try prompts(at: percent, part.split) }
    case .file: conditions.prompts = subject.file.map(prompts) ?? [:]
    }
    conditions.watchedTask = watchedTask(subject.tasks)
    let streams = try rollOut(subject, part, method, trainSeed, conditions)
    if let task = conditions.watchedTask {
      let rows = streams.filter { $0.task == task }.flatMap {
        PathTable.rows(
          of: $0, in: run.family, method: part.evaluated.name, split: part.split.rawValue,
          trainSeed: trainSeed)
      }
      let path = run.folder.pathsPart(
        part.evaluated.name, on: part.split.rawValue, trainSeed: trainSeed)
      try makeFolder(URL(fileURLWithPath: path).deletingLastPathComponent().path)
      try PathTable(rows).write(to: URL(fileURLWithPath: path))
    }
    return streams.flatMap { stream in
      stream.returns.indices.map { episode in
        ReturnsTable.Row(
          method: part.evaluated.name, split: part.split.rawValue, task: stream.task.index,
          trainSeed: trainSeed, evalSeed: stream.evaluationSeed, episode: episode + 1,
          envSteps: stream.environmentSteps[episode], return: stream.returns[episode])
      }
    }
  }

  private func rollOut(
    _ subject: Subject, _ part: ReturnsPart, _ method: any Method, _ trainSeed: Int,
    _ conditions: RolloutConditions
  ) throws -> [StreamReturns] {
    let settings = run.configuration.evaluate
    let seeds = part.evaluated.condition.isControl ? settings.controlSeeds : settings.seeds
    let parameters = try run.parameters(of: method, trainSeed: trainSeed)
    let line = run.console.progress(
      "evaluating \(name(of: part)):", total: subject.tasks.count * seeds * settings.episodes,
      unit: "episodes")
    let rollout = InContextRollout(
      episodes: settings.episodes, seedsPerTask: seeds, conditions: conditions,
      seed: run.seed.seed(for: "evaluate", trainSeed))
    var streams: [StreamReturns] = []
    let stage = "evaluate/\(part.split.rawValue)/\(part.evaluated.name)/seed-\(trainSeed)"
    _ = try run.timed(stage) { amounts in
      streams = try rollout.run(
        parameters, in: run.family, tasks: subject.tasks, workers: run.workers
      ) { line.advance(by: $0.episodes) }
      amounts["environment_steps"] = streams.reduce(0) { $0 + ($1.environmentSteps.last ?? 0) }
    }
    line.finish()
    return streams
  }

  /// The first task, if there is a map to see it on.
  private func watchedTask(_ tasks: [TaskID]) -> TaskID? {
    tasks.min().flatMap { task in run.family.mapScene(of: task).map { _ in task } }
  }

  // MARK: The source, from scratch

  /// The source's own learning on the tasks, recorded once: a stream for each evaluation seed.
  func sourceHistories(_ split: EvaluatedSplit) throws -> [TaskID: [History]] {
    if run.configuration.source.isImported {
      guard Self.hasSource(run, [split]) else {
        throw ImportError.cannotLearnAgain(learner: run.configuration.source.makeLearner().name)
      }
      let tasks = try run.experiment.tasks(in: split)
      let histories = try run.histories().histories(of: tasks)
      return Dictionary(grouping: histories, by: \.task)
        .mapValues { Array($0.prefix(run.configuration.evaluate.seeds)) }
    }
    // In a share of a run, all shards are there by now.
    try run.recordSource(on: split, only: run.share.map { _ in [] })
    let set = try HistorySet(reading: URL(fileURLWithPath: run.folder.sourceHistories(on: split)))
    return Dictionary(
      uniqueKeysWithValues: try run.experiment.tasks(in: split).map { task in
        (task, Array(set.histories(of: [task]).prefix(run.configuration.evaluate.seeds)))
      })
  }

  /// Whether there are imported histories of all tasks of some splits, which then stand for the source.
  private static func hasSource(_ run: Run, _ splits: [EvaluatedSplit]) -> Bool {
    let manifest = try? HistoryManifest(reading: URL(fileURLWithPath: run.folder.manifest))
    let there = Set(manifest?.tasks ?? [])
    return splits.allSatisfy { split in
      (try? run.experiment.tasks(in: split))?.allSatisfy(there.contains) ?? false
    }
  }

  private func sourceReturns(_ split: EvaluatedSplit) throws -> [ReturnsTable.Row] {
    let histories = try sourceHistories(split)
    return try run.experiment.tasks(in: split).flatMap { task in
      (histories[task] ?? []).enumerated().flatMap { number, history in
        (0..<min(history.episodeCount, run.configuration.evaluate.episodes)).map { episode in
          ReturnsTable.Row(
            method: EvaluatedMethod.source.name, split: split.rawValue, task: task.index,
            trainSeed: nil, evalSeed: number, episode: episode + 1,
            envSteps: history.learnerSteps(atEndOf: episode),
            return: history.return(ofEpisode: episode))
        }
      }
    }
  }
}
