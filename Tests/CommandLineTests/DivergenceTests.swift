// A training that diverges, as a person sees it: what is said, what is left, and how it goes on.

import Foundation
import TestSupport
import Testing

@Suite struct `A training that diverged` {
  private let scratch: ScratchFolder
  private let folder: String
  private let model: String

  /// A run with a training that does not come to its end, at a rate that rises from its checkpoint on.
  init() throws {
    scratch = try ScratchFolder()
    folder = scratch.file("run")
    model = "\(folder)/models/ad/seed-0"
    let settings = [
      "source.episodes=40", "train.updates=1000", "train.warm_up_updates=200",
      "train.initial_learning_rate=0.0001", "train.learning_rate=1e30",
      "model.width=8", "model.heads=2", "model.feed_forward=8", "ed.last_fraction=0.2",
      "evaluate.episodes=2", "evaluate.seeds=1",
    ]
    let collected = try run(
      ["collect", "--preset", "tiny", "--out", folder] + settings.flatMap { ["--set", $0] })
    #expect(collected.status == 0, "\(collected.errors)")
  }

  private func train(_ arguments: String...) throws -> Outcome {
    try run(["train", "--run", folder, "--method", "ad"] + arguments)
  }

  @Test func `says where, and is begun anew with another rate`() throws {
    let outcome = try train()
    #expect(outcome.status == 1)
    #expect(outcome.errors.hasPrefix("Error: The training left what floats can hold after update "))
    #expect(outcome.errors.contains(" is the first tensor that is not finite. Lower train."))
    #expect(!FileManager.default.fileExists(atPath: "\(model)/model.safetensors"))
    let refused = try train("--go-on", "--set", "train.learning_rate=1e-3")
    #expect(refused.status == 66)
    #expect(refused.errors.contains("there is nothing to go on from"))
    let anew = try train("--overwrite", "--set", "train.learning_rate=1e-3")
    #expect(anew.status == 0, "\(anew.errors)")
  }

  @Test func `goes on from its checkpoint with another rate, and the run says so`() throws {
    // Stopped by a person after its first checkpoint, in place of one that diverged later.
    let calm = ["--overwrite", "--set", "train.learning_rate=1e-3"]
    let stopped = try run(
      ["train", "--run", folder, "--method", "ad"] + calm,
      interruptedWhenThereIs: "\(model)/checkpoint.safetensors")
    #expect(stopped.status == SIGINT, "\(stopped.errors)")
    let bound = try train("--go-on", "--set", "train.updates=300")
    #expect(bound.status == 64)
    #expect(bound.errors.contains("--go-on cannot change train.updates"))
    let diverged = try train("--go-on", "--set", "train.learning_rate=1e30")
    #expect(diverged.status == 1)
    #expect(diverged.errors.contains("\(model)/checkpoint.safetensors, after update "))
    #expect(diverged.errors.contains("is the last good checkpoint; with --go-on,"))
    let outcome = try train("--go-on", "--set", "train.learning_rate=0.0005")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let said = try #require(
      outcome.output.split(separator: "\n").first { $0.hasPrefix("go on  after ") })
    #expect(said.hasSuffix(" updates with train.learning_rate 0.0005"))
    let inspected = try distill("inspect", "\(model)/model.safetensors").output
    #expect(inspected.contains("\n  went on    \(said.dropFirst("go on  ".count))\n"))
    for command in ["evaluate", "report"] {
      let outcome = try distill(command, "--run", folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let page = try scratch.text("run/report.html")
    #expect(
      page.contains("The training of AD, seed 0, went on \(said.dropFirst("go on  ".count))."))
  }
}
