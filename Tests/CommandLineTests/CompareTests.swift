// What is made of several runs: figures, the table of all results, and histories that runs share.

import Foundation
import TestSupport
import Testing

/// The smallest run that has every part.
private let tiny = [
  "--set", "source.episodes=40", "--set", "train.updates=4", "--set", "train.warm_up_updates=1",
  "--set", "ed.last_fraction=0.2", "--set", "evaluate.episodes=2", "--set", "evaluate.seeds=1",
]

@Suite struct `Comparing runs` {
  let scratch: ScratchFolder
  let folder: String

  init() throws {
    scratch = try ScratchFolder()
    folder = scratch.file("run")
    try expectSuccess(["run", "tiny", "--out", folder, "--methods", "ad"] + tiny)
  }

  @Test func `makes a figure of what is named, and the same bytes again`() throws {
    let command = [
      "compare", "--figure", "main-dark-room", "--title", "Rooms", "--out", scratch.file("results"),
      "AD=\(folder)", "The source, alone=\(folder):source:held-out",
    ]
    let outcome = try run(command)
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
    let files = ["results/main-dark-room.csv", "results/main-dark-room.svg"]
    #expect(files.allSatisfy { outcome.output.contains("wrote  \(scratch.file($0))\n") })
    let first = try files.map(scratch.text)
    let rows = first[0].split(separator: "\n")
    // AD has the two episodes of the evaluation, the source no more of its forty.
    #expect(rows.count == 5)
    #expect(rows[1].hasPrefix("AD,ad,held-out,1,15,"))
    #expect(rows[3].hasPrefix("\"The source, alone\",source,held-out,1,"))
    // A path of this test has no word that a shell would read otherwise.
    let made =
      "distill " + command.dropLast().joined(separator: " ")
      + " 'The source, alone=\(folder):source:held-out'"
    #expect(rows.dropFirst().allSatisfy { $0.hasSuffix(",\"\(made)\"") }, "\(rows[1])")
    #expect(first[1].contains("Paper: Rooms") && first[1].contains("Ours: Rooms"))
    try expectSuccess(command)
    #expect(try files.map(scratch.text) == first)
  }

  @Test func `replaces nothing that it did not make`() throws {
    let command = ["compare", "--figure", "x", "--out", scratch.file("results"), "AD=\(folder)"]
    try expectSuccess(command)
    let first = try scratch.text("results/x.csv")
    let other = try run(command + ["--title", "Another"])
    #expect(other.status == 73)
    #expect(
      other.errors.hasPrefix(
        "Error: \(scratch.file("results/x.csv")) is there and was made by 'distill compare --figure x "
      ))
    #expect(try scratch.text("results/x.csv") == first)
    try expectSuccess(command + ["--title", "Another", "--overwrite"])
    #expect(try scratch.text("results/x.csv") != first)
    for (mine, text) in [("y.csv", "a,b\n1,2\n"), ("z.svg", "<svg/>")] {
      try scratch.write(text, to: "results/\(mine)")
      let name = String(mine.prefix(1))
      let outcome = try run(
        ["compare", "--figure", name, "--out", scratch.file("results"), "AD=\(folder)"])
      #expect(outcome.status == 73)
      #expect(outcome.errors.contains("\(mine) is there and was not made by distill. Choose"))
      #expect(try scratch.text("results/\(mine)") == text)
    }
  }

  @Test func `shows how RL² was trained, as shares of the optimum`() throws {
    let learner = scratch.file("learner")
    try expectSuccess(
      ["run", "tiny", "--out", learner, "--methods", "rl2", "--set", "rl2.steps=20000"] + tiny)
    try expectSuccess(
      ["compare", "--figure", "rl2", "--out", scratch.file("r"), "LSTM=\(learner):rl2:training"])
    let rows = try scratch.text("r/rl2.csv").split(separator: "\n").dropFirst().map {
      $0.split(separator: ",").map(String.init)
    }
    // Of 63 updates of 320 steps, twenty share a row.
    #expect(rows.map { $0[4] } == ["6400", "12800", "19200", "20160"])
    let log = try scratch.text("learner/models/rl2/seed-0/training.csv").split(separator: "\n")
    let returns = try log.dropFirst().map {
      try #require(Double($0.split(separator: ",", omittingEmptySubsequences: false)[8]))
    }
    // One optimum divides all of them, that of an episode of 15 steps.
    let shares = rows.compactMap { Double($0[5]) }
    let optima = zip(returns, shares).filter { $0.0 > 0 }.map { $0.0 / $0.1 }
    #expect(optima.count > 1 && optima.allSatisfy { abs($0 - optima[0]) < 0.02 * optima[0] })
    #expect((8...15).contains(optima[0]))
    #expect(try scratch.text("r/rl2.svg").contains("Ours: share of the optimum"))

    let outcome = try run(["compare", "--figure", "x", "A=\(folder):rl2:training"])
    #expect(outcome.status == 66)
    #expect(outcome.errors.contains("distill train --run \(folder) --method rl2"))
    let series = "A=\(learner):rl2:training"
    for mistake in [
      [series, "B=\(folder)"], [series, "--episodes"], ["A=\(learner):ad:training"],
    ] {
      #expect(try run(["compare", "--figure", "x"] + mistake).status == 64)
    }
  }

  @Test func `puts a run's rows into the table once, and leaves other families' there`() throws {
    let table = try scratch.write(
      """
      family,split,method,final,ci_low,ci_high,paper,optimal,train_seeds,eval_seeds,episodes,\
      env_steps_ratio_50,env_steps_ratio_75,command
      bandit,odd,ad,1,1,1,0.99,1.2,3,20,100,,,scripts/reproduce/bandit

      """, to: "main.csv")
    for _ in 0..<2 {
      try expectSuccess(
        ["compare", "--main", table, "--run", folder, "--command", "scripts/reproduce/dark-room"])
    }
    let rows = try scratch.text("main.csv").split(separator: "\n")
    #expect(rows.count == 5)
    #expect(rows[1].hasPrefix("bandit,odd,ad,1,"))
    #expect(rows[1].hasSuffix(",scripts/reproduce/bandit,,,"))
    #expect(rows[2].hasPrefix("dark-room,held-out,ad,"))
    #expect(rows[2].split(separator: ",", omittingEmptySubsequences: false)[6] == "14.12")
    #expect(rows[3].hasPrefix("dark-room,held-out,source,"))
    #expect(rows[3].contains(",,,scripts/reproduce/dark-room,"))
    #expect(rows[4].hasPrefix("dark-room,held-out,ideal-explorer,"))
  }

  @Test(arguments: [("ed", "held-out"), ("ad", "validation")])
  func `says what to evaluate if something was not`(method: String, split: String) throws {
    let outcome = try run(["compare", "--figure", "x", "A=\(folder):\(method):\(split)"])
    #expect(outcome.status == 66)
    #expect(
      outcome.errors == """
        Error: \(folder)/evaluation/returns.csv: \(method) on \(split) does not exist. Make it with \
        'distill evaluate --run \(folder) --methods \(method)'.

        """)
  }

  @Test func `says that a run is not there`() throws {
    let missing = scratch.file("none")
    let outcome = try run(["compare", "--figure", "x", "A=\(missing)"])
    #expect(outcome.status == 66)
    #expect(outcome.errors.hasPrefix("Error: \(missing) does not exist."))
  }

  @Test func `refuses a table of something else and leaves it`() throws {
    let table = try scratch.write("a,b\n", to: "main.csv")
    let outcome = try run(["compare", "--main", table, "--run", folder, "--command", "x"])
    #expect(outcome.status == 65)
    #expect(outcome.errors.hasPrefix("Error: \(table):1: the first line must be “family,split,"))
    #expect(try scratch.text("main.csv") == "a,b\n")
  }
}

@Suite struct `Histories of another run` {
  let scratch: ScratchFolder
  let first: String
  let second: String

  init() throws {
    scratch = try ScratchFolder()
    first = scratch.file("first")
    second = scratch.file("second")
    try expectSuccess(["collect", "--preset", "tiny", "--out", first] + tiny)
  }

  private var link: String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: "\(second)/histories")
  }

  @Test(arguments: ["", "/histories"])
  func `are linked, not recorded again, and trained on`(part: String) throws {
    let outcome = try run(
      ["collect", "--preset", "tiny", "--out", second, "--histories", first + part] + tiny
        + ["--set", "context.steps=45"])
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("linked \(second)/histories to \(first)/histories\n"))
    #expect(outcome.output.contains("kept   \(second)/histories (72 histories"))
    #expect(link?.hasSuffix("/first/histories") == true)
    try expectSuccess(["train", "--run", second, "--method", "ad"])
    #expect(scratch.files.contains("second/models/ad/seed-0/model.safetensors"))
  }

  @Test func `of other settings are refused and left as they were`() throws {
    let manifest = try scratch.text("first/histories/manifest.json")
    let outcome = try run(
      ["run", "tiny", "--out", second, "--histories", first] + tiny + ["--set", "seed=7"])
    #expect(outcome.status == 65)
    #expect(
      outcome.errors.hasPrefix(
        "Error: \(first)/histories/manifest.json was made with other settings "))
    #expect(link == nil)
    #expect(try scratch.text("first/histories/manifest.json") == manifest)
  }

  @Test func `do not take the place of a run's own`() throws {
    try expectSuccess(["collect", "--preset", "tiny", "--out", second] + tiny)
    try expectSuccess(
      ["collect", "--preset", "tiny", "--out", second, "--histories", first] + tiny)
    #expect(link == nil)
  }

  @Test func `that are not there are said to be missing`() throws {
    let outcome = try run(
      ["collect", "--preset", "tiny", "--out", second, "--histories", scratch.file("none")] + tiny)
    #expect(outcome.status == 66)
    #expect(
      outcome.errors.hasPrefix("Error: \(scratch.file("none"))/manifest.json does not exist."))
  }
}

@Suite struct `Test sets of a family` {
  @Test func `are evaluated all, or the one that is named, and no other`() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.file("run")
    try expectSuccess(
      ["collect", "--preset", "bandit", "--out", folder]
        + [
          "task.bandits=12", "task.test_bandits=3", "split.held_out=2", "split.validation=2",
          "source.episodes=40", "collect.histories_per_task=2", "context.steps=20",
          "train.updates=2", "train.warm_up_updates=1", "train.seeds=[0]", "evaluate.episodes=5",
          "evaluate.seeds=1",
        ].flatMap { ["--set", $0] })
    try expectSuccess(["train", "--run", folder, "--method", "ad"])
    func splits() throws -> Set<Substring> {
      let rows = try scratch.text("run/evaluation/returns.csv").split(separator: "\n").dropFirst()
      return Set(rows.map { $0.split(separator: ",")[1] })
    }
    try expectSuccess(["evaluate", "--run", folder, "--methods", "ad", "--split", "even"])
    #expect(try splits() == ["even"])
    try expectSuccess(["evaluate", "--run", folder, "--methods", "ad,source"])
    #expect(try splits() == ["odd", "even", "uniform"])

    let refused = try run(["evaluate", "--run", folder, "--methods", "ad", "--split", "evn"])
    #expect(refused.status == 64)
    #expect(refused.errors.contains("evn"))
    for name in ["held-out", "train", "validation", "odd", "even", "uniform"] {
      #expect(refused.errors.contains(name), "\(name)")
    }
  }
}
