import Evaluation
import Foundation
import Testing

private func row(
  _ method: String = "ad", task: Int = 0, trainSeed: Int? = 0, evalSeed: Int = 0, episode: Int = 1,
  return: Double = 0
) -> ReturnsTable.Row {
  ReturnsTable.Row(
    method: method, split: "held-out", task: task, trainSeed: trainSeed, evalSeed: evalSeed,
    episode: episode, envSteps: 20 * episode, return: `return`)
}

@Suite struct `The file of returns` {
  private func read(_ lines: String...) throws(ReturnsError) -> ReturnsTable {
    let text = ([ReturnsTable.header] + lines).joined(separator: "\n") + "\n"
    return try ReturnsTable(csv: Array(text.utf8), file: "returns.csv")
  }

  private func message(_ lines: String...) -> String {
    let text = ([ReturnsTable.header] + lines).joined(separator: "\n") + "\n"
    return message(of: text)
  }

  private func message(of text: String) -> String {
    do throws(ReturnsError) {
      _ = try ReturnsTable(csv: Array(text.utf8), file: "returns.csv")
      return "no error"
    } catch {
      return error.description
    }
  }

  @Test func `its bytes are the header with a line per episode`() {
    let table = ReturnsTable([
      row("source", task: 12, trainSeed: nil, return: 0.25),
      row(task: 3, trainSeed: 2, evalSeed: 11, episode: 40, return: 17),
    ])
    #expect(
      String(decoding: table.csv(), as: UTF8.self) == """
        method,split,task,train_seed,eval_seed,episode,env_steps,return
        ad,held-out,3,2,11,40,800,17
        source,held-out,12,,0,1,20,0.25

        """)
  }

  @Test func `what was written is read again`() throws {
    let values = [0, 1, -3.5, 1e-9, 0.1, 20, 1.0 / 3, 1e300, -0.0]
    let table = ReturnsTable(
      values.enumerated().map {
        row(trainSeed: $0.offset % 2, episode: $0.offset + 1, return: $0.element)
      })
    #expect(try ReturnsTable(csv: table.csv(), file: "returns.csv") == table)
  }

  @Test func `is read as it was written when its lines end as on Windows`() throws {
    let table = ReturnsTable([row(return: 0.25), row("source", trainSeed: nil)])
    let text = String(decoding: table.csv(), as: UTF8.self)
    let bytes = Array("\u{FEFF}\(text.replacing("\n", with: "\r\n"))".utf8)
    #expect(try ReturnsTable(csv: bytes, file: "returns.csv") == table)
  }

  @Test func `rows come in one order whatever order they were made in`() {
    let rows = ["ed", "ad", "source"].flatMap { method in
      (0..<3).flatMap { task in
        (1...2).map {
          row(method, task: task, trainSeed: method == "source" ? nil : 1, episode: $0)
        }
      }
    }
    let expected = ReturnsTable(rows)
    #expect(ReturnsTable(rows.reversed()) == expected)
    #expect(
      expected.rows.map(\.method) == Array(repeating: "ad", count: 6)
        + Array(repeating: "ed", count: 6) + Array(repeating: "source", count: 6))
    #expect(expected.rows.prefix(6).map(\.task) == [0, 0, 1, 1, 2, 2])
    #expect(expected.selections.map(\.method) == ["ad", "ed", "source"])
    #expect(expected.rows(method: "ed", split: "held-out").count == 6)
    #expect(expected.rows(method: "ed", split: "validation").isEmpty)
  }

  @Test func `another header is refused`() {
    #expect(
      message(of: "method,task\nad,0\n")
        == "returns.csv:1: the first line must be “method,split,task,train_seed,eval_seed,episode,"
        + "env_steps,return”, not “method,task”. Move the file away and run the same `distill evaluate` again, which makes it anew."
    )
  }

  @Test func `an empty file is refused`() {
    #expect(
      message(of: "").hasSuffix(
        "not “”. Move the file away and run the same `distill evaluate` again, which makes it anew."
      ))
  }

  @Test func `a row of seven fields is refused`() {
    #expect(
      message("ad,held-out,0,0,0,1,20,0", "ad,held-out,0,0,0,1,20")
        == "returns.csv:3: a row has 8 fields, this one 7. Move the file away and run the same `distill evaluate` again, which makes it anew."
    )
  }

  @Test(arguments: [
    ("ad,held-out,x,0,0,1,20,0", "task must be a whole number from 0, not “x”"),
    ("ad,held-out,0,-1,0,1,20,0", "train_seed must be a whole number from 0, not “-1”"),
    ("ad,held-out,0,0,,1,20,0", "eval_seed must be a whole number from 0, not “”"),
    ("ad,held-out,0,0,0,0,20,0", "episode must be a whole number from 1, not “0”"),
    ("ad,held-out,0,0,0,1,2.5,0", "env_steps must be a whole number from 0, not “2.5”"),
    ("ad,held-out,0,0,0,1,20,nan", "return must be a finite number, not “nan”"),
    (",held-out,0,0,0,1,20,0", "method must be a name, not “”"),
    ("ad,\"b\",0,0,0,1,20,0", "split must be a name, not “\"b\"”"),
  ])
  func `a wrong value is named with its line and column`(line: String, problem: String) {
    #expect(
      message(line)
        == "returns.csv:2: \(problem). Move the file away and run the same `distill evaluate` again, which makes it anew."
    )
  }

  @Test func `a last line that does not end is refused`() {
    #expect(
      message(of: "\(ReturnsTable.header)\nad,held-out,0,0,0,1,20,1")
        == "returns.csv:2: the file is cut short: its last line does not end. "
        + "Move the file away and run the same `distill evaluate` again, which makes it anew.")
  }

  @Test func `a file is replaced only when told`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).csv")
    defer { try? FileManager.default.removeItem(at: file) }
    let table = ReturnsTable([row()])
    try table.write(to: file)
    #expect(throws: ReturnsError.exists(file: file.lastPathComponent)) {
      try ReturnsTable([]).write(to: file)
    }
    #expect(try ReturnsTable(contentsOf: file) == table)
    try ReturnsTable([]).write(to: file, replacing: true)
    #expect(try ReturnsTable(contentsOf: file).rows.isEmpty)
  }

  @Test func `a missing file is named with the command that makes it`() {
    let file = URL(filePath: "/nowhere/returns.csv")
    let error = #expect(throws: ReturnsError.self) { try ReturnsTable(contentsOf: file) }
    #expect(error?.description.hasPrefix("/nowhere/returns.csv cannot be read: ") == true)
    #expect(error?.description.hasSuffix("Run `distill evaluate` to make it.") == true)
  }

  @Test func `an infinite return is refused`() throws {
    #expect(throws: ReturnsError.self) { try read("ad,held-out,0,0,0,1,20,inf") }
  }
}

@Suite struct `The grid of returns` {
  private let rows = [0, 4].flatMap { task in
    [1, 2].flatMap { seed in (1...3).map { row(task: task, trainSeed: seed, episode: $0) } }
  }

  @Test func `a full grid has every combination`() throws {
    let grid = try #require(
      try ReturnsGrid(ReturnsTable(rows), method: "ad", split: "held-out"))
    #expect(grid.tasks == [0, 4])
    #expect(grid.trainSeeds == [1, 2])
    #expect(grid.evalSeeds == [0])
    #expect(grid.episodeCount == 3)
    #expect(grid.envSteps.prefix(3) == [20, 40, 60])
  }

  @Test(arguments: 0..<12) func `a missing episode is refused`(missing: Int) {
    var rows = rows
    rows.remove(at: missing)
    #expect(throws: ReturnsError.self) {
      try ReturnsGrid(ReturnsTable(rows), method: "ad", split: "held-out")
    }
  }

  @Test func `an episode that is there twice is refused by name`() {
    let table = ReturnsTable(rows + [rows[4]])
    let error = #expect(throws: ReturnsError.self) {
      try ReturnsGrid(table, method: "ad", split: "held-out")
    }
    #expect(
      error?.description
        == "The returns of ad on held-out are no full grid: the episode 3 of task 0, training seed 2, "
        + "evaluation seed 0 is missing or there twice. Move the file away and run the same `distill evaluate` again, which makes it anew."
    )
  }

  @Test func `a method without rows has no grid`() throws {
    #expect(try ReturnsGrid(ReturnsTable(rows), method: "ed", split: "held-out") == nil)
  }
}
