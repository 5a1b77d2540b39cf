// compare: what several runs show, in the files that data/results holds.

internal import Evaluation
internal import Foundation
internal import Randomness
internal import Reports
internal import Tasks

/// One line of a figure: a label and where its returns are.
public struct SeriesSource: Equatable, Sendable {
  /// How the line is named.
  public let label: String
  /// The run folder, or a table of returns that another program wrote.
  public let place: String
  /// The method and the split as they were named; nil leaves a table its only ones.
  fileprivate let namedMethod: String?
  fileprivate let namedSplit: String?

  /// A series of a run.
  init(label: String, place: String, method: String, split: String) {
    self.label = label
    self.place = place
    namedMethod = method
    namedSplit = split
  }

  /// Whether it is a table of returns, a file whose name ends in `.csv`.
  public var isTable: Bool { place.hasSuffix(".csv") }
  /// The method of a run.
  public var method: String { namedMethod ?? "ad" }
  /// The split of a run, or `training`: RL²'s log of its training.
  public var split: String { namedSplit ?? "held-out" }
  /// Whether it is RL²'s log of its training, not what a method earned when it was evaluated.
  public var isOfTraining: Bool { !isTable && split == "training" }

  /// Reads `LABEL=PLACE[:METHOD[:SPLIT]]`, where PLACE may hold colons if it is there; nil if the text is something else, or a log of training that is not RL²'s.
  public init?(_ text: String) {
    guard let equals = text.firstIndex(of: "=") else { return nil }
    var parts = text[text.index(after: equals)...].split(
      separator: ":", omittingEmptySubsequences: false
    ).map(String.init)
    // A name may hold colons itself, as times of day do: the longest that is there is meant.
    let lengths = (1..<max(parts.count, 1)).reversed().map { $0 + 1 }
    let whole = lengths.first {
      FileManager.default.fileExists(atPath: parts[..<$0].joined(separator: ":"))
    }
    if let whole { parts.replaceSubrange(..<whole, with: [parts[..<whole].joined(separator: ":")]) }
    label = String(text[..<equals])
    guard !label.isEmpty, (1...3).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else {
      return nil
    }
    place = parts[0]
    namedMethod = parts.count > 1 ? parts[1] : nil
    namedSplit = parts.count > 2 ? parts[2] : nil
    if isOfTraining && Registry.method(named: method)?.needs != .tasks { return nil }
  }
}

/// Puts runs side by side.
public struct CompareStage {
  private let console: Console
  private let command: String
  private let styles = resultStyles

  /// The stage.
  /// - Parameter command: What the files say made them.
  public init(command: String, console: Console) {
    self.command = command
    self.console = console
  }

  // MARK: A figure

  /// Writes NAME.csv and NAME.svg into a folder.
  /// - Parameters:
  ///   - paper: The file of the paper's curves, which need not be there.
  ///   - countsEpisodes: Whether x counts episodes, otherwise environment steps.
  ///   - overwriting: Whether files that another command made are replaced.
  public func makeFigure(
    _ name: String, title: String, of sources: [SeriesSource], paper: String, into folder: String,
    countsEpisodes: Bool, overwriting: Bool = false
  ) throws {
    if !overwriting {
      try requireOwn(table: "\(folder)/\(name).csv", beside: ["svg"], command: command)
    }
    let isThere = FileManager.default.fileExists(atPath: paper)
    let comparison = try comparison(
      name, title: title, of: sources,
      paper: isThere ? try PaperFigure(csv: try readText(paper, ifMissing: ""), file: paper) : nil,
      countsEpisodes: countsEpisodes)
    try makeFolder(folder)
    for (file, text) in [("csv", comparison.csv()), ("svg", comparison.svg())] {
      try writeFile(text, to: "\(folder)/\(name).\(file)")
      console.wrote("\(folder)/\(name).\(file)")
    }
  }

  /// The returns of series beside each other, and beside the paper's curves.
  func comparison(
    _ name: String, title: String, of sources: [SeriesSource], paper: PaperFigure?,
    countsEpisodes: Bool
  ) throws -> Comparison {
    let runs = try sources.map { $0.isTable ? nil : try open($0.place) }
    let optima = trainingOptima(
      of: zip(sources, runs).enumerated().compactMap { index, pair in
        pair.1.flatMap { pair.0.isOfTraining ? (index, $0) : nil }
      })
    var series: [ComparedSeries] = []
    var tables: [String: ReturnsTable] = [:]
    for (index, (source, run)) in zip(sources, runs).enumerated() {
      guard let run else {
        series.append(
          try othersSeries(source, beside: runs.compactMap { $0 }, countsEpisodes: countsEpisodes))
        continue
      }
      if source.isOfTraining {
        series.append(try trainingSeries(source, of: run, optimum: optima?[index]))
        continue
      }
      let table = try tables[source.place] ?? returns(of: run)
      tables[source.place] = table
      guard let grid = try ReturnsGrid(table, method: source.method, split: source.split) else {
        throw StageError.notYet(
          missing: "\(run.folder.returns): \(source.method) on \(source.split)",
          command: commandText("evaluate", "--run", source.place, "--methods", source.method))
      }
      series.append(
        ComparedSeries(
          label: source.label, method: source.method, split: source.split, grid: grid,
          seed: run.seed.seed(for: "bootstrap"),
          score: run.family.scoring == .lastTenth || isSource(source.method)
            ? nil
            : try score(
              of: grid, on: EvaluatedSplit(rawValue: source.split), in: run, table
            ).final,
          isSource: isSource(source.method)))
    }
    return Comparison(
      name: name, title: title, series: series, paper: paper, command: command,
      countsEpisodes: countsEpisodes,
      quantity: sources.contains(where: \.isOfTraining)
        ? (optima == nil ? .trainingReturns : .sharesOfOptimum) : .returns)
  }

  /// What an agent of another program earned. Beside runs of a family that scores by its source, it is scored as theirs.
  /// - Parameter runs: Those of the figure.
  private func othersSeries(
    _ source: SeriesSource, beside runs: [Run], countsEpisodes: Bool
  ) throws -> ComparedSeries {
    let others = try OthersReturns(reading: source.place, console: console)
    guard others.hasEnvSteps || countsEpisodes else {
      throw OthersReturnsError.noEnvSteps(file: others.file)
    }
    let (method, split, grid) = try others.grid(
      method: source.namedMethod, split: source.namedSplit)
    let judge = runs.first { $0.family.scoring != .lastTenth }
    var scored: Estimate?
    if let judge {
      let evaluated = EvaluatedSplit(rawValue: split)
      let tasks = try judge.experiment.tasks(in: evaluated).map(\.index)
      guard tasks == grid.tasks else {
        throw OthersReturnsError.otherTasks(
          file: others.file, expected: "\(tasks)", found: "\(grid.tasks)", run: judge.folder.path)
      }
      scored = try score(of: grid, on: evaluated, in: judge, try returns(of: judge)).final
    }
    return ComparedSeries(
      label: source.label, method: method, split: split, grid: grid,
      seed: (runs.first?.seed ?? OthersReturns.seed).seed(for: "bootstrap"), score: scored,
      hasEnvSteps: others.hasEnvSteps)
  }

  /// What the last episodes of trials earned by the steps of training.
  /// - Parameter optimum: What it is a share of; nil leaves returns.
  private func trainingSeries(
    _ source: SeriesSource, of run: Run, optimum: Double?
  ) throws -> ComparedSeries {
    guard let method = Registry.method(named: source.method) else {
      preconditionFailure("a series of the training of '\(source.method)'")
    }
    let seeds = run.folder.trainedSeeds(of: method)
    guard !seeds.isEmpty else {
      throw StageError.notYet(
        missing: run.folder.models(of: method),
        command: commandText("train", "--run", run.folder.path, "--method", method.name))
    }
    let logs = try seeds.map { seed in
      console.read(run.folder.model(method, trainSeed: seed).log)
      return try run.trainingLog(of: method, trainSeed: seed)
    }
    let table = try TrainingLog.returns(
      logs, split: source.split, optimum: optimum, path: run.folder.models(of: method))
    guard let grid = try ReturnsGrid(table, method: source.method, split: source.split) else {
      throw StageError.noTrialInLogs(path: run.folder.models(of: method))
    }
    return ComparedSeries(
      label: source.label, method: source.method, split: source.split, grid: grid,
      seed: run.seed.seed(for: "bootstrap"))
  }

  private func isSource(_ method: String) -> Bool { styles[method]?.role == .source }

  /// The mean optimum of the training tasks of each numbered run; nil if one is not known, since a share of an
  /// optimum cannot stand beside a return.
  private func trainingOptima(of runs: [(number: Int, run: Run)]) -> [Int: Double]? {
    var optima: [Int: Double] = [:]
    for (number, run) in runs {
      guard let optimum = meanOptimum(of: run) else {
        console.say("the optimum of training tasks is not known: the figure shows returns")
        return nil
      }
      optima[number] = optimum
    }
    return optima
  }

  private func meanOptimum(of run: Run) -> Double? {
    let tasks = run.split.training
    let line = run.console.progress("optimum of training tasks:", total: tasks.count, unit: "tasks")
    defer { line.finish() }
    var sum = 0.0
    for task in tasks {
      guard let optimum = run.family.optimalReturn(of: task) else { return nil }
      sum += optimum
      line.advance(by: 1)
    }
    return sum / Double(tasks.count)
  }

  // MARK: The table of all results

  /// Puts the rows of runs, each of another family, into the table.
  /// - Parameter paper: A CSV file of the paper's numbers: family, split, method, value.
  public func updateTable(_ path: String, with runs: [String], paper: String) throws {
    let isThere = FileManager.default.fileExists(atPath: path)
    let methods = scoredMethods
    var table =
      isThere
      ? try MainTable(csv: try readText(path, ifMissing: ""), file: path, methods: methods)
      : MainTable(methods: methods)
    let numbers = try PaperNumbers(
      csv: try readText(paper, ifMissing: "Give the paper's numbers with --paper."), file: paper)
    for path in runs {
      let run = try open(path)
      table.replace(with: try rows(of: run)) { numbers.value(family: $0, split: $1, method: $2) }
    }
    try writeFile(table.csv, to: path)
    console.wrote(path)
  }

  private func rows(of run: Run) throws -> [MainRow] {
    let table = try returns(of: run)
    var rows: [MainRow] = []
    for split in run.experiment.testedSplits {
      for method in scoredMethods {
        guard let grid = try ReturnsGrid(table, method: method, split: split.rawValue) else {
          continue
        }
        rows.append(
          MainRow(
            family: run.family.name, split: split.rawValue, method: method,
            score: try score(of: grid, on: split, in: run, table), command: command))
      }
      if let score = try idealScore(on: split, in: run, table) {
        rows.append(
          MainRow(
            family: run.family.name, split: split.rawValue, method: idealExplorerName, score: score,
            command: command))
      }
    }
    return rows
  }

  /// The methods that have rows, in their order: those that act in context, and the source.
  private var scoredMethods: [String] {
    styles.filter { $0.value.role == .inContext || $0.value.role == .source }
      .sorted { ($0.value.rank, $0.key) < ($1.value.rank, $1.key) }.map(\.key)
  }

  func score(
    of grid: ReturnsGrid, on split: EvaluatedSplit, in run: Run, _ table: ReturnsTable
  ) throws -> MethodScore {
    try MethodScore(
      of: grid,
      source: try ReturnsGrid(
        table, method: EvaluatedMethod.source.name, split: split.rawValue),
      references: run.references(split.rawValue, try run.experiment.tasks(in: split)),
      scoring: run.family.scoring, seed: run.seed.seed(for: "bootstrap"))
  }

  /// What an ideal explorer scores, if that is known.
  private func idealScore(
    on split: EvaluatedSplit, in run: Run, _ table: ReturnsTable
  ) throws -> MethodScore? {
    let tasks = try run.experiment.tasks(in: split)
    return try MethodScore(
      ideal: run.idealReturns(of: tasks),
      source: try ReturnsGrid(
        table, method: EvaluatedMethod.source.name, split: split.rawValue),
      references: run.references(split.rawValue, tasks), scoring: run.family.scoring)
  }

  // MARK: Runs

  func open(_ path: String) throws -> Run {
    let folder = RunFolder(path)
    return Run(
      folder: folder, configuration: try folder.readConfiguration(), console: console, workers: 1)
  }

  func returns(of run: Run) throws -> ReturnsTable {
    guard FileManager.default.fileExists(atPath: run.folder.returns) else {
      throw StageError.notYet(
        missing: run.folder.returns, command: commandText("evaluate", "--run", run.folder.path))
    }
    console.read(run.folder.returns)
    return try ReturnsTable(contentsOf: URL(fileURLWithPath: run.folder.returns))
  }
}

/// The name of an ideal explorer in the table of all results, where it has a row beside the methods'.
private let idealExplorerName = "ideal-explorer"

extension Run {
  /// What was logged while a model was trained.
  func trainingLog(of method: any Method, trainSeed: Int) throws -> TrainingLog {
    let path = folder.model(method, trainSeed: trainSeed).log
    return try TrainingLog(
      csv: try readText(path, ifMissing: "Train the model again."), method: method.name,
      seed: trainSeed, file: path)
  }

  /// What an ideal explorer earns in tasks, in as many episodes as models act; empty if that is not known.
  func idealReturns(of tasks: [TaskID]) -> [Double] {
    family.idealReturns(of: tasks, episodes: configuration.evaluate.episodes)
  }

  /// The expected returns of tasks, as far as they are known.
  func references(_ split: String, _ tasks: [TaskID]) -> [ReferenceReturns] {
    tasks.map { task in
      ReferenceReturns(
        split: split, task: task.index, random: family.randomReturn(of: task),
        optimal: family.optimalReturn(of: task))
    }
  }
}
