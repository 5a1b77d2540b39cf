// `distill import`: a set that something else wrote is trained on, and evaluated where its worlds are known.

import Foundation
import LearningHistories
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `Histories from elsewhere` {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Histories of six rooms of 3 × 3 whose learner improves: it wanders at first, and goes to the goal later.
  private func write(
    family: String = "dark-room",
    settings: [String: String] = ["size": "3", "episode_length": "6"],
    origin: HistoryOrigin = .imported, backwards: Bool = false
  ) throws -> String {
    let rooms = DarkRoomFamily(size: 3, episodeLength: 6)
    let split = TaskSplit(
      training: [0, 1, 3, 5, 7, 8].map(TaskID.init), validation: [TaskID(4)],
      heldOut: [TaskID(2), TaskID(6)])
    let writer = try HistoryWriter(
      HistorySetDescription(
        family: .init(name: family, settings: settings), interface: rooms.interface, split: split,
        learner: .init(name: "someone", settings: [:]), fingerprint: "mine", origin: origin),
      to: URL(fileURLWithPath: scratch.file("set")))
    for task in split.training {
      var random = Seed(1).random(for: "lives", task.index)
      var history = RecordedHistory(of: task, rooms.interface)
      for number in 0..<20 {
        var episode = Episode()
        var life = Life(in: rooms.task(task), using: &random)
        while !life.isOver {
          let learned = random.chance(Float(backwards ? 19 - number : number) / 20)
          let seen = life.observation
          let goal = (x: task.index % 3, y: task.index / 3)
          let best =
            seen[0] > goal.x
            ? 0 : seen[0] < goal.x ? 1 : seen[1] > goal.y ? 2 : seen[1] < goal.y ? 3 : 4
          let action = learned ? best : random.below(5)
          episode.append(seen, action, life.step(action, using: &random).transition)
        }
        try history.append(episode)
      }
      try writer.write([history])
    }
    try writer.finish()
    return scratch.file("set")
  }

  private static let small = [
    "context.steps=30", "model.width=16", "model.layers=1", "model.heads=2",
    "model.feed_forward=16",
    "train.updates=10", "train.warm_up_updates=2", "train.windows_per_update=4",
    "evaluate.episodes=4", "evaluate.seeds=2",
  ].flatMap { ["--set", $0] }

  private func importing(_ set: String) throws -> Outcome {
    try run(["import", set, "--out", scratch.file("run")] + Self.small)
  }

  @Test func `of a family that is known here are trained on, evaluated and reported`() throws {
    let set = try write()
    let run = scratch.file("run")
    let outcome = try importing(set)
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("linked \(run)/histories to \(set)\n"))
    #expect(
      outcome.output.contains("\n  imported   someone on dark-room (episode_length 6, size 3)\n"))
    #expect(!outcome.output.contains("warning"))
    #expect(outcome.output.hasSuffix("next   distill train --run \(run) --method ad\n"))
    let again = try importing(set)
    #expect(again.status == 0 && again.output.contains("kept   \(run)/histories\n"))
    try expectSuccess(["train", "--run", run, "--method", "ad", "-q"])
    try expectSuccess(["evaluate", "--run", run, "-q"])
    try expectSuccess(["report", "--run", run, "-q"])
    let returns = try scratch.text("run/evaluation/returns.csv").split(separator: "\n").dropFirst()
    let rows = returns.map { $0.split(separator: ",") }
    #expect(Set(rows.map { $0[0] }) == ["ad", "ad-rewards-hidden"])
    // On the tasks that the set holds out, not on any that are drawn here.
    #expect(Set(rows.map { $0[2] }) == ["2", "6"])
    let inspected = try distill("inspect", run)
    #expect(inspected.output.hasSuffix("next   distill evaluate --run \(run)\n"))
  }

  @Test func `of a family that nobody knows are trained on, and who would act in it is told`()
    throws
  {
    let set = try write(family: "caves", settings: ["depth": "3"])
    let run = scratch.file("run")
    #expect(try importing(set).status == 0)
    try expectSuccess(["train", "--run", run, "--method", "ad", "-q"])
    for arguments in [["evaluate"], ["train", "--method", "rl2", "--set", "rl2.steps=1000"]] {
      let outcome = try CommandLineTests.run(arguments + ["--run", run])
      #expect(outcome.status == 64)
      #expect(outcome.errors.hasPrefix("Error: this program has no worlds of 'caves'"))
    }
    let served = try CommandLineTests.run(
      ["serve", "\(run)/models/ad/seed-0"], input: "{\"observation\":[1,1]}")
    #expect(served.output.split(separator: "\n")[1].hasPrefix("{\"action\":"))
  }

  @Test func `have no source to record, evaluate or sample`() throws {
    let set = try write()
    let run = scratch.file("run")
    #expect(try importing(set).status == 0)
    try expectSuccess(["train", "--run", run, "--method", "ad", "-q"])
    for arguments in [
      ["collect", "--preset", "\(run)/config.yaml", "--out", run], ["plan", run],
      ["evaluate", "--run", run, "--methods", "source"],
      ["evaluate", "--run", run, "--methods", "ad-prompted"],
      ["evaluate", "--run", run, "--prompt", "50"],
    ] {
      let outcome = try CommandLineTests.run(arguments)
      #expect(outcome.status == 64, "\(arguments): \(outcome.errors)")
      #expect(
        outcome.errors.hasPrefix(
          "Error: the histories of \(run) were made elsewhere, so that there is no source"))
    }
    let prompt = "\(set)/shard-00000.safetensors"
    let outcome = try distill("evaluate", "--run", run, "--methods", "ad", "--prompt", prompt)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("note   \(prompt) is of task 0, which models are trained on"))
  }

  @Test func `in which nothing improves are warned about`() throws {
    let outcome = try importing(try write(backwards: true))
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("\nwarning: the learner earns "))
  }

  @Test func `that are too short, damaged or no set are refused, and no run folder is left`() throws
  {
    let set = try write()
    let short = try run(["import", set, "--out", scratch.file("run"), "--set", "context.steps=121"])
    #expect(short.status == 78)
    #expect(
      short.errors
        == "Error: a history of \(set) has 120 steps, fewer than the context's 121. Pass --set context.steps=120 or less.\n"
    )
    let shard = URL(fileURLWithPath: "\(set)/shard-00002.safetensors")
    var bytes = try Data(contentsOf: shard)
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: shard)
    #expect(try importing(set).status == 65)
    #expect(try importing(scratch.file("none")).status == 66)
    #expect(!FileManager.default.fileExists(atPath: scratch.file("run")))
  }

  @Test func `recorded by this program are used by another command`() throws {
    let outcome = try importing("data/golden/histories-v1")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("was recorded by this program. Use it with 'distill collect"))
    let inspected = try distill("inspect", "data/golden/histories-v1")
    #expect(
      inspected.output.hasSuffix(
        "next   distill collect --preset PRESET --histories data/golden/histories-v1 --out RUN\n"))
  }

  @Test func `are inspected one file at a time, without a manifest`() throws {
    let set = try write()
    let file = scratch.file("alone.safetensors")
    try FileManager.default.copyItem(atPath: "\(set)/shard-00001.safetensors", toPath: file)
    let outcome = try distill("inspect", file)
    #expect(outcome.errors == "")
    #expect(outcome.output.hasPrefix("\(file): a shard of 1 histories of task 1\n"))
    #expect(outcome.output.contains("\n  whole      every step is possible; no manifest beside it"))
    #expect(outcome.output.contains("\nmean return of an episode: "))
  }

  @Test(
    .enabled(
      if: Python.canImport("numpy"), "python3 cannot import numpy; name one that can in PYTHON"))
  func `of a learner in NumPy, from the documentation's example, are imported`() throws {
    let script = try String(
      contentsOfFile: "\(repository)/Examples/python/q_learning.py", encoding: .utf8)
    let result = try Python.run(
      script, scratch.file("set"), "--size", "3", "--held-out", "2", "--histories", "2",
      "--episodes", "20")
    #expect(result.status == 0, "\(result.output)")
    let outcome = try importing(scratch.file("set"))
    #expect(outcome.errors == "")
    #expect(
      outcome.output.contains("14 histories of 7 tasks\n  imported   numpy-q-learning on dark-room")
    )
  }
}
