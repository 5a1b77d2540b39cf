// The way that one stream took through its task, from above, in some of its episodes: whether it comes to
// search less as its context fills.

import Evaluation
import Tasks

/// Small maps of one task: a row for each method, a column for each of some episodes.
struct PathFigure {
  /// One method's ways by episode.
  private struct Row {
    let style: SeriesStyle
    let ways: [Int: [PathTable.Row]]
  }

  private let scene: TaskScene
  private let rows: [Row]
  /// The episodes that are drawn, ascending.
  private let episodes: [Int]
  private static let chosenEpisodes = [1, 2, 4, 8, 16, 40, 80, 160]
  private static let width = 900.0
  private static let side = 104.0
  private static let rowHeight = 180.0

  /// The maps of the methods that act in context from an empty one, with the first training seed of each, or nothing
  /// if there is nothing to draw.
  init?(_ input: ReportInput) {
    guard let scene = input.scene else { return nil }
    let watched = input.paths.rows.filter { $0.split == input.split && $0.task == scene.task }
    let methods = input.ordered(Set(watched.map(\.method))).filter {
      input.style(of: $0).role == .inContext
    }
    let rows = methods.map { method in
      let found = watched.filter { $0.method == method }
      let seed = found.first?.trainSeed
      return Row(
        style: input.style(of: method),
        ways: Dictionary(grouping: found.filter { $0.trainSeed == seed }, by: \.episode))
    }
    let episodes = Self.chosenEpisodes.filter { number in
      rows.contains { $0.ways[number] != nil }
    }
    guard !episodes.isEmpty else { return nil }
    self.scene = scene
    self.rows = rows
    self.episodes = episodes
  }

  /// What the figure shows.
  var title: String { "The way through a task, from above" }

  /// How to read the figure.
  var caption: String {
    "One stream of each method in the task with the \(scene.label), by models of the first training seed, "
      + "episode by episode. The ring is the start, the filled circle the goal."
  }

  /// The figure as an element of a page.
  func svg() -> String {
    var svg = SVG()
    for (index, row) in rows.enumerated() {
      draw(row, top: Double(index) * Self.rowHeight, &svg)
    }
    return SVG.document(
      width: Self.width, height: Double(rows.count) * Self.rowHeight, title: title,
      isStandalone: false, svg)
  }

  private func draw(_ row: Row, top: Double, _ svg: inout SVG) {
    let style = row.style
    let pitch = (Self.width - 4) / Double(Self.chosenEpisodes.count)
    svg.label(style.label, at: Point(x: 1, y: top + 15), class: "name \(style.classes)")
    for (column, episode) in episodes.enumerated() {
      let middle = Point(
        x: 2 + pitch * (Double(column) + 0.5), y: top + 28 + Self.side / 2)
      guard let way = row.ways[episode] else { continue }
      func place(_ x: Double, _ y: Double) -> Point {
        Point(x: middle.x + x * Self.side / 2, y: middle.y + y * Self.side / 2)
      }
      func circle(_ circle: MapCircle, class name: String) {
        svg.circle(
          at: place(circle.x, circle.y), radius: circle.radius * Self.side / 2, class: name)
      }
      circle(scene.outline, class: "world")
      circle(scene.goal, class: "goal")
      svg.polyline(way.map { place($0.x, $0.y) }, class: "line thin \(style.classes)")
      if let start = way.first {
        svg.circle(at: place(start.x, start.y), radius: 3, class: "start")
      }
      let steps = way.count - 1
      let foot = top + 28 + Self.side
      svg.label(
        "Episode \(episode)", at: Point(x: middle.x, y: foot + 16), class: "small", anchor: .middle)
      svg.label(
        "\(steps) \(steps == 1 ? "step" : "steps")", at: Point(x: middle.x, y: foot + 31),
        class: "small quiet", anchor: .middle)
    }
  }
}
