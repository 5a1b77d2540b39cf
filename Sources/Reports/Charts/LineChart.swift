// Lines with bands over a light grid, named at their right ends instead of in a legend. In order:
// what a chart holds, how it is laid out, how it is drawn. No title: the page gives it a heading.

struct LineChart {
  /// A line with an optional band, named at its end.
  struct Series {
    var label: String
    /// A number after the name, such as the level it ends at.
    var value = ""
    /// Classes of `FigureStyle`, beside `line`.
    var style: String
    var points: [Point]
    /// Lower and upper ends at the same x as the points, or none.
    var band: [(low: Double, high: Double)] = []
    /// Where the name stands: at the end of the line, or beside one of its points.
    var labelledPoint: Int?
    /// Whether each point is marked.
    var hasDots = false
    /// Whether the line is named at all.
    var isLabelled: Bool { !label.isEmpty }
  }

  /// A mark along the x axis.
  struct Tick {
    var x: Double
    var label: String
  }

  /// A dashed line across the chart.
  struct Reference {
    var label: String
    var value: Double
  }

  /// The lines of the best and of random actions; none of the best where they are not known.
  static func references(optimal: Double?, random: Double?) -> [Reference] {
    (optimal.map { [Reference(label: "Optimal", value: $0)] } ?? [])
      + (random.map { [Reference(label: "Random", value: $0)] } ?? [])
  }

  /// What the chart shows, for those who cannot see it.
  var title: String
  var xLabel: String
  var yLabel: String
  /// A second scale along the upper edge: x times `factor`.
  var upperAxis: (label: String, factor: Double)?
  var series: [Series]
  var references: [Reference] = []
  /// Where the x axis has marks; nil for round numbers.
  var ticks: [Tick]?
  /// What the vertical scale reaches at least, so that charts side by side can share one.
  var greatestValue: Double?
  var width = 900.0
  var height = 440.0
  /// Room for names at the right.
  var labelWidth = 214.0
  /// Whether the title stands above the chart, as it does on a page of its own.
  var isStandalone = false

  /// The chart as an SVG element or, if it stands alone, as a file.
  func svg() -> String {
    let layout = Layout(self)
    var svg = SVG()
    if isStandalone { svg.label(title, at: Point(x: 14, y: 24), class: "heading") }
    drawAxes(layout, &svg)
    for reference in references {
      let y = layout.y(reference.value)
      svg.line(
        from: Point(x: layout.left, y: y), to: Point(x: layout.right, y: y), class: "reference")
    }
    for series in series where series.band.count == series.points.count {
      let upper = zip(series.points, series.band).map { layout.page(Point(x: $0.x, y: $1.high)) }
      let lower = zip(series.points, series.band).map { layout.page(Point(x: $0.x, y: $1.low)) }
      svg.polygon(upper + lower.reversed(), class: "band \(series.style)")
    }
    for series in series {
      svg.polyline(series.points.map(layout.page), class: "line \(series.style)")
      for point in series.points where series.hasDots {
        svg.circle(at: layout.page(point), radius: 4, class: "dot \(series.style)")
      }
    }
    drawLabels(layout, &svg)
    return SVG.document(
      width: width, height: height, title: title, isStandalone: isStandalone, svg)
  }

  /// Where things stand on the page.
  private struct Layout {
    let left: Double
    let right: Double
    let top: Double
    let bottom: Double
    let x: Scale
    let y: Scale

    init(_ chart: LineChart) {
      left = 52
      right = chart.width - chart.labelWidth
      top = (chart.isStandalone ? 32 : 0) + (chart.upperAxis == nil ? 34 : 56)
      bottom = chart.height - 46
      let points = chart.series.flatMap(\.points)
      let values =
        (points.map(\.y) + chart.references.map(\.value)
        + chart.series.flatMap { $0.band.flatMap { [$0.low, $0.high] } }).filter(\.isFinite)
      let xs = points.map(\.x).filter(\.isFinite)
      let low = min(values.min() ?? 0, 0)
      let greatest = chart.greatestValue.flatMap { $0.isFinite ? $0 : nil } ?? low
      let high = max(values.max() ?? 1, greatest, low)
      x = Scale((xs.min() ?? 0)...(xs.max() ?? 1), from: left, to: right)
      y = Scale(low...low + (high - low) * 1.04, from: bottom, to: top)
    }

    func page(_ point: Point) -> Point { Point(x: x(point.x), y: y(point.y)) }
  }

  private func drawAxes(_ layout: Layout, _ svg: inout SVG) {
    let top = isStandalone ? 48.0 : 16
    svg.label(yLabel, at: Point(x: isStandalone ? 14 : 1, y: top), class: "quiet")
    for tick in layout.y.ticks(about: 6) {
      let y = layout.y(tick)
      svg.line(from: Point(x: layout.left, y: y), to: Point(x: layout.right, y: y), class: "grid")
      svg.label(
        tickText(tick), at: Point(x: layout.left - 8, y: y + 4.5), class: "quiet", anchor: .end)
    }
    for tick in ticks ?? xTicks(layout).map({ Tick(x: $0, label: tickText($0)) }) {
      let x = layout.x(tick.x)
      svg.line(
        from: Point(x: x, y: layout.bottom), to: Point(x: x, y: layout.bottom + 5), class: "axis")
      svg.label(
        tick.label, at: Point(x: x, y: layout.bottom + 20), class: "quiet", anchor: .middle)
    }
    svg.line(
      from: Point(x: layout.left, y: layout.bottom),
      to: Point(x: layout.right, y: layout.bottom), class: "axis")
    svg.label(
      xLabel, at: Point(x: (layout.left + layout.right) / 2, y: layout.bottom + 40),
      class: "quiet", anchor: .middle)
    guard let upperAxis else { return }
    svg.label(
      upperAxis.label, at: Point(x: layout.right, y: top), class: "quiet", anchor: .end)
    let scaled = layout.x.values.lowerBound * upperAxis.factor
    let scale = Scale(
      scaled...layout.x.values.upperBound * upperAxis.factor, from: layout.left, to: layout.right)
    for tick in scale.ticks(about: 6) {
      let x = scale(tick)
      svg.line(
        from: Point(x: x, y: layout.top - 5), to: Point(x: x, y: layout.top), class: "axis")
      svg.label(
        tickText(tick), at: Point(x: x, y: layout.top - 10), class: "quiet", anchor: .middle)
    }
  }

  /// Round numbers, and 1 if the chart counts from there.
  private func xTicks(_ layout: Layout) -> [Double] {
    let ticks = layout.x.ticks(about: max(3, Int(layout.right - layout.left) / 80))
    let first = layout.x.values.lowerBound
    return first == 1 && ticks.first != 1 ? [first] + ticks : ticks
  }

  /// A name beside the right edge.
  private struct EndLabel {
    let text: String
    let value: String
    let style: String
    let end: Point
  }

  private func drawLabels(_ layout: Layout, _ svg: inout SVG) {
    var ends: [EndLabel] = references.map {
      EndLabel(
        text: $0.label, value: returnText($0.value), style: "quiet",
        end: Point(x: layout.right, y: layout.y($0.value)))
    }
    for series in series where series.isLabelled {
      guard let last = series.points.last else { continue }
      if let index = series.labelledPoint {
        let point = layout.page(series.points[index])
        svg.label(series.label, at: Point(x: point.x + 10, y: point.y + 16), class: "name")
      } else {
        ends.append(
          EndLabel(
            text: series.label, value: series.value, style: "name \(series.style)",
            end: layout.page(last)))
      }
    }
    let places = spread(
      ends.map(\.end.y), spacing: 17, within: layout.top - 4...layout.bottom + 4)
    for (label, y) in zip(ends, places) {
      svg.polyline(
        [
          Point(x: label.end.x + 3, y: label.end.y), Point(x: layout.right + 8, y: label.end.y),
          Point(x: layout.right + 18, y: y), Point(x: layout.right + 21, y: y),
        ], class: "leader")
      svg.label(
        label.text, at: Point(x: layout.right + 25, y: y + 4.5), class: label.style,
        quiet: label.value.isEmpty ? nil : label.value)
    }
  }
}
