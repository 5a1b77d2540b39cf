// The parts of a run: which there are, what binds them, and what is joined from them.

import Evaluation
import Experiments
import Foundation
import Models
import TestSupport
import Testing
import Training

@Suite struct `The plan of a run` {
  private func experiment(
    _ change: (inout ExperimentConfiguration) -> Void = { _ in }
  ) -> Experiment {
    var configuration = ExperimentConfiguration()
    configuration.train.seeds = [0, 3]
    change(&configuration)
    return Experiment(configuration)
  }

  @Test func `has each part after those it needs, under a name of its own`() throws {
    let parts = try Plan(experiment(), methods: Registry.methods).parts
    #expect(Set(parts.map(\.key)).count == parts.count)
    var made: Set<String> = []
    for part in parts {
      #expect(made.isSuperset(of: part.needs), "\(part.key)")
      made.insert(part.key)
    }
  }

  @Test func `lists files that no two parts share`() throws {
    let files = try Plan(experiment(), methods: Registry.methods).parts.flatMap(\.files)
    #expect(Set(files).count == files.count)
  }

  @Test func `has no histories of the training tasks where no method learns from them`() throws {
    let parts = try Plan(experiment(), methods: [RL2()]).parts
    #expect(!parts.contains { $0.key.hasPrefix("histories/") })
    #expect(parts.contains { $0.key == "models/rl2/seed-3" })
    #expect(parts.contains { $0.key == "returns/held-out/source" })
  }

  @Test func `binds a part to the settings that it is made with alone`() throws {
    let parts = try Plan(experiment(), methods: Registry.methods).parts
    func sections(_ key: String) throws -> Set<String> {
      try #require(parts.first { $0.key == key }).sections
    }
    let recorded: Set = ["seed", "task", "split", "source", "collect"]
    #expect(try sections("histories/task-1") == recorded)
    #expect(
      try sections("models/ed/seed-0") == recorded.union(["context", "model", "train", "ed"]))
    #expect(try sections("models/rl2/seed-0") == ["seed", "task", "split", "model", "rl2"])
    #expect(
      try sections("returns/held-out/rl2/seed-0")
        == ["seed", "task", "split", "model", "rl2", "evaluate"])
    #expect(
      try sections("returns/held-out/source") == ["seed", "task", "split", "source", "evaluate"])
    #expect(!(try sections("returns/held-out/ad/seed-0").contains("ed")))
  }

  @Test func `is refused where the memory cannot hold a part, before work starts`() throws {
    let giant = experiment { $0.model.width = 65_536 }
    let parts = [Plan.model(of: AlgorithmDistillation(), trainSeed: 0, in: giant)]
    let error = #expect(throws: StageError.self) {
      try giant.requireMemory(for: parts, workers: 2)
    }
    let message = error.map { "\($0)" } ?? ""
    #expect(message.hasPrefix("models/ad/seed-0 needs at least "))
    #expect(message.contains("TB of memory, but ") || message.contains("GB of memory, but "))
  }
}

@Suite struct `Settings of a method that is not planned` {
  /// Too short an end of the histories for a window of ED.
  private let short = ConfigurationFile(
    name: "short.yaml", text: "source:\n  episodes: 30\nevaluate:\n  seeds: 1\n")

  @Test func `are not held against a run`() throws {
    let configuration = try ExperimentConfiguration(
      from: short, planning: [AlgorithmDistillation(), RL2()])
    #expect(configuration.ed.lastFraction == 0.1)
  }

  @Test func `are if it is planned`() {
    #expect {
      try ExperimentConfiguration(from: short, planning: [ExpertDistillation()])
    } throws: {
      "\($0)".contains("'ed.last_fraction': must be larger")
    }
  }
}

@Suite struct `A folder with evaluations in parts` {
  private let scratch: ScratchFolder
  private let folder: RunFolder
  private let configuration = ExperimentConfiguration()

  init() throws {
    scratch = try ScratchFolder()
    folder = RunFolder(scratch.file("run"))
    _ = try folder.adopt(configuration)
    for name in ["ad", "ed", "ed-prompted"] {
      try scratch.write("", to: "run/evaluation/parts/\(name)/held-out/seed-0.csv")
    }
    for name in ["ad", "ed"] {
      try scratch.write("", to: "run/models/\(name)/seed-0/model.safetensors")
    }
    for name in ["returns.csv", "summary.json"] {
      try scratch.write("", to: "run/evaluation/\(name)")
    }
  }

  @Test func `loses those alone that a setting binds, and what was joined from them`() throws {
    var other = configuration
    other.ed.lastFraction = 0.2
    _ = try folder.adopt(other, overwriting: true)
    let files = scratch.files
    #expect(files.contains("run/evaluation/parts/ad/held-out/seed-0.csv"))
    #expect(files.contains("run/models/ad/seed-0/model.safetensors"))
    for gone in [
      "run/evaluation/parts/ed", "run/evaluation/parts/ed-prompted", "run/evaluation/returns.csv",
      "run/evaluation/summary.json", "run/models/ed",
    ] {
      #expect(!files.contains(gone), "\(gone)")
    }
  }

  @Test func `says which they are`() {
    var other = configuration
    other.ed.lastFraction = 0.2
    #expect { try folder.adopt(other) } throws: {
      "\($0)".hasSuffix("touch: models/ed, evaluation/ed, evaluation/ed-prompted.")
    }
    other = configuration
    other.evaluate.episodes = 5
    #expect { try folder.adopt(other) } throws: { "\($0)".hasSuffix("touch: evaluation.") }
  }
}
