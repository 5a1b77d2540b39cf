// How the models were trained and how the recorded learners learned.

/// The charts of a number that was logged in training.
struct TrainingFigure {
  private let input: ReportInput
  private let logs: [TrainingLog]

  /// The charts of a report's training logs.
  init(_ input: ReportInput) {
    self.input = input
    logs = input.trainingLogs.sorted {
      (input.style(of: $0.method).rank, $0.method, $0.seed)
        < (input.style(of: $1.method).rank, $1.method, $1.seed)
    }
  }

  /// The chart of a column over updates, or nothing if no log has it.
  func svg(of column: String, label: String) -> String? {
    var series: [LineChart.Series] = []
    var named: Set<String> = []
    for log in logs {
      let points = thinned(log.points(column), to: 200)
      guard let last = points.last else { continue }
      let style = input.style(of: log.method)
      let isFirst = named.insert(log.method).inserted
      series.append(
        LineChart.Series(
          label: isFirst ? style.label : "", value: isFirst ? fixed(last.y, 2) : "",
          style: "thin \(style.classes)", points: points))
    }
    guard !series.isEmpty else { return nil }
    return LineChart(
      title: "\(label) over updates", xLabel: "Update", yLabel: label, series: series, width: 480,
      height: 300, labelWidth: 96
    ).svg()
  }

  var count: Int { logs.count }
}

extension SourceCurve {
  /// The learning curve as an element of a page, or nothing if there are no episodes.
  /// - Parameter style: The source's.
  func svg(_ style: SeriesStyle) -> String? {
    guard !meanReturns.isEmpty else { return nil }
    let points = meanReturns.enumerated().map { Point(x: Double($0.offset + 1), y: $0.element) }
    let last = meanReturns.suffix(max(1, meanReturns.count / 10))
    return LineChart(
      title: "Return per episode of the recorded learners", xLabel: "Episode of the history",
      yLabel: "Return per episode",
      series: [
        LineChart.Series(
          label: style.label,
          value: returnText(last.reduce(0, +) / Double(last.count)), style: style.classes,
          points: thinned(points, to: 400))
      ],
      references: LineChart.references(optimal: optimal, random: random), height: 340
    ).svg()
  }
}
