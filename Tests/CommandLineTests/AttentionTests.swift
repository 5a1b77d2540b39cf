// What models attend to, by the program.

import Foundation
import TestSupport
import Testing

/// The smallest run that has every part.
private let tiny = [
  "--set", "source.episodes=40", "--set", "train.updates=4", "--set", "train.warm_up_updates=1",
  "--set", "evaluate.episodes=2", "--set", "evaluate.seeds=1",
]

@Suite struct `Attention` {
  let scratch: ScratchFolder
  let folder: String

  init() throws {
    scratch = try ScratchFolder()
    folder = scratch.file("run")
  }

  private func attention(_ options: [String] = []) throws -> Outcome {
    try run(
      ["attention", "--run", folder, "--out", scratch.file("r"), "--tasks", "2", "--late", "20"]
        + options)
  }

  @Test func `is a table of shares and a picture, and the same bytes again`() throws {
    try expectSuccess(["run", "tiny", "--out", folder, "--methods", "ad"] + tiny)
    let outcome = try attention()
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
    let text = try scratch.text("r/attention.csv")
    let rows = text.split(separator: "\n").map { $0.split(separator: ",").map(String.init) }
    #expect(rows.count == 1 + 2 * 2 * 2 * 3)
    #expect(rows[1].prefix(4) == ["0", "1", "1", "earlier-episodes"])
    // Episodes of 15 steps: the first one from step 20 on begins at 30.
    #expect(rows[rows.count - 1].prefix(4) == ["30", "2", "2", "starts"])
    for row in rows.dropFirst() {
      let numbers = row[4..<8].compactMap(Double.init)
      #expect(numbers.count == 4 && numbers.allSatisfy { (0...1).contains($0) })
      #expect(
        row.suffix(3) == [
          "2", "1",
          "distill attention --run \(folder) --out \(scratch.file("r")) --tasks 2 --late 20",
        ])
    }
    let picture = try Data(contentsOf: URL(fileURLWithPath: scratch.file("r/attention.png")))
    #expect(Array(picture.prefix(8)) == [137, 80, 78, 71, 13, 10, 26, 10])
    try #expect(attention().status == 0)
    #expect(try scratch.text("r/attention.csv") == text)
    #expect(try Data(contentsOf: URL(fileURLWithPath: scratch.file("r/attention.png"))) == picture)
  }

  @Test func `of models that are not there says how to train them`() throws {
    try expectSuccess(["collect", "--preset", "tiny", "--out", folder] + tiny)
    let outcome = try attention()
    #expect(outcome.status == 66)
    #expect(outcome.errors.contains("distill train --run \(folder) --method ad"))
  }

  @Test func `of a context of one episode says that there is nothing before it`() throws {
    try expectSuccess(
      ["run", "tiny", "--out", folder, "--methods", "ad", "--set", "context.steps=15"] + tiny)
    let outcome = try attention()
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("a context of 15 steps holds no two episodes"))
  }

  @Test func `of recurrent models is refused`() throws {
    try expectSuccess(
      ["run", "tiny", "--out", folder, "--methods", "ad", "--set", "model.architecture=lstm"] + tiny
    )
    let outcome = try attention()
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("are recurrent and attend to nothing"))
  }

  @Test(arguments: [["--tasks", "0"], ["--late", "0"], ["--late", "100001"]])
  func `refuses what makes no picture`(options: [String]) throws {
    #expect(try run(["attention", "--run", folder] + options).status == 64)
  }
}
