// The figure: return against in-context episode on tasks that no model saw, with bands, the
// random and optimal returns, and the limit that exploring sets.

import Evaluation

/// The main figure of a report.
struct ReturnsFigure {
  /// One method's line.
  private struct Curve {
    let style: SeriesStyle
    let grid: ReturnsGrid
    let estimates: [Estimate]
  }

  private let input: ReportInput
  private let curves: [Curve]
  /// Episodes along the axis: as many as the in-context methods have.
  let episodes: Int
  /// Environment steps of an in-context episode, if all have as many.
  private let stepsPerEpisode: Int?

  /// Works out the lines and their bands.
  init(_ input: ReportInput) throws(ReturnsError) {
    self.input = input
    var curves: [Curve] = []
    for method in input.methods(on: input.split) {
      let style = input.style(of: method)
      if style.isPrompted { continue }
      guard let grid = try ReturnsGrid(input.returns, method: method, split: input.split) else {
        continue
      }
      let bootstrap = Bootstrap(
        tasks: grid.tasks.count, trainSeeds: grid.trainSeeds.count, seed: input.seed)
      curves.append(
        Curve(style: style, grid: grid, estimates: bootstrap.estimates(of: grid.meanCurves())))
    }
    self.curves = curves
    let inContext = curves.filter { $0.style.role != .source }
    episodes = (inContext.isEmpty ? curves : inContext).map(\.grid.episodeCount).max() ?? 0
    stepsPerEpisode = Self.stepsPerEpisode(of: inContext)
  }

  /// Whether there is anything to draw.
  var isEmpty: Bool { curves.isEmpty }

  /// The figure as an element of a page or as a file of its own.
  func svg(isStandalone: Bool) -> String {
    var chart = LineChart(
      title: title, xLabel: input.othersFile == nil ? "In-context episode" : "Episode",
      yLabel: "Return per episode",
      series: idealSeries + curves.map(series))
    if let steps = stepsPerEpisode {
      chart.upperAxis = ("Environment steps", Double(steps))
    }
    if let split = input.summary.splits[input.split] {
      chart.references =
        sourcesEnd.map { [LineChart.Reference(label: "Source, at its end", value: $0)] } ?? []
      chart.references += LineChart.references(optimal: split.optimal, random: split.random)
    }
    chart.isStandalone = isStandalone
    chart.height = isStandalone ? 480 : 450
    return chart.svg()
  }

  /// Whether the optimum of the split's tasks is known.
  private var hasOptimum: Bool { input.summary.splits[input.split]?.optimal != nil }

  /// What stands in the place of an optimum that is not known: what the source earned in the end.
  private var sourcesEnd: Double? { hasOptimum ? nil : input.sourcesEnd }

  /// What the figure shows.
  var title: String {
    "Return per \(input.othersFile == nil ? "in-context " : "")episode on \(input.split) tasks"
  }

  /// How to read the figure, and what was averaged.
  var caption: String {
    let last = ReturnsGrid.lastTenth(of: episodes).lowerBound
    var text = "Each line is the mean return of an episode over \(input.split) tasks and "
    text += "seeds, its band the 95 % bootstrap interval over tasks and training seeds. "
    if input.othersFile == nil {
      text += "In-context methods start with an empty context and never change their weights. "
    }
    text += "Numbers at the lines’ ends are means of episodes \(last)–\(episodes). "
    text += references
    if !input.idealExplorer.isEmpty {
      text += "Dotted: an ideal explorer that steps on unseen cells as early as it can, then "
      text += "exploits: the limit of what a context can give. "
    }
    if let source = curves.first(where: { $0.style.role == .source }) {
      text += caption(of: source)
    }
    return text + counts
  }

  /// What the lines across the figure are.
  private var references: String {
    if let file = input.othersFile {
      return
        "All numbers are those of \(file), which does not say what is random and what optimal. "
    }
    if hasOptimum { return "Dashed across: returns of the best and of random actions. " }
    let source =
      sourcesEnd == nil ? "" : "what the source earned in the last tenth of its episodes, and "
    return
      "The optimum of these tasks is not known, so no line shows it and the tables have no shares of it. "
      + "Dashed across: \(source)the return of random actions. "
  }

  private func caption(of source: Curve) -> String {
    var text = "\(source.style.label): starts from scratch on the same tasks and learns by updates"
    if stepsPerEpisode != nil {
      text += ": each of its episodes stands where all its actors together have taken as many "
      text += "environment steps"
    }
    return text + ". "
  }

  private var counts: String {
    var groups: [(size: String, labels: [String])] = []
    for curve in curves {
      let grid = curve.grid
      let trained = grid.trainSeeds.compactMap { $0 }.count
      let size =
        "\(grid.tasks.count) tasks × " + (trained > 0 ? "\(trained) training × " : "")
        + "\(grid.evalSeeds.count) evaluation seeds"
      if let index = groups.firstIndex(where: { $0.size == size }) {
        groups[index].labels.append(curve.style.label)
      } else {
        groups.append((size, [curve.style.label]))
      }
    }
    let parts = groups.map { "\($0.labels.joined(separator: "; ")): \($0.size)" }
    return "Streams: " + parts.joined(separator: ". ") + "."
  }

  private func series(_ curve: Curve) -> LineChart.Series {
    let style = curve.style
    let places = places(of: curve).prefix { $0 <= Double(episodes) }
    let estimates = curve.estimates.prefix(places.count)
    let last = zip(places, estimates).filter {
      $0.0 >= Double(ReturnsGrid.lastTenth(of: episodes).lowerBound)
    }.map(\.1.mean)
    return LineChart.Series(
      label: style.label,
      value: last.isEmpty ? "" : returnText(last.reduce(0, +) / Double(last.count)),
      style: style.classes,
      points: zip(places, estimates).map { Point(x: $0, y: $1.mean) },
      band: estimates.map { ($0.low, $0.high) })
  }

  /// Where a curve's episodes stand along the axis: by the environment steps of all actors at their end,
  /// in in-context episodes; by their number if those have no length in common.
  private func places(of curve: Curve) -> [Double] {
    let grid = curve.grid
    guard let stepsPerEpisode else { return (1...grid.episodeCount).map { Double($0) } }
    return (0..<grid.episodeCount).map { episode in
      let steps = (0..<grid.streamCount).reduce(0) {
        $0 + grid.envSteps[$1 * grid.episodeCount + episode]
      }
      return Double(steps) / Double(grid.streamCount * stepsPerEpisode)
    }
  }

  /// The ideal explorer up to where it reaches its highest return, named there.
  private var idealSeries: [LineChart.Series] {
    let returns = input.idealExplorer.prefix(episodes)
    guard let highest = returns.max() else { return [] }
    let reached = returns.firstIndex { $0 >= highest - 1e-9 } ?? 0
    return [
      LineChart.Series(
        label: "Ideal explorer", style: "dotted explorer",
        points: returns.prefix(reached + 1).enumerated().map {
          Point(x: Double($0.offset + 1), y: $0.element)
        }, labelledPoint: reached)
    ]
  }

  /// Environment steps of an episode, if all episodes of the curves have as many.
  private static func stepsPerEpisode(of curves: [Curve]) -> Int? {
    guard let first = curves.first?.grid.envSteps.first, first > 0 else { return nil }
    let isEven = curves.allSatisfy { curve in
      curve.grid.envSteps.indices.allSatisfy {
        curve.grid.envSteps[$0] == first * ($0 % curve.grid.episodeCount + 1)
      }
    }
    return isEven ? first : nil
  }
}
