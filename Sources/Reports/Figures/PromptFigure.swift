// Returns of models whose context begins with a demonstration, beside those of the same models without one: a
// chart for each, a line for each share of the optimum. Refuses nothing; without such methods there is no chart.

import Evaluation

/// The charts of prompted methods on one split.
struct PromptFigure {
  /// A chart of one model.
  struct Chart {
    let label: String
    let hasShares: Bool
    let svg: String
  }

  /// A chart for each model that was prompted, in the order of methods.
  let charts: [Chart]
  private let split: String

  /// Works out the lines and their bands.
  init(_ input: ReportInput, split: String) throws(ReturnsError) {
    self.split = split
    let methods = input.methods(on: split)
    var charts: [Chart] = []
    for model in methods {
      let prompted = methods.filter { input.style(of: $0).promptedMethod == model }
      if prompted.isEmpty { continue }
      let label = input.style(of: model).label
      var series: [LineChart.Series] = []
      for method in [model] + prompted {
        if let line = try Self.series(method, of: input, split: split) { series.append(line) }
      }
      var chart = LineChart(
        title: "Return per episode of \(label), prompted, on \(split) tasks",
        xLabel: "In-context episode", yLabel: "Return per episode of \(label)",
        series: series, height: 340, labelWidth: 250)
      if let summary = input.summary.splits[split] {
        chart.references = LineChart.references(optimal: summary.optimal, random: summary.random)
      }
      let hasShares = prompted.contains { input.style(of: $0).promptPercent != nil }
      charts.append(Chart(label: label, hasShares: hasShares, svg: chart.svg()))
    }
    self.charts = charts
  }

  /// What the charts show.
  var title: String { "With a demonstration in the context, on \(split) tasks" }

  /// How to read the charts.
  var caption: String {
    let hasShares = charts.contains(where: \.hasShares)
    let shares = """
      At a percentage, the context begins with successive episodes of the source on the same task, at the place of its \
      history where they first earn together that percentage of the task’s optimal return (or come closest to it); of a \
      file, with
      """
    return """
      \(charts.map(\.label).joined(separator: " and ")): mean return of an episode with its 95 % bootstrap interval, from \
      an empty context (thin) and after a demonstration. \(hasShares ? shares : "Of a file, the context begins with") the \
      last episodes of its histories. They fill at most half of the context and leave it when it first rolls over. \
      Numbers at the lines’ ends are the first episode’s return and that of the last tenth.
      """
  }

  private static func series(
    _ method: String, of input: ReportInput, split: String
  ) throws(ReturnsError) -> LineChart.Series? {
    guard let grid = try ReturnsGrid(input.returns, method: method, split: split) else {
      return nil
    }
    let estimates = Bootstrap(
      tasks: grid.tasks.count, trainSeeds: grid.trainSeeds.count, seed: input.seed
    ).estimates(of: grid.meanCurves())
    let last = estimates[(grid.lastTenth.lowerBound - 1)...].map(\.mean)
    let style = input.style(of: method)
    let first = returnText(estimates[0].mean)
    return LineChart.Series(
      label: style.promptLabel ?? "No prompt",
      value: "\(first) → \(returnText(last.reduce(0, +) / Double(last.count)))",
      style: (style.promptLabel == nil ? "thin " : "") + style.classes,
      points: estimates.enumerated().map { Point(x: Double($0.offset + 1), y: $0.element.mean) },
      band: estimates.map { ($0.low, $0.high) })
  }
}
