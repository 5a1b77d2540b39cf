// Figures of several runs: what their files say, and what their pictures show beside the paper's.

import Evaluation
import Foundation
import Randomness
import Reports
import TestSupport
import Testing

@Suite struct `A figure of several runs` {
  private let paper = """
    series,x,y
    "AD, odd",0,1
    "AD, odd",20,2
    "AD, odd",40,3
    Other,0,1

    """

  @Test func `has a row for each episode of each series`() throws {
    let rows = try comparison([series("A", [1, 2, 6])]).csv().split(separator: "\n")
    #expect(rows[0] == Comparison.header.joined(separator: ",")[...])
    #expect(
      rows.dropFirst() == [
        "A,ad,held-out,1,20,1,1,1,6,6,6,1,1,1,scripts/reproduce/x",
        "A,ad,held-out,2,40,2,2,2,6,6,6,1,1,1,scripts/reproduce/x",
        "A,ad,held-out,3,60,6,6,6,6,6,6,1,1,1,scripts/reproduce/x",
      ])
  }

  @Test
  func `has the first episode and fifty points, each the mean of the episodes since the last`()
    throws
  {
    let rows = try comparison([series("A", (1...200).map(Double.init))]).csv()
      .split(separator: "\n").dropFirst().map { $0.split(separator: ",").map(String.init) }
    #expect(rows.map { $0[3] } == ["1"] + (1...50).map { "\(4 * $0)" })
    #expect(rows.map { $0[4] } == ["20"] + (1...50).map { "\(80 * $0)" })
    #expect(rows.map { $0[5] } == ["1", "3"] + (2...50).map { "\(Double(4 * $0) - 1.5)" })
    #expect(rows.allSatisfy { $0[8] == "190.5" })
  }

  @Test func `has labels with commas and quotes in quotes`() throws {
    let csv = try comparison([series("AD, \"odd\"", [1])]).csv()
    #expect(csv.contains("\n\"AD, \"\"odd\"\"\",ad,held-out,1,"))
  }

  @Test func `has a score in place of the last returns if there is one`() throws {
    let score = Estimate(mean: 0.9, low: 0.8, high: 0.95)
    let csv = try comparison([series("A", [1, 2], score: score)]).csv()
    #expect(csv.contains("\nA,ad,held-out,2,40,2,2,2,0.9,0.8,0.95,1,"))
  }

  @Test(arguments: [Double.infinity, -.infinity, 1e308, -1e308])
  func `is drawn whatever returns there are`(number: Double) throws {
    let curves = try comparison([series("A", [1, number, 2]), series("B", [0, 1, number])])
    let ends = try PaperFigure(csv: "series,x,y\nA,9,1e308\n", file: "x.csv")
    for svg in [
      curves.svg(), try comparison([series("A", [1, number])], paper: ends).svg(),
    ] {
      expectWellFormed(svg.replacing("nan", with: "").replacing("inf", with: ""))
      #expect(svg.matches(of: #/(points|x|y|cx|cy)="[^"]*(nan|inf|e\+)/#).isEmpty)
    }
    #expect(curves.csv().split(separator: "\n").count == 7)
  }

  @Test func `shows the source no further than the models`() throws {
    let source = ComparedSeries(
      label: "S", method: "s", split: "held-out", grid: try series("S", [1, 2, 3, 4]).grid,
      seed: Seed(1), isSource: true)
    let svg = try comparison([series("A", [1, 2]), source], countsEpisodes: true).svg()
    let lines = svg.matches(of: #/<polyline class="line c\d" points="([^"]*)"/#).map {
      $0.1.split(separator: " ").count
    }
    #expect(lines == [2, 2])
  }

  @Test func `of training whose optimum is not known says that it shows returns`() throws {
    let svg = Comparison(
      name: "x", title: "x", series: [try series("A", [1, 2, 6])], paper: nil, command: "x",
      countsEpisodes: false, quantity: .trainingReturns
    ).svg()
    #expect(svg.contains("Ours: return per episode") && !svg.contains("optimum"))
  }

  @Test func `is the same bytes again`() throws {
    let (first, second) = (
      try comparison([series("A", [1, 2])]), try comparison([series("A", [1, 2])])
    )
    #expect(first.csv() == second.csv())
    #expect(first.svg() == second.svg())
  }

  @Test func `stands beside the paper's curves in one picture`() throws {
    let figure = try PaperFigure(csv: paper, file: "x.csv")
    let svg = try comparison([series("AD, odd", [1, 2, 3])], paper: figure).svg()
    expectWellFormed(svg)
    #expect(svg.contains("Paper: A figure &lt;of&gt; runs"))
    #expect(svg.contains("Ours: A figure &lt;of&gt; runs"))
    #expect(svg.contains("Environment steps"))
    #expect(!svg.contains("In-context episode"))
  }

  @Test func `counts episodes if it is told so`() throws {
    let svg = try comparison([series("A", [1, 2, 3])], countsEpisodes: true).svg()
    #expect(svg.contains("In-context episode"))
    #expect(!svg.contains("Environment steps"))
  }

  @Test func `without a paper's is drawn alone`() throws {
    let svg = try comparison([series("A", [1, 2, 3])]).svg()
    expectWellFormed(svg)
    #expect(!svg.contains("Paper: "))
  }

  @Test func `whose paper has ends alone shows ends beside ends`() throws {
    let figure = try PaperFigure(csv: "series,x,y\nA,9,1.5\nB,9,0.25\n", file: "x.csv")
    let svg = try comparison(
      [series("A", [1, 2]), series("C", [1, 4])], paper: figure
    ).svg()
    expectWellFormed(svg)
    #expect(svg.contains("2.00 (paper 1.50)"))
    #expect(svg.contains(">4.00<"))
    #expect(svg.contains("Return, last tenth of the episodes."))
  }

  @Test func `tells more series apart than there are colours`() throws {
    let svg = try comparison((0..<8).map { try series("series \($0)", [1, 2, 3]) }).svg()
    expectWellFormed(svg)
    for style in ["c0", "c5", "c0 dashed", "c1 dashed"] {
      #expect(svg.components(separatedBy: "class=\"line \(style)\"").count == 2, "\(style)")
    }
    #expect(!svg.contains("c2 dashed"))
  }

  @Test func `of more series than lines can tell apart shows their ends`() throws {
    let many = try (0..<13).map { try series("series \($0)", [1, 2, 3]) }
    let svg = comparison(many).svg()
    expectWellFormed(svg)
    #expect(svg.contains("Return, last tenth of the episodes, with its 95 % interval"))
    #expect(!svg.contains("In-context episode") && !svg.contains("Environment steps"))
    #expect(comparison(Array(many.dropLast())).svg().contains("Environment steps"))
  }

  private func comparison(
    _ series: [ComparedSeries], paper: PaperFigure? = nil, countsEpisodes: Bool = false
  ) -> Comparison {
    Comparison(
      name: "x", title: "A figure <of> runs", series: series, paper: paper,
      command: "scripts/reproduce/x", countsEpisodes: countsEpisodes)
  }

  private func expectWellFormed(_ svg: String) {
    #expect(svg.hasPrefix("<svg ") || svg.hasPrefix("<?xml "))
    #expect(
      svg.components(separatedBy: "<svg").count == svg.components(separatedBy: "</svg>").count)
    #expect(svg.components(separatedBy: "<g").count == svg.components(separatedBy: "</g>").count)
    #expect(!svg.lowercased().contains("nan") && !svg.contains("inf"))
  }
}

@Suite struct `A figure of the paper` {
  @Test func `has curves in the order of its file, each by ascending x`() throws {
    let figure = try PaperFigure(
      csv: "series,x,y\nB,2,1\nA,1,0.5\nB,1,3\n", file: "x.csv")
    #expect(figure.curves.map(\.series) == ["B", "A"])
    #expect(figure.curve("B")?.points.map(\.x) == [1, 2])
    #expect(figure.curve("B")?.points.map(\.y) == [3, 1])
    #expect(figure.curve("C") == nil)
  }

  @Test(arguments: [
    "\"AD, \"\"5 %\"\"\",1,2\n", "\"AD, \"\"5 %\"\"\",1,2", "\n\"AD, \"\"5 %\"\"\",1,2\r\n",
  ])
  func `has names that may hold commas and quotes, however lines end`(row: String) throws {
    let figure = try PaperFigure(csv: "series,x,y\n" + row, file: "x.csv")
    #expect(figure.curves.map(\.series) == ["AD, \"5 %\""])
  }

  @Test func `with other columns is refused`() {
    #expect(
      message("series,y\n")
        == "x.csv:1: the first line must be “series,x,y”, not “series,y”. Mend it, or remove the file."
    )
  }

  @Test(arguments: ["A,1", "A,1,2,3", "A,one,2", "A,1,", "A,1,inf"])
  func `with a row that is no point is refused by its line`(row: String) {
    #expect(
      message("series,x,y\nA,1,1\n\(row)\n")
        == "x.csv:3: “\(row)” does not fit the first line. Mend it, or remove the file.")
  }

  @Test func `is each that the repository has`() throws {
    let folder = repositoryFolder.appendingPathComponent("data/paper")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".csv") && $0 != "main.csv" }
    #expect(names.count > 10)
    for name in names {
      let file = folder.appendingPathComponent(name)
      let figure = try PaperFigure(
        csv: try String(contentsOf: file, encoding: .utf8), file: file.path)
      #expect(figure.curves.allSatisfy { !$0.points.isEmpty }, "\(name)")
    }
  }

  private func message(_ csv: String) -> String {
    do throws(ComparisonError) {
      _ = try PaperFigure(csv: csv, file: "x.csv")
      return "no error"
    } catch {
      return error.description
    }
  }
}

/// A series of a single stream.
private func series(
  _ label: String, _ curve: [Double], score: Estimate? = nil
) throws -> ComparedSeries {
  let rows = curve.enumerated().map { episode, earned in
    ReturnsTable.Row(
      method: "ad", split: "held-out", task: 3, trainSeed: 0, evalSeed: 0, episode: episode + 1,
      envSteps: 20 * (episode + 1), return: earned)
  }
  let grid = try #require(try ReturnsGrid(ReturnsTable(rows), method: "ad", split: "held-out"))
  return ComparedSeries(
    label: label, method: "ad", split: "held-out", grid: grid, seed: Seed(1), score: score)
}

/// The repository that the tests were built from.
let repositoryFolder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .deletingLastPathComponent().deletingLastPathComponent()
