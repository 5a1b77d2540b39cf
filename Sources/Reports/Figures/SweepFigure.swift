// What models earn by the one number that a sweep varies: a line for each method and split, with its intervals.

internal import Evaluation
internal import Foundation

/// The figure of a sweep of one number.
public struct SweepFigure: Sendable {
  private let title: String
  private let setting: String
  private let table: SweepTable
  private let isAgainstSource: Bool
  private let label: @Sendable (String) -> String

  /// The most that the greatest number is of the least before numbers stand at even ratios, not distances.
  private static let greatestLinearRatio = 8.0
  /// The least distance between two labels along the axis, as a share of it.
  private static let leastDistance = 0.06

  /// A figure of a table's rows.
  /// - Parameters:
  ///   - setting: Which of the table's settings is swept.
  ///   - isAgainstSource: Whether the source scores 1, not the optimum.
  ///   - label: How a method is called.
  /// - Precondition: All its values are finite numbers.
  public init(
    title: String, setting: String, table: SweepTable, isAgainstSource: Bool,
    label: @escaping @Sendable (String) -> String
  ) {
    self.isAgainstSource = isAgainstSource
    self.title = title
    self.setting = setting
    self.table = table
    self.label = label
  }

  /// The picture.
  public func svg(isStandalone: Bool = true) -> String {
    var chart = LineChart(title: title, xLabel: setting, yLabel: yLabel, series: series)
    chart.isStandalone = isStandalone
    chart.ticks = ticks
    return chart.svg()
  }

  /// Whether every row has a score.
  private var hasScores: Bool { table.rows.allSatisfy { $0.score != nil } }

  private var yLabel: String {
    hasScores
      ? "Score: random actions 0, the \(isAgainstSource ? "source" : "optimum") 1"
      : "Return, last tenth of the episodes"
  }

  private func number(_ row: SweepRow) -> Double {
    guard let index = table.settings.firstIndex(of: setting), let number = Double(row.values[index])
    else { preconditionFailure("\(setting) of \(row.point) is no number: \(row.values)") }
    return number
  }

  /// Whether numbers stand at even ratios.
  private var isLogarithmic: Bool {
    let numbers = table.rows.map(number)
    guard let least = numbers.min(), let greatest = numbers.max(), least > 0 else { return false }
    return greatest / least > Self.greatestLinearRatio
  }

  private func place(_ number: Double) -> Double { isLogarithmic ? log10(number) : number }

  /// The swept numbers, without those that would stand upon the one before.
  private var ticks: [LineChart.Tick] {
    let index = table.settings.firstIndex(of: setting) ?? 0
    let all = table.rows.map { LineChart.Tick(x: place(number($0)), label: $0.values[index]) }
      .sorted { $0.x < $1.x }
    guard let first = all.first, let last = all.last else { return [] }
    var kept = [first]
    for tick in all
    where tick.x - kept[kept.count - 1].x >= Self.leastDistance * (last.x - first.x)
      && tick.x > first.x
    {
      kept.append(tick)
    }
    return kept
  }

  private var series: [LineChart.Series] {
    var groups: [(method: String, split: String, rows: [SweepRow])] = []
    for row in table.rows {
      if let index = groups.firstIndex(where: { $0.method == row.method && $0.split == row.split })
      {
        groups[index].rows.append(row)
      } else {
        groups.append((row.method, row.split, [row]))
      }
    }
    let hasSplits = Set(groups.map(\.split)).count > 1
    return groups.enumerated().map { index, group in
      let rows = group.rows.sorted { number($0) < number($1) }
      let estimates = rows.map { hasScores ? $0.score ?? $0.last : $0.last }
      return LineChart.Series(
        label: label(group.method) + (hasSplits ? ", \(group.split)" : ""),
        value: estimates.last.map { returnText($0.mean) } ?? "",
        style: FigureStyle.style(index),
        points: zip(rows, estimates).map { Point(x: place(number($0)), y: $1.mean) },
        band: estimates.map { ($0.low, $0.high) }, hasDots: true)
    }
  }
}
