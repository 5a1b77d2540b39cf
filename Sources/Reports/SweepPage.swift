// The page of a sweep: its figure and its table, one HTML file that needs no network and no script.

internal import Evaluation
internal import Mustache

/// A sweep on a page.
public struct SweepPage {
  private let title: String
  private let figure: String
  private let table: SweepTable
  private let label: (String) -> String

  /// A page.
  /// - Parameters:
  ///   - figure: The picture, as an SVG file.
  ///   - label: How a method is called.
  public init(title: String, figure: String, table: SweepTable, label: @escaping (String) -> String)
  {
    self.title = title
    self.figure = figure
    self.table = table
    self.label = label
  }

  /// What the template reads, by the names it uses.
  private struct Content {
    let title: String
    let lead: String
    let pageStyle: String
    let figure: String
    let settings: [String]
    let rows: [Row]
  }

  private struct Row {
    let point: String
    let run: String
    let values: [String]
    let method: String
    let split: String
    let numbers: [Number]
    let streams: String
  }

  private struct Number {
    let mean: String
    let interval: String

    init(_ estimate: Estimate?) {
      mean = estimate.map { returnText($0.mean) } ?? "–"
      interval = estimate.map { "\(returnText($0.low)) – \(returnText($0.high))" } ?? ""
    }
  }

  /// The page: the same input gives the same bytes.
  public func html() throws -> String {
    let rows = table.rows.map { row in
      Row(
        point: row.point, run: row.run, values: row.values, method: label(row.method),
        split: row.split, numbers: [row.first, row.last, row.score].map(Number.init),
        streams: "\(row.tasks) × \(row.trainSeeds) × \(row.evalSeeds), \(row.episodes) episodes")
    }
    let splits = rows.map(\.split).reduce(into: [String]()) { known, split in
      if !known.contains(split) { known.append(split) }
    }
    let points = Set(rows.map(\.point)).count
    return try pageTemplate("sweep.mustache", PackageResources.sweep_mustache).render(
      Content(
        title: title,
        lead:
          "\(points) \(points == 1 ? "point" : "points") on \(splits.joined(separator: ", ")) tasks.",
        pageStyle: pageStyle, figure: figure, settings: table.settings, rows: rows))
  }
}
