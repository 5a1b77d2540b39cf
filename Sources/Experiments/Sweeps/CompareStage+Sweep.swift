// The table, the figure and the page of a sweep, and a sweep's points as series of other figures.

internal import Evaluation
internal import Foundation
internal import Randomness
internal import Reports
internal import Tasks

extension CompareStage {
  /// The returns that the table of a sweep names, each as a series: after its point, and after its method and its
  /// split where there are several.
  public static func series(ofSweep path: String) throws -> [SeriesSource] {
    let folder = SweepFolder(path)
    guard FileManager.default.fileExists(atPath: folder.table) else {
      throw StageError.notYet(
        missing: folder.table, command: commandText("sweep", "FILE", "--out", folder.path))
    }
    let places = try SweepTable.places(
      csv: try readText(folder.table, ifMissing: ""), file: folder.table)
    let methods = Dictionary(grouping: places, by: \.point).mapValues { Set($0.map(\.method)) }
    let splits = Set(places.map(\.split))
    return places.map { place in
      let parts =
        [place.point]
        + ((methods[place.point]?.count ?? 0) > 1 ? [methodLabel(place.method)] : [])
        + (splits.count > 1 ? [place.split] : [])
      return SeriesSource(
        label: parts.joined(separator: ", "), place: "\(folder.path)/\(place.run)",
        method: place.method, split: place.split)
    }
  }

  /// What heads the figure of a sweep.
  public static func title(ofSweep path: String) throws -> String {
    let file = SweepFolder(path).file
    let text = try readText(
      file, ifMissing: "Make it with '\(commandText("sweep", "FILE", "--out", path))'.")
    return try SweepReader(ConfigurationFile(name: file, text: text)).title
      ?? URL(fileURLWithPath: path).lastPathComponent
  }

  /// Writes the table, the figure and the page of points that are there.
  /// - Parameter splits: The tasks that are shown; nil for those that test.
  func putTogether(
    _ sweep: Sweep, _ points: [SweepPoint], in folder: SweepFolder, on splits: [EvaluatedSplit]?
  ) throws {
    var rows: [SweepRow] = []
    for point in points {
      let run = try open(folder.point(point.folder).path)
      let table = try returns(of: run)
      for method in point.methods {
        for split in splits ?? run.experiment.testedSplits {
          rows.append(
            try row(of: point, with: sweep.values(of: point), method, on: split, in: run, table))
        }
      }
    }
    let table = SweepTable(settings: sweep.settings, rows: rows)
    try writeFile(table.csv, to: folder.table)
    let shown = Set(rows.map(\.split))
    let title = shown.count == 1 ? "\(sweep.title), \(rows[0].split) tasks" : sweep.title
    let figure: String
    if let setting = sweep.numericSetting {
      let family = sweep.points[0].configuration.task.makeFamily()
      figure = SweepFigure(
        title: title, setting: setting, table: table,
        isAgainstSource: family.scoring == .wholeAgainstSource, label: Self.methodLabel
      ).svg()
    } else {
      figure = try comparison(
        "sweep", title: title, of: Self.series(ofSweep: folder.path), paper: nil,
        countsEpisodes: true
      ).svg()
    }
    try writeFile(figure, to: folder.figure)
    try writeFile(
      try SweepPage(title: title, figure: figure, table: table, label: Self.methodLabel).html(),
      to: folder.page)
  }

  private func row(
    of point: SweepPoint, with values: [String], _ method: any Method, on split: EvaluatedSplit,
    in run: Run, _ table: ReturnsTable
  ) throws -> SweepRow {
    guard let grid = try ReturnsGrid(table, method: method.name, split: split.rawValue) else {
      throw StageError.notYet(
        missing: "\(run.folder.returns): \(method.name) on \(split.rawValue)",
        command: commandText("evaluate", "--run", run.folder.path, "--methods", method.name))
    }
    let bootstrap = Bootstrap(
      tasks: grid.tasks.count, trainSeeds: grid.trainSeeds.count,
      seed: run.seed.seed(for: "bootstrap"))
    let last = bootstrap.estimates(of: grid.means(over: grid.lastTenth))[0]
    return SweepRow(
      point: point.label, run: "points/\(point.folder)", method: method.name,
      split: split.rawValue, values: values, of: grid,
      first: bootstrap.estimates(of: grid.means(over: 1...1))[0], last: last,
      score: try normalised(last, of: grid, on: split, in: run, table))
  }

  /// The score of a last tenth, from random actions at 0 to the optimum at 1; of a family that is scored against its
  /// source, that score.
  private func normalised(
    _ last: Estimate, of grid: ReturnsGrid, on split: EvaluatedSplit, in run: Run,
    _ table: ReturnsTable
  ) throws -> Estimate? {
    let score = try score(of: grid, on: split, in: run, table)
    guard run.family.scoring == .lastTenth else { return score.final }
    let tasks = try run.experiment.tasks(in: split)
    let random =
      tasks.reduce(0) { $0 + run.family.randomReturn(of: $1) } / Double(tasks.count)
    guard let optimal = score.optimal, optimal != random else { return nil }
    func share(_ number: Double) -> Double { (number - random) / (optimal - random) }
    return Estimate(mean: share(last.mean), low: share(last.low), high: share(last.high))
  }

  @Sendable private static func methodLabel(_ method: String) -> String {
    resultStyles[method]?.label ?? method
  }
}
