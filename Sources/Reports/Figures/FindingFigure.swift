// Whether a method that earns little has not found what rewards, or does not keep it: two charts, a line for each
// method that acts in context.

import Evaluation

/// The charts of finding and keeping on the split shown.
struct FindingFigure {
  /// A method's line in each chart.
  private struct Curve {
    let style: SeriesStyle
    let found: [Double]
    let after: [Double]
  }

  private let split: String
  private let curves: [Curve]
  private let optimal: Double?

  /// Works out the lines; nil if all streams of all methods find in their first episode, so that nothing is to be told.
  init?(_ input: ReportInput) throws(ReturnsError) {
    var curves: [Curve] = []
    for method in input.methods(on: input.split) {
      let style = input.style(of: method)
      guard style.role == .inContext,
        let grid = try ReturnsGrid(input.returns, method: method, split: input.split)
      else { continue }
      curves.append(
        Curve(style: style, found: grid.foundShares(), after: grid.returnsAfterFind()))
    }
    guard curves.contains(where: { ($0.found.first ?? 1) < 1 }) else { return nil }
    self.curves = curves
    split = input.split
    optimal = input.summary.splits[input.split]?.optimal
  }

  /// What the charts show.
  var title: String { "Finding and keeping, on \(split) tasks" }

  /// Finding, then keeping.
  var charts: [String] {
    [
      chart(
        "Share of streams that have found what rewards", x: "In-context episode", \.found,
        value: percentText, references: []),
      chart(
        "Return per episode after the first find", x: "Episodes since the first find", \.after,
        value: returnText, references: LineChart.references(optimal: optimal, random: nil)),
    ]
  }

  /// How to read the charts.
  var caption: String {
    """
    Left: the share of streams with a return other than 0 in that episode or an earlier one. Right: the mean return of \
    the episodes after a stream’s first such episode, over the streams that found early enough to have them, as long as \
    these are at least nine tenths of those that found. Numbers are those at the lines’ ends.
    """
  }

  private func chart(
    _ title: String, x: String, _ numbers: KeyPath<Curve, [Double]>,
    value: (Double) -> String, references: [LineChart.Reference]
  ) -> String {
    let series = curves.compactMap { curve in
      curve[keyPath: numbers].last.map { last in
        LineChart.Series(
          label: curve.style.label, value: value(last), style: curve.style.classes,
          points: curve[keyPath: numbers].enumerated().map {
            Point(x: Double($0.offset + 1), y: $0.element)
          })
      }
    }
    return LineChart(
      title: title, xLabel: x, yLabel: title, series: series, references: references, width: 480,
      height: 300, labelWidth: 124
    ).svg()
  }
}
