// Returns by task, on a map of the family: which tasks a method masters, and whether the hard ones
// are those far away.

import Evaluation

/// A map of one method's last returns.
struct TaskMap {
  private let heading: String
  private let title: String
  private let places: [TaskPlace]
  private let results: [Int: Double]
  /// What the colours run over: shares of each task's optimum or, where one is not known, returns.
  private let shown: ClosedRange<Double>
  private let showsShares: Bool
  private let columns: Int
  private let rows: Int
  private let side: Double
  private let top = 30.0
  /// Room for the map and for its key.
  private static let width = 414.0

  /// The map of a method, or nothing if tasks have no places or the method no returns.
  init?(_ input: ReportInput, method: String) throws(ReturnsError) {
    guard
      !input.places.isEmpty,
      let grid = try ReturnsGrid(input.returns, method: method, split: input.split)
    else { return nil }
    let means = grid.means(over: grid.lastTenth)
    let last = grid.lastTenth
    heading = input.style(of: method).label
    results = Dictionary(
      uniqueKeysWithValues: grid.tasks.enumerated().map { index, task in
        (task, means.taskMean(index)[0])
      })
    showsShares = Self.showsShares(input)
    title =
      "\(heading): return over episodes \(last.lowerBound)–\(last.upperBound)"
      + (showsShares ? " as percent of each task’s optimum" : "")
    let returns = results.values.filter(\.isFinite)
    let least = returns.min() ?? 0
    shown = showsShares ? 0...1 : least...max(least, returns.max() ?? 0)
    places = input.places.sorted { ($0.row, $0.column, $0.task) < ($1.row, $1.column, $1.task) }
    columns = 1 + (places.map(\.column).max() ?? 0)
    rows = 1 + (places.map(\.row).max() ?? 0)
    side = min(46, Self.width / Double(max(columns, rows)))
  }

  /// Whether maps show shares of tasks' optima: all are known.
  static func showsShares(_ input: ReportInput) -> Bool {
    input.places.allSatisfy { $0.optimal != nil }
  }

  /// The map as an element of a page.
  func svg() -> String {
    var svg = SVG()
    svg.label(heading, at: Point(x: 1, y: 17), class: "name")
    for place in places { draw(place, &svg) }
    drawKey(&svg)
    return SVG.document(
      width: Self.width + 4, height: top + side * Double(rows) + 48, title: title,
      isStandalone: false, svg)
  }

  private func draw(_ place: TaskPlace, _ svg: inout SVG) {
    let corner = Point(x: 1 + side * Double(place.column), y: top + side * Double(place.row))
    guard let result = results[place.task] else {
      svg.rectangle(
        at: corner, width: side, height: side, class: "place training",
        note: "\(place.label): \(place.role.rawValue)")
      if place.role == .validation { hatch(corner, side: side, lines: 4, &svg) }
      return
    }
    let optimal = showsShares ? place.optimal : nil
    let share = optimal.map { $0 == 0 ? 0 : result / $0 }
    let width = shown.upperBound - shown.lowerBound
    let colour = FigureStyle.mapColour(
      share ?? (width > 0 ? (result - shown.lowerBound) / width : 0))
    svg.rectangle(
      at: corner, width: side, height: side, class: "place", fill: colour.fill,
      note: "\(place.label): \(returnText(result))"
        + (optimal.map { " of \(returnText($0))" } ?? ""))
    guard side >= 24 else { return }
    svg.label(
      share.map { fixed(100 * $0, 0) } ?? returnText(result),
      at: Point(x: corner.x + side / 2, y: corner.y + side / 2 + 4.5),
      class: colour.isDark ? "onDark" : "onLight", anchor: .middle)
  }

  private func hatch(_ corner: Point, side: Double, lines: Int, _ svg: inout SVG) {
    for index in 1..<2 * lines {
      let offset = side * Double(index) / Double(lines)
      let (low, high) = (max(0, offset - side), min(side, offset))
      svg.line(
        from: Point(x: corner.x + low, y: corner.y + offset - low),
        to: Point(x: corner.x + high, y: corner.y + offset - high), class: "hatch")
    }
  }

  private func drawKey(_ svg: inout SVG) {
    let y = top + side * Double(rows) + 14
    let (width, steps) = (120.0, 24)
    for step in 0..<steps {
      let share = Double(step) / Double(steps - 1)
      svg.rectangle(
        at: Point(x: 1 + width * Double(step) / Double(steps), y: y),
        width: width / Double(steps) + 0.4, height: 10, class: "key",
        fill: FigureStyle.mapColour(share).fill)
    }
    let ends =
      showsShares ? ("0", "100 %") : (returnText(shown.lowerBound), returnText(shown.upperBound))
    svg.label(ends.0, at: Point(x: 1, y: y + 25), class: "quiet")
    svg.label(ends.1, at: Point(x: 1 + width, y: y + 25), class: "quiet", anchor: .end)
    let roles = [(TaskPlace.Role.training, "training"), (.validation, "validation")]
    var x = width + 24
    for (role, label) in roles where places.contains(where: { $0.role == role }) {
      let corner = Point(x: x, y: y - 2)
      svg.rectangle(at: corner, width: 14, height: 14, class: "training")
      if role == .validation { hatch(corner, side: 14, lines: 3, &svg) }
      svg.label(label, at: Point(x: x + 20, y: y + 9), class: "quiet")
      x += 96
    }
  }
}
