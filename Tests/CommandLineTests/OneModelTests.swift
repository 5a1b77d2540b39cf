// `distill evaluate --model`, which needs no run folder, and `--dry-run`, which leaves none.

import Evaluation
import Foundation
import TestSupport
import Testing

/// A finished run of the preset `tiny`, made once.
private let tiny = Result {
  let scratch = try ScratchFolder()
  try expectSuccess(["run", "tiny", "--methods", "ad", "--out", scratch.file("run"), "-q"])
  return scratch
}

@Suite struct `One model` {
  private let scratch: ScratchFolder
  private let model: String

  init() throws {
    scratch = try ScratchFolder()
    model = try tiny.get().file("run/models/ad/seed-0")
  }

  @Test func `is evaluated in the tasks of the run that it lies in`() throws {
    let outcome = try distill(
      "evaluate", "--model", model, "--episodes", "12", "--eval-seeds", "3", "--out",
      scratch.file("returns.csv"))
    #expect(outcome.errors == "")
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines[0] == "read   \(model)/model.safetensors")
    #expect(
      lines[1] == "ad on 5 held-out tasks of dark-room, 3 streams each; mean return of an episode")
    let names = lines[2...].map {
      $0.trimmingCharacters(in: .whitespaces).components(separatedBy: "  ")[0]
    }
    #expect(
      names == [
        "random actions", "episode 1", "episode 2", "episode 3", "episodes 4–5", "episodes 6–10",
        "episodes 11–12", "optimum", "wrote",
      ])
    let table = try ReturnsTable(
      contentsOf: URL(fileURLWithPath: scratch.file("returns.csv")))
    #expect(table.rows.count == 5 * 3 * 12)
    // The run's own evaluation has the same streams, the first of more of them.
    let own = try ReturnsTable(
      contentsOf: URL(fileURLWithPath: try tiny.get().file("run/evaluation/returns.csv")))
    let common = Set(own.rows.filter { $0.method == "ad" && $0.episode <= 12 && $0.evalSeed < 3 })
    #expect(!common.isEmpty && common.isSubset(of: Set(table.rows)))
    let again = try distill("evaluate", "--model", model, "--out", scratch.file("returns.csv"))
    #expect(again.status == 73)
  }

  @Test func `is evaluated with the settings beside it`() throws {
    let manager = FileManager.default
    try manager.createDirectory(
      atPath: scratch.file("model"), withIntermediateDirectories: true)
    for (from, to) in [
      ("\(model)/model.safetensors", "model/model.safetensors"),
      (try tiny.get().file("run/config.yaml"), "model/config.yaml"),
    ] {
      try manager.copyItem(atPath: from, toPath: scratch.file(to))
    }
    let outcome = try distill(
      "evaluate", "--model", scratch.file("model/model.safetensors"), "--episodes", "1", "--split",
      "validation")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("validation tasks of dark-room, 5 streams each"))
    let other = try distill(
      "evaluate", "--model", scratch.file("model"), "--set", "task.size=4")
    #expect(other.status == 65)
    #expect(
      other.errors.contains("was trained on tasks with other observations, actions or rewards"))
    try manager.removeItem(atPath: scratch.file("model/config.yaml"))
    let alone = try distill("evaluate", "--model", scratch.file("model"))
    #expect(alone.status == 66)
    #expect(alone.errors.contains("there is no config.yaml beside"))
  }

  @Test func `that was kept on the way is evaluated and served like the last`() throws {
    let folder = scratch.file("run")
    let settings = ["--set", "train.keep_every=40", "--set", "train.validation_tasks=2"]
    try expectSuccess(["collect", "--preset", "tiny", "--out", folder, "-q"] + settings)
    try expectSuccess(["train", "--run", folder, "--method", "ad", "-q"])
    let kept = "\(folder)/models/ad/seed-0/model-000040.safetensors"
    let outcome = try distill("evaluate", "--model", kept, "--episodes", "1", "--eval-seeds", "1")
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("ad on 5 held-out tasks of dark-room, 1 streams each"))
    let served = try run(["serve", kept], input: "{\"stream\": 0, \"observation\": [1, 2]}\n")
    #expect(served.errors == "")
    #expect(served.output.contains("\"stream\":0"))
  }

  @Test func `is one, or a run is`() throws {
    for arguments in [[], ["--run", "r", "--model", "m"]] {
      let outcome = try run(["evaluate"] + arguments)
      #expect(outcome.status == 64)
      #expect(outcome.errors.contains("Give a run folder with --run, or one model with --model."))
    }
    #expect(
      try distill("evaluate", "--model", "m", "--prompt", "50").errors.contains("belong to --run"))
    #expect(
      try distill("evaluate", "--model", "m", "--episodes", "0").errors
        .contains("--episodes must be 1 to 100000, not 0."))
  }
}

@Suite struct `A dry run` {
  @Test(arguments: [
    ["run", "tiny", "--methods", "ad"], ["collect", "--preset", "tiny"],
  ]) func `of what makes a run folder makes none`(arguments: [String]) throws {
    let scratch = try ScratchFolder()
    let outcome = try run(arguments + ["--out", scratch.file("run"), "--dry-run"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("all that is missing"))
    #expect(scratch.files.isEmpty)
  }

  @Test(arguments: [["train", "--method", "ed"], ["evaluate"]])
  func `of what adds to a run folder adds nothing`(arguments: [String]) throws {
    let scratch = try ScratchFolder()
    let folder = scratch.file("run")
    try FileManager.default.copyItem(atPath: try tiny.get().file("run"), toPath: folder)
    try FileManager.default.removeItem(atPath: "\(folder)/evaluation")
    let before = scratch.files
    let outcome = try run(arguments + ["--run", folder, "--dry-run"])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("all that is missing"))
    #expect(scratch.files == before)
  }
}
