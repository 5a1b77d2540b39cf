// The table of all results: rows come in the place of their like, in one order, beside the paper's.

import Evaluation
import Foundation
import Randomness
import Reports
import Tasks
import TestSupport
import Testing

@Suite struct `The table of all results` {
  private let order = ["ad", "ed", "rl2", "source", "ad-lstm"]
  private let header = MainTable.header.joined(separator: ",")

  @Test func `has a row as its columns say`() throws {
    var table = MainTable(methods: order)
    table.replace(with: [try row("dark-room", "ad")]) { family, split, method in
      #expect([family, split, method] == ["dark-room", "held-out", "ad"])
      return "14.12"
    }
    #expect(
      table.csv == """
        \(header)
        dark-room,held-out,ad,15,15,15,14.12,16.5,1,1,2,5,5,scripts/reproduce/dark-room,0.9091,0.9091,1

        """)
  }

  @Test func `leaves empty what the paper does not say and what needs a source`() throws {
    var table = MainTable(methods: order)
    table.replace(with: [try row("dark-room", "ad", hasSource: false)]) { _, _, _ in nil }
    #expect(
      table.csv.hasSuffix(
        "\ndark-room,held-out,ad,15,15,15,,16.5,1,1,2,,,scripts/reproduce/dark-room,0.9091,0.9091,1\n"
      ))
  }

  @Test func `leaves empty what is not known where the optimum is not`() throws {
    var table = MainTable(methods: order)
    table.replace(with: [try row("carts", "ad", optimal: nil)]) { _, _, _ in nil }
    #expect(
      table.csv.hasSuffix("\ncarts,held-out,ad,15,15,15,,,1,1,2,,,scripts/reproduce/carts,,,\n"))
  }

  @Test func `lists families that it never heard of by name, and such methods last`() throws {
    var table = MainTable(methods: order)
    for family in ["zebras", "carts", "watermaze"] {
      table.replace(with: try ["new", "ad-lstm", "another"].map { try row(family, $0) }) {
        _, _, _ in nil
      }
    }
    #expect(
      names(table)
        == ["carts", "watermaze", "zebras"].flatMap { family in
          ["ad-lstm", "another", "new"].map { "\(family),held-out,\($0)" }
        })
  }

  @Test func `is the same again when its lines end as on Windows`() throws {
    var table = MainTable(methods: order)
    table.replace(with: [try row("dark-room", "ad"), try row("dark-room", "ed")]) { _, _, _ in "1" }
    let windows = "\u{FEFF}" + table.csv.replacing("\n", with: "\r\n")
    #expect(try MainTable(csv: windows, file: "m.csv", methods: order) == table)
  }

  @Test func `has families and methods in one order, however they came`() throws {
    var table = MainTable(methods: order)
    for family in ["watermaze", "bandit", "key-to-door"] {
      table.replace(with: try ["source", "ad-lstm", "ed", "ad"].map { try row(family, $0) }) {
        _, _, _ in nil
      }
    }
    let methods = ["ad", "ed", "source", "ad-lstm"]
    #expect(
      names(table)
        == ["bandit", "key-to-door", "watermaze"].flatMap { family in
          methods.map { "\(family),held-out,\($0)" }
        })
  }

  @Test func `loses the old row of what comes again and keeps the others`() throws {
    var table = MainTable(methods: order)
    table.replace(with: [try row("bandit", "ad"), try row("bandit", "ed")]) { _, _, _ in "1" }
    table.replace(with: [try row("dark-room", "ad")]) { _, _, _ in "2" }
    table.replace(with: [try row("bandit", "ed"), try row("bandit", "rl2")]) { _, _, _ in "3" }
    #expect(
      names(table) == [
        "bandit,held-out,ad", "bandit,held-out,ed", "bandit,held-out,rl2", "dark-room,held-out,ad",
      ])
    let papers = table.csv.split(separator: "\n").dropFirst().map { $0.split(separator: ",")[6] }
    #expect(papers == ["1", "3", "3", "2"])
  }

  @Test func `is read again as it was written`() throws {
    var table = MainTable(methods: order)
    table.replace(with: [try row("bandit", "ad"), try row("dark-room", "source")]) { _, _, _ in
      "0.99"
    }
    #expect(try MainTable(csv: table.csv, file: "main.csv", methods: order) == table)
  }

  @Test func `is read from a file of before rows told how early a method earns`() throws {
    let earlier = MainTable.header.dropLast(3).joined(separator: ",")
    let row = "bandit,odd,ad,1,0.9,1.1,0.99,1.29,3,20,100,,,scripts/reproduce/bandit"
    let table = try MainTable(csv: "\(earlier)\n\(row)\n", file: "m.csv", methods: order)
    #expect(table.csv == "\(header)\n\(row),,,\n")
  }

  @Test func `with other columns or a short row is refused`() {
    #expect(throws: ComparisonError.wrongHeader(file: "m.csv", expected: header, found: "a,b")) {
      try MainTable(csv: "a,b\n", file: "m.csv", methods: order)
    }
    #expect(throws: ComparisonError.wrongRow(file: "m.csv", line: 2, found: "bandit,odd")) {
      try MainTable(csv: "\(header)\nbandit,odd\n", file: "m.csv", methods: order)
    }
  }

  private func names(_ table: MainTable) -> [String] {
    table.csv.split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").prefix(3).joined(separator: ",")
    }
  }

  /// A row of a method that earns 15 from the first episode on, where its source needs five times the steps.
  private func row(
    _ family: String, _ method: String, hasSource: Bool = true, optimal: Double? = 16.5
  ) throws -> MainRow {
    let source = hasSource ? try grid("source", trainSeed: nil, episodeSteps: 100) : nil
    let score = try MethodScore(
      of: try grid(method, trainSeed: 0, episodeSteps: 20), source: source,
      references: [ReferenceReturns(split: "held-out", task: 3, random: 0.5, optimal: optimal)],
      scoring: .lastTenth, seed: Seed(1))
    return MainRow(
      family: family, split: "held-out", method: method, score: score,
      command: "scripts/reproduce/\(family)")
  }

  private func grid(_ method: String, trainSeed: Int?, episodeSteps: Int) throws -> ReturnsGrid {
    let rows = (1...2).map {
      ReturnsTable.Row(
        method: method, split: "held-out", task: 3, trainSeed: trainSeed, evalSeed: 0, episode: $0,
        envSteps: $0 * episodeSteps, return: 15)
    }
    return try #require(try ReturnsGrid(ReturnsTable(rows), method: method, split: "held-out"))
  }
}

@Suite struct `The paper's numbers` {
  @Test func `are found by family, split and method, as they are written`() throws {
    let numbers = try PaperNumbers(
      csv: "family,split,method,value\nbandit,odd,ad,0.990\n", file: "main.csv")
    #expect(numbers.value(family: "bandit", split: "odd", method: "ad") == "0.990")
    #expect(numbers.value(family: "bandit", split: "even", method: "ad") == nil)
  }

  @Test(arguments: [("a,b\n", 1), ("family,split,method,value\nbandit,odd,ad,high\n", 2)])
  func `that are none are refused by their line`(csv: String, line: Int) {
    #expect {
      try PaperNumbers(csv: csv, file: "main.csv")
    } throws: {
      "\($0)".hasPrefix("main.csv:\(line): ")
    }
  }

  @Test func `of the repository are of methods and families that have rows`() throws {
    let file = repositoryFolder.appendingPathComponent("data/paper/main.csv")
    let numbers = try PaperNumbers(
      csv: try String(contentsOf: file, encoding: .utf8), file: file.path)
    for family in ["dark-room", "dark-room-hard", "key-to-door", "watermaze"] {
      for method in ["ad", "ed", "rl2", "source"] {
        #expect(numbers.value(family: family, split: "held-out", method: method) != nil)
      }
    }
    for split in ["odd", "even", "uniform"] {
      #expect(numbers.value(family: "bandit", split: split, method: "ad") != nil)
    }
  }
}
