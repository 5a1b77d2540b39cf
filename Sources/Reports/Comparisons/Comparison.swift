// One figure of several runs: their curves in a CSV file, and as a picture beside the paper's. In order: a
// series, the comparison, its file, its picture.

public import Evaluation
public import Randomness
internal import Tables

/// One line of a comparison: a method of a run on a split.
public struct ComparedSeries: Sendable {
  /// How the line is named, as in the paper's figure.
  public let label: String
  public let method: String
  public let split: String
  /// Its returns.
  public let grid: ReturnsGrid
  /// The seed of its experiment.
  public let seed: Seed
  /// The score, where the family's is not the mean return of the last tenth of the episodes.
  public let score: Estimate?
  /// Whether it is the source's, whose curve is shown no further than those of models.
  public let isSource: Bool
  /// Whether the grid has environment steps.
  public let hasEnvSteps: Bool

  public init(
    label: String, method: String, split: String, grid: ReturnsGrid, seed: Seed,
    score: Estimate? = nil, isSource: Bool = false, hasEnvSteps: Bool = true
  ) {
    self.hasEnvSteps = hasEnvSteps
    self.score = score
    self.isSource = isSource
    self.label = label
    self.method = method
    self.split = split
    self.grid = grid
    self.seed = seed
  }
}

/// What the curves of a comparison are of.
public enum ComparedQuantity: Sendable {
  /// The return of an episode.
  case returns
  /// What training tasks gave while a method was trained, where their optimum is not known.
  case trainingReturns
  /// What training tasks gave while a method was trained, of their optimum.
  case sharesOfOptimum
}

/// Several series and what the paper shows of them.
public struct Comparison: Sendable {
  /// The figure's name in files.
  public let name: String
  /// What the picture is headed with.
  public let title: String
  /// Ours.
  public let series: [ComparedSeries]
  /// The paper's, if there is such a figure.
  public let paper: PaperFigure?
  /// The command that made it.
  public let command: String
  /// Whether x counts episodes; otherwise environment steps.
  public let countsEpisodes: Bool
  /// What y is.
  public let quantity: ComparedQuantity
  /// The series worked out, once for the file and the picture.
  private let curves: [Curve]

  /// The most series that can be told apart as lines.
  private static let greatestLineCount = 2 * FigureStyle.turnCount
  /// The most points of a curve, besides its first episode.
  private static let greatestPointCount = 50

  /// The first line of the file.
  public static let header = [
    "series", "method", "split", "episode", "env_steps", "mean", "ci_low", "ci_high", "final",
    "final_ci_low", "final_ci_high", "tasks", "train_seeds", "eval_seeds", "command",
  ]

  public init(
    name: String, title: String, series: [ComparedSeries], paper: PaperFigure?, command: String,
    countsEpisodes: Bool, quantity: ComparedQuantity = .returns
  ) {
    self.name = name
    self.title = title
    self.series = series
    self.paper = paper
    self.command = command
    self.countsEpisodes = countsEpisodes
    self.quantity = quantity
    curves = series.map(Self.curve)
  }

  /// A part of a curve: some successive episodes.
  private struct Part: Sendable {
    let lastEpisode: Int
    let envSteps: Double
    let estimate: Estimate
  }

  private struct Curve: Sendable {
    let series: ComparedSeries
    let parts: [Part]
    let final: Estimate
  }

  private static func curve(_ series: ComparedSeries) -> Curve {
    let grid = series.grid
    let bootstrap = Bootstrap(
      tasks: grid.tasks.count, trainSeeds: grid.trainSeeds.count, seed: series.seed)
    let count = min(greatestPointCount, grid.episodeCount)
    // The first episode stands alone: it tells what there was to begin with.
    let ends = [1] + (1...count).map { $0 * grid.episodeCount / count }.filter { $0 > 1 }
    let estimates = bootstrap.estimates(of: grid.meanCurves().binned(endingAt: ends))
    let parts = zip(ends, estimates).map { end, estimate in
      let steps = (0..<grid.streamCount).reduce(0) {
        $0 + grid.envSteps[$1 * grid.episodeCount + end - 1]
      }
      return Part(
        lastEpisode: end, envSteps: Double(steps) / Double(grid.streamCount), estimate: estimate)
    }
    return Curve(
      series: series, parts: parts,
      final: series.score ?? bootstrap.estimates(of: grid.means(over: grid.lastTenth))[0])
  }

  /// The file: a row for each point of each series.
  public func csv() -> String {
    var table = TableWriter(header: Self.header)
    for curve in curves {
      let grid = curve.series.grid
      for part in curve.parts {
        table.append(
          row: [curve.series.label, curve.series.method, curve.series.split, "\(part.lastEpisode)"]
            + [curve.series.hasEnvSteps ? roundedNumber(part.envSteps) : ""]
            + [
              part.estimate.mean, part.estimate.low, part.estimate.high,
              curve.final.mean, curve.final.low, curve.final.high,
            ].map(roundedNumber)
            + [
              "\(grid.tasks.count)", "\(grid.trainSeeds.compactMap { $0 }.count)",
              "\(grid.evalSeeds.count)", command,
            ])
      }
    }
    return table.text
  }

  /// The picture: the paper's curves on the left, ours on the right; where the paper has no curves, the
  /// ends alone, ours beside the paper's; and without the paper's the ends of more curves than can be told apart.
  public func svg() -> String {
    let isCrowded = paper == nil && curves.count > Self.greatestLineCount
    return isCrowded || paper?.hasLines == false ? finals(curves) : panels(curves)
  }

  // MARK: Lines

  private func panels(_ curves: [Curve]) -> String {
    var svg = SVG()
    svg.label(title, at: Point(x: 14, y: 24), class: "heading")
    let paperCurves = paper?.curves ?? []
    let end = lastPlace(in: curves)
    let ours = curves.enumerated().map { index, curve in
      let shown = curve.parts.filter { x(of: $0) <= end }
      return LineChart.Series(
        label: curve.series.label, value: returnText(curve.final.mean),
        style: FigureStyle.style(index),
        points: shown.map { Point(x: x(of: $0), y: $0.estimate.mean) },
        band: shown.map { ($0.estimate.low, $0.estimate.high) })
    }
    let theirs = paperCurves.map { curve in
      LineChart.Series(
        label: curve.series, value: returnText(curve.final), style: style(of: curve, curves),
        points: curve.points.map { Point(x: $0.x, y: $0.y) })
    }
    let values = (ours + theirs).flatMap { $0.points.map(\.y) + $0.band.map(\.high) }
    let charts = (theirs.isEmpty ? [] : [("Paper", theirs)]) + [("Ours", ours)]
    let width = charts.count == 1 ? 900.0 : 560
    for (index, chart) in charts.enumerated() {
      var lines = LineChart(
        title: "\(chart.0): \(title)",
        xLabel: countsEpisodes ? "In-context episode" : "Environment steps",
        yLabel:
          "\(chart.0): \(quantity == .sharesOfOptimum ? "share of the optimum" : "return per episode")",
        series: chart.1)
      lines.width = width
      lines.height = 400
      lines.labelWidth = 190
      lines.greatestValue = values.filter(\.isFinite).max()
      svg.place(lines.svg(), at: Point(x: 10 + Double(index) * (width + 10), y: 36), width, 400)
    }
    return SVG.document(
      width: Double(charts.count) * (width + 10) + 10, height: 440, title: title,
      isStandalone: true, svg)
  }

  /// Where the models' curves end; the source's goes no further, if there are others.
  private func lastPlace(in curves: [Curve]) -> Double {
    let models = curves.filter { !$0.series.isSource }
    return (models.isEmpty ? curves : models).flatMap { $0.parts.map(x) }.max() ?? 0
  }

  private func x(of part: Part) -> Double {
    countsEpisodes ? Double(part.lastEpisode) : part.envSteps
  }

  /// The colour of ours of the same name; without one, thin.
  private func style(of curve: PaperFigure.Curve, _ ours: [Curve]) -> String {
    ours.firstIndex { $0.series.label == curve.series }.map(FigureStyle.style) ?? "thin explorer"
  }

  // MARK: Ends

  private var finalLabel: String {
    switch quantity {
    case .returns: "Return, last tenth of the episodes"
    case .trainingReturns: "Return, last tenth of training"
    case .sharesOfOptimum: "Share of the optimum, last tenth of training"
    }
  }

  private func finals(_ curves: [Curve]) -> String {
    let (left, right, top, spacing) = (190.0, 700.0, 56.0, 34.0)
    let bottom = top + spacing * Double(curves.count)
    let numbers =
      curves.flatMap { [$0.final.low, $0.final.high] }
      + curves.compactMap { paper?.curve($0.series.label)?.final }
    let low = min(numbers.filter(\.isFinite).min() ?? 0, 0)
    let high = max(numbers.filter(\.isFinite).max() ?? 1, low + 1e-9)
    let scale = Scale(low...max(low, high * 1.05), from: left, to: right)
    var svg = SVG()
    svg.label(title, at: Point(x: 14, y: 24), class: "heading")
    for tick in scale.ticks(about: 6) {
      let x = scale(tick)
      svg.line(from: Point(x: x, y: top - 8), to: Point(x: x, y: bottom), class: "grid")
      svg.label(tickText(tick), at: Point(x: x, y: bottom + 18), class: "quiet", anchor: .middle)
    }
    svg.label(
      (curves.contains { $0.series.score != nil }
        ? "Score over all episodes: random actions 0, the source 1"
        : finalLabel)
        + (paper == nil
          ? ", with its 95 % interval"
          : ". Filled: ours with its 95 % interval; open: the paper's"),
      at: Point(x: left, y: bottom + 40), class: "quiet")
    for (index, curve) in curves.enumerated() {
      let y = top + spacing * (Double(index) + 0.4)
      svg.label(
        curve.series.label, at: Point(x: left - 14, y: y + 4.5), class: "name", anchor: .end)
      svg.polyline(
        [Point(x: scale(curve.final.low), y: y), Point(x: scale(curve.final.high), y: y)],
        class: "line c\(index % FigureStyle.turnCount)")
      svg.circle(
        at: Point(x: scale(curve.final.mean), y: y), radius: 5,
        class: "dot c\(index % FigureStyle.turnCount)")
      var note = returnText(curve.final.mean)
      if let theirs = paper?.curve(curve.series.label)?.final {
        svg.circle(at: Point(x: scale(theirs), y: y), radius: 5, class: "start")
        note += " (paper \(returnText(theirs)))"
      }
      svg.label(note, at: Point(x: right + 14, y: y + 4.5), class: "quiet")
    }
    return SVG.document(width: 900, height: bottom + 56, title: title, isStandalone: true, svg)
  }
}

extension CellMeans {
  /// The means over runs of successive numbers of the curve, each run up to and with the one that an
  /// end counts, from 1.
  fileprivate func binned(endingAt ends: [Int]) -> CellMeans {
    var binned = CellMeans(tasks: tasks, trainSeeds: trainSeeds, width: ends.count)
    for cell in 0..<tasks * trainSeeds {
      var first = 0
      for (index, end) in ends.enumerated() {
        let sum = (first..<end).reduce(0) { $0 + values[cell * width + $1] }
        binned.values[cell * ends.count + index] = sum / Double(end - first)
        first = end
      }
    }
    return binned
  }
}
