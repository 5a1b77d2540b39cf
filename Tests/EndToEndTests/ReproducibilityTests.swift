// What a run leaves follows from its settings: not from the workers, nor from what interrupted it.

import Experiments
import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: isOptimised, "\(needsOptimisation)"))
struct `The files of a run` {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// Makes a whole run and returns its files.
  private func run(_ name: String, _ assignments: [String] = [], workers: Int) throws
    -> [String: Data]
  {
    try openRun(scratch.file(name), try tiny(assignments), workers: workers).performAll()
    return try files(of: scratch.file(name))
  }

  @Test func `are the same bytes for the same seed and any number of workers`() throws {
    let first = try run("a", workers: 1)
    #expect(first.keys.contains("figure.svg"))
    #expect(first.keys.contains("evaluation/returns.csv"))
    #expect(differences(try run("b", workers: 1), first) == [])
    #expect(differences(try run("c", workers: 2), first) == [])
    #expect(differences(try run("d", workers: 3), first) == [])
  }

  @Test func `are others for another seed`() throws {
    let (a, b) = (try run("a", workers: 2), try run("b", ["seed=1"], workers: 2))
    for name in [
      "histories/shard-00000.safetensors", "models/ad/seed-0/model.safetensors",
      "evaluation/returns.csv", "evaluation/summary.json", "figure.svg",
    ] {
      #expect(a[name] != b[name], "\(name)")
    }
  }

  @Test func `are the same when some were lost or half-written`() throws {
    let broken = scratch.file("broken")
    let whole = try run("broken", workers: 2)
    let table = "\(broken)/evaluation/returns.csv"
    let kept = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("ed,") && !$0.hasPrefix("source,") }
    try write(kept.joined(separator: "\n") + "\n", to: table)
    for name in [
      "histories/manifest.json", "histories/shard-00003.safetensors",
      "models/ed/seed-0/model.safetensors", "models/ed/seed-0/training.csv",
      "evaluation/summary.json", "figure.svg", "report.html",
    ] {
      try FileManager.default.removeItem(atPath: "\(broken)/\(name)")
      try write("half of it", to: "\(broken)/\(name).tmp")
    }
    try write("left by training", to: "\(broken)/models/ad/seed-0/checkpoint.safetensors")
    #expect(differences(try run("broken", workers: 2), whole) == [])
  }

  @Test func `are the same when the program was killed again and again`() throws {
    let settings = [
      "train.updates=400", "evaluate.episodes=30", "train.validation_tasks=2",
      "train.validation_every=30", "train.keep_every=70",
    ]
    let whole = try run("whole", settings, workers: 2)
    let broken = scratch.file("broken")
    for landmark in [
      "histories/shard-00002.safetensors", "models/ad/seed-0/checkpoint.safetensors",
      "models/ed/seed-0/checkpoint.safetensors", "evaluation/returns.csv",
    ] {
      let process = try start(settings, in: broken)
      while process.isRunning && !FileManager.default.fileExists(atPath: "\(broken)/\(landmark)") {
        Thread.sleep(forTimeInterval: 0.001)
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      #expect(process.terminationReason == .uncaughtSignal, "it came to its end before \(landmark)")
    }
    let process = try start(settings, in: broken)
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    #expect(differences(try files(of: broken), whole) == [])
  }

  /// Starts `distill run tiny`, which is built beside the tests.
  private func start(_ assignments: [String], in folder: String) throws -> Process {
    let tests = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
    let process = Process()
    process.executableURL = tests.deletingLastPathComponent().appendingPathComponent("distill")
    process.arguments =
      ["run", tinyPreset, "--out", folder, "--workers", "2", "--quiet"]
      + assignments.flatMap { ["--set", $0] }
    process.standardInput = FileHandle.nullDevice
    try process.run()
    return process
  }

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }
}
