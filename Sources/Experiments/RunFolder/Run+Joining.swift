// The tables of an evaluation, joined from what its parts left: returns.csv, paths.csv, summary.json. The rows have one
// order, so the bytes do not depend on which part was made first.

internal import Evaluation
internal import Foundation
internal import Randomness
internal import Tasks
internal import TensorFiles

extension Run {
  /// A file within the run folder, whose folder is made.
  func makeFile(_ name: String) throws -> URL {
    try requireFolder()
    let file = URL(fileURLWithPath: "\(folder.path)/\(name)")
    try makeFolder(file.deletingLastPathComponent().path)
    return file
  }

  /// Joins the tables of returns and ways from all parts that are there.
  @discardableResult
  func joinTables() throws -> ReturnsTable {
    // Another process may join them at the same time, from fewer parts.
    let lock = try FolderLock(of: URL(fileURLWithPath: folder.evaluation))
    defer { withExtendedLifetime(lock) {} }
    let files = folder.evaluationFiles
    let returns = ReturnsTable(
      try files.returns.flatMap { try ReturnsTable(contentsOf: $0).rows })
    try returns.write(to: URL(fileURLWithPath: folder.returns), replacing: true)
    if !files.paths.isEmpty {
      let paths = PathTable(try files.paths.flatMap { try PathTable(contentsOf: $0).rows })
      try paths.write(to: URL(fileURLWithPath: folder.paths))
    }
    return returns
  }

  /// Joins the tables, and works out what the returns come to.
  func joinEvaluation() throws {
    let summary = try summary(of: try joinTables())
    try writeFile(String(decoding: try summary.json(), as: UTF8.self), to: folder.summary)
  }

  /// What a table of returns comes to.
  func summary(of table: ReturnsTable) throws -> EvaluationSummary {
    let evaluated = Set(table.selections.map(\.split)).sorted()
    let splits = evaluated.map { split in
      let known = experiment.evaluatedSplits.first { $0.split.rawValue == split }?.tasks
      return (split, known ?? tasks(of: split, in: table))
    }
    if let task = splits.flatMap(\.1).first(where: { !(0..<family.taskCount).contains($0.index) }) {
      throw StageError.noSuchTask(
        path: folder.returns, task: task.index, count: family.taskCount)
    }
    let ideal = splits.map { split, tasks in
      (split, idealReturns(of: tasks))
    }
    return try EvaluationSummary(
      of: table, references: splits.flatMap { references($0.0, $0.1) },
      ideal: Dictionary(uniqueKeysWithValues: ideal), seed: seed.seed(for: "bootstrap"),
      episodes: configuration.evaluate.episodes)
  }

  /// Gives each evaluation that stands in the tables alone a file of its own: those of earlier programs have none.
  func divideEvaluation() throws {
    guard FileManager.default.fileExists(atPath: folder.returns) else { return }
    let table = try ReturnsTable(contentsOf: URL(fileURLWithPath: folder.returns))
    let hasPaths = FileManager.default.fileExists(atPath: folder.paths)
    let paths = hasPaths ? try PathTable(contentsOf: URL(fileURLWithPath: folder.paths)).rows : []
    for (method, split) in table.selections {
      let rows = Dictionary(grouping: table.rows(method: method, split: split), by: \.trainSeed)
      for seed in rows.keys.sorted(by: { ($0 ?? -1) < ($1 ?? -1) }) {
        let file = folder.returnsPart(method, on: split, trainSeed: seed)
        guard !FileManager.default.fileExists(atPath: file) else { continue }
        try makeFolder(URL(fileURLWithPath: file).deletingLastPathComponent().path)
        let ways = paths.filter {
          $0.method == method && $0.split == split && $0.trainSeed == seed
        }
        if !ways.isEmpty {
          try PathTable(ways).write(
            to: URL(fileURLWithPath: folder.pathsPart(method, on: split, trainSeed: seed)))
        }
        try ReturnsTable(rows[seed] ?? []).write(to: URL(fileURLWithPath: file))
      }
    }
  }

  /// The tasks of a split that is a file's.
  private func tasks(of split: String, in table: ReturnsTable) -> [TaskID] {
    Set(table.rows.filter { $0.split == split }.map(\.task)).sorted().map { TaskID($0) }
  }
}

extension RunFolder {
  /// What the parts of the evaluation left, in alphabetical order.
  fileprivate var evaluationFiles: (returns: [URL], paths: [URL]) {
    let names = FileManager.default.enumerator(atPath: evaluationParts)?.allObjects ?? []
    let files = names.compactMap { $0 as? String }.filter { $0.hasSuffix(".csv") }.sorted()
      .map { URL(fileURLWithPath: "\(evaluationParts)/\($0)") }
    let isPath = { (file: URL) in file.lastPathComponent.hasSuffix(".paths.csv") }
    return (files.filter { !isPath($0) }, files.filter(isPath))
  }
}
