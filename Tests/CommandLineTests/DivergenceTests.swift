// A training that diverges, as a person sees it: what is said, what is left, and how it goes on.

import Foundation
import TestSupport
import Testing

@Suite struct `A training that diverged` {
  private let scratch: ScratchFolder
  private let folder: String
  private let model: String

  /// A run without models.
  init() throws {
    scratch = try ScratchFolder()
    folder = scratch.file("run")
    model = "\(folder)/models/ad/seed-0"
    let settings = [
      "source.episodes=40", "train.updates=220", "train.warm_up_updates=200",
      "train.learning_rate=0.001", "train.keep_every=150",
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
    let outcome = try train("--set", "train.learning_rate=1e30")
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
    // Something in the way of a kept model stops the training after its checkpoint at 100 updates.
    let obstacle = "\(model)/model-000150.safetensors.tmp"
    try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: true)
    #expect(try train().status == 73)
    try FileManager.default.removeItem(atPath: obstacle)
    let bound = try train("--go-on", "--set", "train.updates=300")
    #expect(bound.status == 64)
    #expect(bound.errors.contains("--go-on cannot change train.updates"))
    let diverged = try train("--go-on", "--set", "train.learning_rate=1e30")
    #expect(diverged.status == 1)
    #expect(diverged.errors.contains("\(model)/checkpoint.safetensors, after update 100, "))
    #expect(diverged.errors.contains(" is the last good checkpoint; with --go-on,"))
    let outcome = try train("--go-on", "--set", "train.learning_rate=0.0005")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let words = "after 100 updates with train.learning_rate 0.0005"
    #expect(outcome.output.contains("\ngo on  \(words)\n"))
    let inspected = try distill("inspect", "\(model)/model.safetensors").output
    #expect(inspected.contains("\n  went on    \(words)\n"))
    for command in ["evaluate", "report"] {
      let outcome = try distill(command, "--run", folder)
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    let page = try scratch.text("run/report.html")
    #expect(page.contains("The training of AD, seed 0, went on \(words)."))
  }
}
