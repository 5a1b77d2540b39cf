// The quoted numbers as rows of a table.

import Evaluation

/// A table of methods on one split, as the page's template reads it.
struct SummaryTable {
  /// One method's numbers as text.
  struct Row {
    let label: String
    let colour: String
    let first: String
    let firstInterval: String
    let firstTen: String
    let firstTenInterval: String
    let last: String
    let lastInterval: String
    let share: String
    let neverFound: String
    let stepsToHalf: String
    let stepsToThreeQuarters: String
    let streams: String
  }

  /// What stands above the table.
  let heading: String
  /// What stands below it.
  let note: String
  /// What the column of the last tenth averages, such as `Episodes 91–100`.
  let lastEpisodes: String
  /// Whether the optimum of the split's tasks is known, so that there are shares of it.
  let hasOptimum: Bool
  /// The rows, in the order of methods.
  let rows: [Row]

  /// The table of some methods of a split, or nothing if none of them has numbers.
  init?(
    _ input: ReportInput, split: String, heading: String, note: String,
    where isIncluded: (SeriesStyle) -> Bool
  ) {
    guard let found = input.summary.splits[split] else { return nil }
    let methods = input.ordered(found.methods.keys).filter { isIncluded(input.style(of: $0)) }
    rows = methods.compactMap { method in
      found.methods[method].map { Row(input.style(of: method), $0) }
    }
    guard !rows.isEmpty else { return nil }
    hasOptimum = found.optimal != nil
    self.heading = heading
    self.note = note
    let counts = Set(methods.compactMap { found.methods[$0]?.episodes })
    lastEpisodes =
      counts.count == 1
      ? counts.map { "Episodes \(ReturnsGrid.lastTenth(of: $0).lowerBound)–\($0)" }.joined()
      : "Last tenth"
  }
}

extension SummaryTable.Row {
  init(_ style: SeriesStyle, _ summary: EvaluationSummary.MethodSummary) {
    label = style.label
    colour = style.classes
    first = returnText(summary.firstEpisode.mean)
    firstInterval = Self.interval(summary.firstEpisode)
    firstTen = returnText(summary.first10Episodes.mean)
    firstTenInterval = Self.interval(summary.first10Episodes)
    last = returnText(summary.lastTenth.mean)
    lastInterval = Self.interval(summary.lastTenth)
    share = summary.lastTenth.shareOfOptimal.map(percentText) ?? "–"
    neverFound = percentText(summary.neverFound)
    stepsToHalf = Self.steps(summary.envStepsTo50Percent, of: summary.tasks)
    stepsToThreeQuarters = Self.steps(summary.envStepsTo75Percent, of: summary.tasks)
    let seeds = summary.trainSeeds > 0 ? "\(summary.trainSeeds) × " : ""
    streams = "\(summary.tasks) × \(seeds)\(summary.evalSeeds)"
  }

  private static func interval(_ figure: EvaluationSummary.Figure) -> String {
    "[" + figure.ci95.map(returnText).joined(separator: ", ") + "]"
  }

  private static func steps(_ steps: EvaluationSummary.StepsToShare?, of tasks: Int) -> String {
    guard let steps, let median = steps.median else { return "–" }
    let text = countText(rounded: median)
    return steps.tasksReached < tasks ? "\(text) (\(steps.tasksReached) of \(tasks))" : text
  }
}
