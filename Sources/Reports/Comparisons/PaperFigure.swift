// The curves of a figure of the paper, digitised: data/paper/NAME.csv, with the columns series, x, y. Refuses a
// file with others, naming the line.

internal import Tables

/// What a figure of the paper shows.
public struct PaperFigure: Equatable, Sendable {
  /// One of its curves.
  public struct Curve: Equatable, Sendable {
    /// Its name.
    public let series: String
    /// Its points, x ascending.
    public let points: [(x: Double, y: Double)]

    /// Whether names and points are equal.
    public static func == (left: Curve, right: Curve) -> Bool {
      left.series == right.series && left.points.elementsEqual(right.points, by: ==)
    }

    /// Where it ends.
    var final: Double { points.last?.y ?? 0 }
  }

  /// The curves, in the order of the file.
  public let curves: [Curve]

  /// The curve of a name.
  public func curve(_ series: String) -> Curve? { curves.first { $0.series == series } }

  /// Whether there is anything to draw as lines: three points at least of some curve.
  var hasLines: Bool { curves.contains { $0.points.count > 2 } }

  /// Reads a file's text.
  /// - Parameter file: How errors name it.
  public init(csv text: String, file: String) throws(ComparisonError) {
    let table = try CSVTable(results: text, columns: ["series", "x", "y"], file: file)
    var curves: [(series: String, points: [(x: Double, y: Double)])] = []
    for (line, row) in zip(table.lines, table.rows) {
      guard let x = finite(row[1]), let y = finite(row[2]) else {
        throw .wrongRow(file: file, line: line, found: row.joined(separator: ","))
      }
      if let known = curves.firstIndex(where: { $0.series == row[0] }) {
        curves[known].points.append((x, y))
      } else {
        curves.append((row[0], [(x, y)]))
      }
    }
    self.curves = curves.map { curve in
      Curve(series: curve.series, points: curve.points.sorted { $0.x < $1.x })
    }
  }
}
