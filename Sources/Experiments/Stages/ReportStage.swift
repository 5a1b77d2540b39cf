// report: everything that a run folder shows, on one page.

internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Pictures
internal import Randomness
internal import Reports
internal import Tasks

/// Writes the page of a run folder; it follows from the other files, so it is replaced.
public struct ReportStage {
  private let run: Run

  /// The stage of a run.
  public init(_ run: Run) { self.run = run }

  /// Writes the page, and the main figure beside it.
  public func perform() throws {
    let folder = run.folder
    guard FileManager.default.fileExists(atPath: folder.returns) else {
      throw StageError.notYet(
        missing: folder.returns, command: commandText("evaluate", "--run", folder.path))
    }
    let page = try ReportPage(try input())
    try writeFile(page.figureSVG(), to: folder.figure)
    run.console.wrote(folder.figure)
    try writeFile(try page.html(), to: folder.report)
    run.console.wrote(folder.report)
  }

  private func input() throws -> ReportInput {
    let folder = run.folder
    let table = try ReturnsTable(contentsOf: URL(fileURLWithPath: folder.returns))
    let summary = try EvaluationSummary(
      json: Data(try readText(folder.summary, ifMissing: "Make it with 'distill evaluate'.").utf8),
      file: folder.summary)
    let splits = summary.splits.keys.sorted()
    let shown =
      splits.contains("held-out")
      ? "held-out"
      : splits.first { !$0.hasPrefix(EvaluatedSplit.filePrefix) } ?? splits.first
    var input = ReportInput(
      title: URL(fileURLWithPath: folder.path).lastPathComponent, split: shown ?? "held-out",
      returns: table, summary: summary, seed: run.seed.seed(for: "bootstrap"))
    input.styles = resultStyles
    input.trainingLogs = try Registry.methods.flatMap { method in
      try folder.trainedSeeds(of: method).map { seed in
        try run.trainingLog(of: method, trainSeed: seed)
      }
    }
    input.trainingNotes = try run.changesOnTheWay()
    // A run of methods that learn online alone has no histories.
    if FileManager.default.fileExists(atPath: folder.manifest) {
      let histories = try run.histories().histories(of: run.split.training)
      input.sourceCurve = sourceCurve(of: histories)
      input.frames = histories.first.flatMap(frames)
    }
    if FileManager.default.fileExists(atPath: folder.paths) {
      input.paths = try PathTable(contentsOf: URL(fileURLWithPath: folder.paths))
      input.scene = scene(on: shown, of: input.paths)
    }
    input.sourcesEnd = try sourcesEnd(on: shown, of: summary)
    input.places = places
    input.idealExplorer = idealExplorer(on: shown)
    input.configuration = try readText(folder.configuration, ifMissing: "")
    input.times = try times()
    input.timings = try readText(folder.timings, ifMissing: "")
    return input
  }

  private func sourceCurve(of histories: [History]) -> SourceCurve {
    let curve = LearningCurve(of: histories, in: run.family).overall
    return SourceCurve(
      meanReturns: curve.returnByEpisode, random: curve.randomReturn, optimal: curve.optimalReturn,
      histories: curve.historyCount)
  }

  /// What the source earned in the end on the tasks that are shown, if it was evaluated; nil where their optimum is
  /// known. returns.csv does not tell: the source may have learned for longer than models act.
  private func sourcesEnd(on split: String?, of summary: EvaluationSummary) throws -> Double? {
    guard let split, let found = summary.splits[split], found.optimal == nil,
      found.methods.keys.contains(where: { resultStyles[$0]?.role == .source })
    else { return nil }
    let folder = run.folder.sourceHistories(on: EvaluatedSplit(rawValue: split))
    let set = try HistorySet(reading: URL(fileURLWithPath: folder))
    return LearningCurve(of: set.histories, in: run.family).overall.returnAtEnd
  }

  /// The first episode of a history as its agent saw it, if it sees pictures.
  private func frames(of history: History) -> FrameStrip? {
    let observations = history.observations(ofEpisode: 0)
    guard let pictures = run.family.pictures(of: observations), let first = pictures.first else {
      return nil
    }
    let label = run.family.label(of: history.task)
    return FrameStrip(
      files: pictures.map { PNG.encode($0) }, rows: first.rows, columns: first.columns,
      caption: """
        The first episode of a recorded history, on the training task with the \(label): \
        \(pictures.count) steps from left to right and downwards, \(first.rows) × \(first.columns) \
        pixels each, enlarged.
        """)
  }

  /// The watched task from above.
  private func scene(on split: String?, of paths: PathTable) -> TaskScene? {
    guard
      let row = paths.rows.first(where: {
        $0.split == split && (0..<run.family.taskCount).contains($0.task)
      })
    else { return nil }
    let task = TaskID(row.task)
    return run.family.mapScene(of: task).map { scene in
      TaskScene(
        task: task.index, label: run.family.label(of: task), outline: scene.outline,
        goal: scene.goal)
    }
  }

  /// The stages in the order in which they are made.
  private func times() throws -> [StageTime] {
    let stages = try run.folder.readTimings().stages
    let order = ["collect"] + Registry.methods.map { "train/\($0.name)/" } + ["evaluate/"]
    func rank(_ stage: String) -> Int {
      order.firstIndex { stage.hasPrefix($0) } ?? order.count
    }
    return stages.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }.map { name, stage in
      StageTime(
        stage: name, seconds: stage.seconds,
        amounts: stage.amounts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
    }
  }

  private var places: [TaskPlace] {
    let roles: [(Split, TaskPlace.Role)] = [
      (.training, .training), (.validation, .validation), (.heldOut, .heldOut),
    ]
    return roles.flatMap { split, role in
      run.split.tasks(in: split).compactMap { task in
        run.family.mapPosition(of: task).map { position in
          TaskPlace(
            task: task.index, column: position.column, row: position.row,
            label: run.family.label(of: task), role: role,
            optimal: run.family.optimalReturn(of: task))
        }
      }
    }
  }

  private func idealExplorer(on split: String?) -> [Double] {
    guard let shown = run.experiment.evaluatedSplits.first(where: { $0.split.rawValue == split })
    else { return [] }
    return run.idealReturns(of: shown.tasks)
  }
}
