// Sweeps as a person makes them: which points there are, what they share, how they go on, what is refused.

import Foundation
import TestSupport
import Testing

/// Settings of points that are made in a second.
private let base = """
  base:
    source: {episodes: 40}
    train: {updates: 4, warm_up_updates: 1}
    ed: {last_fraction: 0.2}
    evaluate: {episodes: 3, seeds: 1}

  """

/// A sweep of two lengths of context.
private let grid = """
  title: Two contexts
  preset: tiny
  methods: [ad]
  \(base)
  grid:
    context.steps: [30, 60]

  """

@Suite struct `A sweep` {
  let scratch: ScratchFolder
  let out: String

  init() throws {
    scratch = try ScratchFolder()
    out = scratch.file("out")
  }

  /// Makes a sweep of a text.
  @discardableResult
  private func sweep(_ text: String, _ more: [String] = []) throws -> Outcome {
    let file = try scratch.write(text, to: "sweep.yaml")
    return try run(["sweep", file, "--out", out] + more)
  }

  /// The rows of its table, by column.
  private func rows() throws -> [[String: String]] {
    let lines = try scratch.text("out/sweep.csv").split(separator: "\n")
    let fields = lines.map {
      $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    return fields.dropFirst().map {
      Dictionary(uniqueKeysWithValues: zip(fields[0], $0))
    }
  }

  /// What lies in one of its folders.
  private func contents(_ folder: String) -> [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(out)/\(folder)")) ?? []).sorted()
  }

  /// The folders of histories that it recorded.
  private var recorded: [String] { contents("histories") }

  /// Every file of a sweep with its bytes, but those that hold times.
  private func bytes(_ name: String) throws -> [String: Data] {
    let root = scratch.file(name)
    let names = FileManager.default.enumerator(atPath: root)?.allObjects ?? []
    var files: [String: Data] = [:]
    for case let file as String in names where !file.hasSuffix("timings.json") {
      if !FileManager.default.fileExists(atPath: "\(root)/\(file)/.") {
        files[file] = try Data(contentsOf: URL(fileURLWithPath: "\(root)/\(file)"))
      }
    }
    return files
  }

  @Test func `of a grid has a run for each value, on histories that are recorded once`() throws {
    let outcome = try sweep(grid)
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
    #expect(contents("points") == ["steps=30", "steps=60"])
    #expect(recorded.count == 1)
    let recordings = outcome.output.split(separator: "\n").filter {
      $0.contains("/histories (72 histories, ") && !$0.hasPrefix("read ")
    }
    #expect(recordings.map { String($0.prefix(5)) } == ["wrote", "kept "])
    for point in contents("points") {
      let link = try FileManager.default.destinationOfSymbolicLink(
        atPath: "\(out)/points/\(point)/histories")
      #expect(link == "../../histories/\(recorded[0])")
      try expectSuccess(["report", "--run", "\(out)/points/\(point)"])
    }
    let rows = try rows()
    #expect(rows.map { $0["point"] } == ["steps=30", "steps=60"])
    #expect(rows.map { $0["context.steps"] } == ["30", "60"])
    for row in rows {
      #expect(row["split"] == "held-out" && row["method"] == "ad")
      #expect(row["tasks"] == "5" && row["train_seeds"] == "1" && row["eval_seeds"] == "1")
      let (low, last, high) = (
        Double(row["last_ci_low"] ?? ""), Double(row["last"] ?? ""),
        Double(row["last_ci_high"] ?? "")
      )
      #expect(try #require(low) <= #require(last) && #require(last) <= #require(high))
      #expect(Double(row["score"] ?? "") != nil)
    }
    // One number is swept, so scores stand against it.
    let figure = try scratch.text("out/sweep.svg")
    #expect(figure.contains(">Two contexts, held-out tasks<"))
    #expect(figure.contains(">context.steps<") && figure.contains(">30<"))
    #expect(try scratch.text("out/sweep.html").contains(">steps=60</a>"))
  }

  @Test func `of a grid and a list has every combination, then the list's points`() throws {
    let text = """
      preset: tiny
      methods: [ad]
      \(base)
      grid:
        context: {steps: [30, 60]}
        seed: [0, 1]
      list:
        - {name: "Both, of one run", set: {context.steps: 30, seed: 0}, methods: [ad, ed]}
        - {set: {train: {seeds: [0, 1]}}}
      """
    try expectSuccess(
      ["sweep", try scratch.write(text, to: "sweep.yaml"), "--out", out, "--split", "validation"])
    let rows = try rows()
    #expect(
      try scratch.text("out/sweep.csv").split(separator: "\n").dropFirst().map {
        $0.split(separator: ",validation")[0]
      } == [
        "\"steps=30, seed=0\",ad", "\"steps=30, seed=1\",ad", "\"steps=60, seed=0\",ad",
        "\"steps=60, seed=1\",ad", "\"Both, of one run\",ad", "\"Both, of one run\",ed",
        "\"train.seeds=[0, 1]\",ad",
      ])
    #expect(rows.count == 7)
    // The list's first point has the settings of the grid's first, and is the same run.
    #expect(
      contents("points") == [
        "steps=30,seed=0", "steps=30,seed=1", "steps=60,seed=0", "steps=60,seed=1",
        "train.seeds=-0,1-",
      ])
    #expect(
      contents("points/steps=30,seed=0/models") == ["ad", "ed"])
    // Histories follow from the seed, not from the context.
    #expect(recorded.count == 2)
  }

  @Test func `that is interrupted goes on to the same bytes`() throws {
    let file = try scratch.write(grid, to: "sweep.yaml")
    let command = ["sweep", file, "--set", "train.updates=300", "--out"]
    try expectSuccess(command + [out])
    let other = scratch.file("other")
    let outcome = try run(
      command + [other],
      interruptedWhenThereIs: "\(other)/points/steps=60/models/ad/seed-0/checkpoint.safetensors")
    #expect(outcome.status == SIGINT)
    #expect(!FileManager.default.fileExists(atPath: "\(other)/sweep.csv"))
    let again = try run(command + [other])
    #expect(again.status == 0)
    #expect(again.output.contains("kept   \(other)/points/steps=30 (steps=30)\n"))
    #expect(try bytes("other") == bytes("out"))
    let third = try run(command + [other])
    #expect(!third.output.contains("point  "))
    #expect(try bytes("other") == bytes("out"))
  }

  @Test func `that is divided records histories once and comes to the same bytes`() async throws {
    let file = try scratch.write(grid, to: "sweep.yaml")
    try expectSuccess(["sweep", file, "--out", out])
    let other = scratch.file("other")
    try await withThrowingTaskGroup(of: Void.self) { group in
      for part in ["1/2", "2/2"] {
        group.addTask { try expectSuccess(["sweep", file, "--out", other, "--part", part]) }
      }
      try await group.waitForAll()
    }
    #expect(try bytes("other") == bytes("out"))
  }

  @Test func `is listed with what is there, and nothing is written`() throws {
    let before = try sweep(grid, ["--dry-run"])
    #expect(before.status == 0)
    #expect(before.output.contains("(of 2 points)  missing"))
    #expect(before.output.contains("\npoints/steps=60"))
    #expect(!FileManager.default.fileExists(atPath: out))
    try sweep(grid)
    let after = try sweep(grid, ["--dry-run"])
    #expect(after.output.hasSuffix("nothing is missing\n"))
    let part = try sweep(grid, ["--dry-run", "--part", "2/2"])
    #expect(part.output.contains("points/steps=60") && !part.output.contains("points/steps=30"))
  }

  @Test func `uses the histories of a run where settings agree, or says that none do`() throws {
    let first = scratch.file("first")
    try expectSuccess(
      ["collect", "--preset", "tiny", "--out", first, "--set", "source.episodes=40"])
    let outcome = try sweep(grid, ["--histories", first])
    #expect(outcome.status == 0)
    #expect(recorded == [])
    #expect(
      outcome.output.contains("linked \(out)/points/steps=30/histories to \(first)/histories"))
    let refused = try sweep(grid, ["--histories", first, "--set", "seed=4", "--dry-run"])
    #expect(refused.status == 0)
    let other = try run([
      "sweep", scratch.file("sweep.yaml"), "--out", scratch.file("other"), "--histories", first,
      "--set", "seed=4",
    ])
    #expect(other.status == 64)
    #expect(other.errors.hasPrefix("Error: no point of the sweep has the settings that the hist"))
  }

  @Test func `goes on after a point that fails, and says which did`() throws {
    let text = grid.replacing(
      "context.steps: [30, 60]", with: "train.learning_rate: [1.0e+30, 0.001]")
    let outcome = try sweep(text)
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("Error: 1 of 2 points failed:\n  learning_rate=1.0e+30: "))
    #expect(
      outcome.output.contains("1 of 2 points are there; the table and the figure are of these\n"))
    #expect(try rows().map { $0["point"] } == ["learning_rate=0.001"])
  }

  @Test func `whose settings have changed is refused, and made again if it is said so`() throws {
    try sweep(grid)
    let refused = try sweep(grid, ["--set", "train.updates=5"])
    #expect(refused.status == 73)
    #expect(refused.errors.contains("train.updates: 4 there, 5 here"))
    #expect(try sweep(grid, ["--set", "train.updates=5", "--overwrite"]).status == 0)
    #expect(recorded.count == 1)
  }

  @Test func `is put beside the paper's by compare`() throws {
    try sweep(
      grid.replacing(
        "grid:\n  context.steps: [30, 60]",
        with: """
          list:
            - {name: 4 episodes, set: {context.steps: 60}}
            - {name: 2 episodes, set: {context.steps: 30}}
          """))
    #expect(try scratch.text("out/sweep.svg").contains(">2 episodes<"))
    try expectSuccess(
      ["compare", "--figure", "context", "--sweep", out, "--out", scratch.file("results")])
    let lines = try scratch.text("results/context.csv").split(separator: "\n").dropFirst()
    #expect(Set(lines.map { $0.prefix { $0 != "," } }) == ["4 episodes", "2 episodes"])
    let figure = try scratch.text("results/context.svg")
    #expect(figure.contains("Paper: Two contexts") && figure.contains("Ours: Two contexts"))
    #expect(try run(["compare", "--figure", "x", "--sweep", out, "A=\(out)"]).status == 64)
    let missing = try run(["compare", "--figure", "x", "--sweep", scratch.file("none")])
    #expect(missing.status == 66)
    #expect(missing.errors.contains("distill sweep FILE --out \(scratch.file("none"))"))
  }

  @Test(arguments: [
    ("preset: tiny\ngrdi: {seed: [1]}", ":2:1: unknown key 'grdi'; did you mean 'grid'?"),
    ("preset: tiny", ": a sweep needs 'grid', such as"),
    ("grid: {seed: [1]}", ": a sweep needs 'preset', what its points begin from, or 'base'"),
    ("preset: tinny\ngrid: {seed: [1]}", ":1:9: there is no preset 'tinny'; did you mean 'tiny'?"),
    ("preset: tiny\ngrid: 5", ":2:7: 'grid' must have settings with lists of values, such as"),
    (
      "preset: tiny\ngrid:\n  context.steps: 5",
      ":3:18: 'context.steps' must be a list of values in a grid, not '5'"
    ),
    (
      "preset: tiny\ngrid:\n  context.stepz: [5, 6]",
      ":3:3: unknown key 'context.stepz'; did you mean 'context.steps'?"
    ),
    (
      "preset: tiny\ngrid:\n  context.steps: [15, many]",
      ":3:23: 'context.steps' must be a whole number, not 'many'"
    ),
    (
      "preset: tiny\ngrid:\n  train.seeds: [0, 1]",
      ":3:17: 'train.seeds' must be a list of whole numbers, such as [0, 1, 2], not '0'"
    ),
    (
      "preset: tiny\ngrid:\n  context.steps: [15, 15]",
      ":3:23: there are two points 'steps=15'; give each a name of its own"
    ),
    (
      "preset: tiny\nlist:\n  - {name: a b, set: {seed: 1}}\n  - {name: a-b, set: {seed: 2}}",
      ":4:5: the points 'a b' and 'a-b' would both be in the folder 'a-b'; rename one"
    ),
    ("preset: tiny\nlist:\n  - {sett: {seed: 1}}", ":3:6: unknown key 'sett'; did you mean 'set'?"),
    ("preset: tiny\nlist:\n  - {set: {}}", ":3:5: a point needs a 'name', or a setting in 'set'"),
    ("preset: tiny\nlist:\n  - seed", ":3:5: a point must be a section, such as"),
    (
      "preset: tiny\nmethods: [ad, edd]\ngrid: {seed: [1]}",
      ":2:15: there is no method 'edd'; did you mean 'ed'?"
    ),
    ("preset: tiny\nmethods: ad\ngrid: {seed: [1]}", ":2:10: 'methods' must be a list of methods"),
    (
      "preset: tiny\nbase: {split.held_out: 400}\ngrid: {seed: [1, 2]}",
      ":2:24: 'split.held_out': 400 held-out and 2 validation tasks leave none of 25 to train on"
    ),
    (
      "preset: tiny\ngrid: {seed: [1]}\ngrid: {seed: [2]}",
      ": the key 'grid' is given more than once"
    ),
  ])
  func `with a mistake in its file is refused where it is`(text: String, message: String) throws {
    let outcome = try sweep(text)
    #expect(outcome.status == 78)
    #expect(
      outcome.errors.hasPrefix("Error: \(scratch.file("sweep.yaml"))")
        && outcome.errors.contains(message), "\(outcome.errors)")
    // Whatever many points have in common is said once.
    #expect(outcome.errors.split(separator: "\n").count == (text.contains("[0, 1]") ? 2 : 1))
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func `refuses settings that its points set themselves, and shares that are none`() throws {
    let outcome = try sweep(grid, ["--set", "context.steps=45"])
    #expect(outcome.status == 78)
    #expect(outcome.errors.hasPrefix("Error: --set context.steps=45: the points of "))
    for part in ["3/2", "0/2", "1", "a/b", "1/0"] {
      #expect(try sweep(grid, ["--part", part]).status == 64)
    }
    let run = scratch.file("run")
    try scratch.write("seed: 0\n", to: "run/config.yaml")
    let refused = try distill("sweep", scratch.file("sweep.yaml"), "--out", run)
    #expect(refused.status == 73)
    #expect(
      refused.errors
        == "Error: \(run) is the folder of a run, not of a sweep. Choose another --out.\n")
  }

  @Test func `of the paper's ablations is read`() throws {
    let folder = "\(repository)/data/sweeps"
    for name in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
      // The last of a thousand shares is empty, so that nothing is measured.
      let outcome = try run([
        "sweep", "\(folder)/\(name)", "--out", out, "--dry-run", "--part", "1000/1000",
      ])
      #expect(outcome.status == 0, "\(name): \(outcome.errors)")
    }
  }
}
