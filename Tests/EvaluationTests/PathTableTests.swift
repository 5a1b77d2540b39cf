// Ways that agents took: which streams keep them, and their file.

import Evaluation
import Foundation
import Models
import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `A watched stream` {
  private let counting = CountingFamily()

  private func streams(
    in family: some TaskFamily, watching task: TaskID?
  ) throws -> [StreamReturns] {
    var conditions = RolloutConditions()
    conditions.watchedTask = task
    return try InContextRollout(
      episodes: 3, seedsPerTask: 2, conditions: conditions, seed: Seed(5)
    ).run(model(for: family), in: family, tasks: family.allTasks, workers: 2)
  }

  @Test func `keeps what was seen before the first action and after each`() throws {
    let found = try streams(in: counting, watching: TaskID(2))
    let watched = found.filter { !$0.sights.isEmpty }
    #expect(watched.map(\.task) == [TaskID(2)])
    #expect(watched.map(\.evaluationSeed) == [0])
    let episode = (0...5).map { Observation($0, 2) }
    #expect(watched.first?.sights == [episode, episode, episode])
  }

  @Test func `keeps as many places as its episodes have steps, and one`() throws {
    let brief = CountingFamily(endsAtZero: true)
    let found = try streams(in: brief, watching: TaskID(1))
    let watched = try #require(found.first { !$0.sights.isEmpty })
    let ends = [0] + watched.environmentSteps
    let steps = zip(ends, ends.dropFirst()).map { $1 - $0 }
    #expect(watched.sights.map(\.count) == steps.map { $0 + 1 })
  }

  @Test func `lives as it does when nobody watches`() throws {
    let watched = try streams(in: counting, watching: TaskID(0))
    let alone = try streams(in: counting, watching: nil)
    #expect(watched.map(\.returns) == alone.map(\.returns))
    #expect(alone.allSatisfy { $0.sights.isEmpty })
  }

  @Test func `is a row for each place, to four decimals`() throws {
    let stream = try #require(
      try streams(in: counting, watching: TaskID(3)).first { !$0.sights.isEmpty })
    let rows = PathTable.rows(
      of: stream, in: counting, method: "ad", split: "held-out", trainSeed: 4)
    #expect(rows.count == 18)
    #expect(
      rows[7]
        == PathTable.Row(
          method: "ad", split: "held-out", trainSeed: 4, task: 3, episode: 2, step: 1, x: 0.1667,
          y: -0.75))
    let fleeting = FleetingFamily()
    let mapless = try #require(
      try streams(in: fleeting, watching: TaskID(3)).first { !$0.sights.isEmpty })
    let none = PathTable.rows(of: mapless, in: fleeting, method: "ad", split: "x", trainSeed: 0)
    #expect(none.isEmpty)
  }
}

@Suite struct `A file of paths` {
  private let row = PathTable.Row(
    method: "ad", split: "held-out", trainSeed: 1, task: 3, episode: 1, step: 0, x: 0.25, y: -1)

  private func message(_ text: String) -> String? {
    let error = #expect(throws: PathError.self) {
      try PathTable(csv: Array(text.utf8), file: "paths.csv")
    }
    return error?.description
  }

  @Test func `holds the rows in order and is read as it was written`() throws {
    let earlier = PathTable.Row(
      method: "ad", split: "held-out", trainSeed: 0, task: 9, episode: 2, step: 7, x: 0.123456,
      y: 0)
    let table = PathTable([row, earlier])
    #expect(
      table.csv == """
        method,split,train_seed,task,episode,step,x,y
        ad,held-out,0,9,2,7,0.1235,0.0
        ad,held-out,1,3,1,0,0.25,-1.0

        """)
    let scratch = try ScratchFolder()
    let file = URL(fileURLWithPath: scratch.file("paths.csv"))
    try table.write(to: file)
    #expect(try PathTable(contentsOf: file) == table)
    #expect(throws: PathError.self) {
      try PathTable(contentsOf: URL(fileURLWithPath: scratch.file("none.csv")))
    }
  }

  @Test func `is read as it was written when its lines end as on Windows`() throws {
    let table = PathTable([row])
    let bytes = Array("\u{FEFF}\(table.csv.replacing("\n", with: "\r\n"))".utf8)
    #expect(try PathTable(csv: bytes, file: "paths.csv") == table)
  }

  @Test(arguments: [
    "ad,held-out,1,3,1,0,0.25", ",held-out,1,3,1,0,0,0", "ad,held-out,1,3,0,0,0,0",
    "ad,held-out,1,-3,1,0,0,0", "ad,held-out,1,3,1,0.5,0,0", "ad,held-out,1,3,1,0,nan,0", "",
    "ad,held-out,1,3,1,0,1e308,0", "ad,held-out,1,3,1,0,0,-1.5",
  ]) func `with a line that is no row names it`(line: String) {
    #expect(
      message("\(PathTable.header)\nad,held-out,1,3,1,0,0,0\n\(line)\n")
        == "paths.csv:3: a row has two names, four whole numbers and two numbers from -1 to 1, not “\(line)”. "
        + "Remove it, and run `distill evaluate --overwrite` to make it anew.")
  }

  @Test func `with another header or a last line that does not end is refused`() {
    #expect(message("x\n")?.contains("not “x”") == true)
    #expect(message(PathTable.header) != nil)
    #expect(message("\(PathTable.header)\nad,held-out,1,3,1,0,0,0") != nil)
  }
}
