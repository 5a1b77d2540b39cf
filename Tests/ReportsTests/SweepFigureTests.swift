// The table and the figure of a sweep, of invented returns.

import Evaluation
import Reports
import Testing

@Suite struct `A sweep's table` {
  @Test func `has a row for each point, with its settings and where its run lies`() throws {
    let table = SweepTable(
      settings: ["context.steps"],
      rows: [try row("a, b", "100", 1), try row("c", "200", 2, hasScore: false)])
    let lines = table.csv.split(separator: "\n")
    #expect(
      lines[0].hasPrefix("point,method,split,context.steps,first,first_ci_low,first_ci_high,last,"))
    #expect(lines[1] == "\"a, b\",ad,validation,100,0,0,0,1,0.5,1.5,0.1,0.05,0.15,1,1,1,2,points/x")
    #expect(lines[2] == "c,ad,validation,200,0,0,0,2,1.5,2.5,,,,1,1,1,2,points/x")
    let places = try SweepTable.places(csv: table.csv, file: "sweep.csv")
    #expect(places.map(\.point) == ["a, b", "c"])
    #expect(places.map(\.run) == ["points/x", "points/x"])
  }

  @Test func `that is another table is refused`() {
    #expect(throws: ComparisonError.self) {
      try SweepTable.places(csv: "a,b\n1,2\n", file: "sweep.csv")
    }
  }
}

@Suite struct `A sweep's figure` {
  @Test func `has its marks where the numbers are, at even distances`() throws {
    #expect(
      try marks(["100", "200", "400"])
        == [("100", 52), ("200", 263.3), ("400", 686)].map(Mark.init))
  }

  @Test func `has numbers far apart at even ratios`() throws {
    #expect(
      try marks(["0.01", "0.0001", "0.001"])
        == [("0.0001", 52), ("0.001", 369), ("0.01", 686)].map(Mark.init))
  }

  @Test func `leaves out marks that would stand upon each other`() throws {
    #expect(try marks(["100", "101", "200"]).map(\.label) == ["100", "200"])
  }

  @Test func `shows returns where a score is not known`() throws {
    let rows = [try row("a", "1", 1), try row("b", "2", 2, hasScore: false)]
    #expect(svg(rows).contains(">Return, last tenth of the episodes<"))
    #expect(svg([rows[0]]).contains(">Score: random actions 0, the optimum 1<"))
  }

  private struct Mark: Equatable {
    let label: String
    let x: Double
  }

  /// The labels along the x axis and where they stand.
  private func marks(_ values: [String]) throws -> [Mark] {
    let text = svg(try values.map { try row($0, $0, 1) })
    return text.matches(of: #/x="([\d.]+)" y="41[\d.]+" text-anchor="middle">([^<]+)</#).map {
      Mark(label: String($0.2), x: Double($0.1) ?? 0)
    }
  }

  private func svg(_ rows: [SweepRow]) -> String {
    SweepFigure(
      title: "x", setting: "context.steps",
      table: SweepTable(settings: ["context.steps"], rows: rows), isAgainstSource: false,
      label: { $0 }
    ).svg()
  }
}

/// A row of a stream of two episodes.
private func row(
  _ point: String, _ value: String, _ last: Double, hasScore: Bool = true
) throws -> SweepRow {
  let rows = [0, last].enumerated().map { episode, earned in
    ReturnsTable.Row(
      method: "ad", split: "validation", task: 3, trainSeed: 0, evalSeed: 0, episode: episode + 1,
      envSteps: 20 * (episode + 1), return: earned)
  }
  let grid = try #require(try ReturnsGrid(ReturnsTable(rows), method: "ad", split: "validation"))
  return SweepRow(
    point: point, run: "points/x", method: "ad", split: "validation", values: [value], of: grid,
    first: Estimate(mean: 0, low: 0, high: 0),
    last: Estimate(mean: last, low: last - 0.5, high: last + 0.5),
    score: hasScore ? Estimate(mean: 0.1, low: 0.05, high: 0.15) : nil)
}
