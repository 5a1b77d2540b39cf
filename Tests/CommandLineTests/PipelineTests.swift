import Foundation
import TestSupport
import Testing

/// The smallest run that has every part.
private let tiny = [
  "--set", "source.episodes=40", "--set", "train.updates=4", "--set", "train.warm_up_updates=1",
  "--set", "ed.last_fraction=0.2", "--set", "evaluate.episodes=2", "--set", "evaluate.seeds=1",
]

@Suite struct `A whole run` {
  let scratch: ScratchFolder
  let folder: String

  init() throws {
    scratch = try ScratchFolder()
    folder = scratch.file("run")
  }

  @Test func `leaves every file of the contract, in any working folder`() throws {
    let outcome = try run(["run", "tiny", "--out", "run"] + tiny, in: scratch.path)
    #expect(outcome.errors == "")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasSuffix("next   open run/report.html in a browser\n"))
    let files = scratch.files
    for file in [
      "config.yaml", "histories/manifest.json", "histories/shard-00000.safetensors",
      "models/ad/seed-0/model.safetensors", "models/ad/seed-0/config.json",
      "models/ad/seed-0/training.csv", "models/ed/seed-0/model.safetensors",
      "evaluation/returns.csv", "evaluation/summary.json", "timings.json", "report.html",
    ] {
      #expect(files.contains("run/\(file)"), "\(file)")
    }
    #expect(files.filter { $0.hasSuffix(".tmp") } == [])
  }

  @Test func `is the same, stage by stage or at once, with one worker or two`() throws {
    let other = scratch.file("other")
    try expectSuccess(["run", "tiny", "--out", folder, "--workers", "2"] + tiny)
    try expectSuccess(
      ["collect", "--preset", "tiny", "--out", other, "--workers", "1"] + tiny)
    for method in ["ad", "ed"] {
      try expectSuccess(["train", "--run", other, "--method", method, "--workers", "1"])
    }
    try expectSuccess(["evaluate", "--run", other, "--workers", "1"])
    try expectSuccess(["report", "--run", other])
    let files = try ScratchFolder.files(in: folder)
    #expect(try ScratchFolder.files(in: other) == files)
    for file in files where !["timings.json", "report.html"].contains(file) {
      #expect(try Data.of("\(folder)/\(file)") == Data.of("\(other)/\(file)"), "\(file)")
    }
  }

  @Test func `trains and evaluates the methods it is told of`() throws {
    let online = ["--set", "rl2.steps=4000", "--set", "rl2.environments=10"]
    try expectSuccess(
      ["run", "tiny", "--out", folder, "--methods", "ad-lstm,rl2"] + tiny + online)
    #expect(scratch.files.contains("run/models/ad-lstm/seed-0/model.safetensors"))
    #expect(scratch.files.contains("run/models/rl2/seed-0/model.safetensors"))
    #expect(!scratch.files.contains { $0.hasPrefix("run/models/ad/") })
    func methods() throws -> Set<Substring> {
      let rows = try String(contentsOfFile: "\(folder)/evaluation/returns.csv", encoding: .utf8)
        .split(separator: "\n").dropFirst()
      return Set(rows.map { $0.prefix { $0 != "," } })
    }
    #expect(try methods() == ["ad-lstm", "rl2", "source"])
    // What one method is made with binds no other.
    try expectSuccess(["train", "--run", folder, "--method", "ed", "--set", "ed.last_fraction=0.3"])
    try expectSuccess(["evaluate", "--run", folder])
    #expect(try methods() == ["ad-lstm", "ed", "ed-prompted", "rl2", "source"])
    let refused = try run(
      ["train", "--run", folder, "--method", "rl2", "--set", "rl2.unroll=5"])
    #expect(refused.status != 0 && refused.errors.contains("rl2.unroll"))
  }

  @Test func `keeps what is there when it is run again`() throws {
    try expectSuccess(["run", "tiny", "--out", folder] + tiny)
    let again = try run(["run", "tiny", "--out", folder] + tiny)
    let kept = again.output.split(separator: "\n").filter { $0.hasPrefix("kept ") }
    #expect(kept.contains("kept   \(folder)/models/ad/seed-0"))
    #expect(kept.contains("kept   \(folder)/models/ed/seed-0"))
    #expect(kept.contains { $0.hasPrefix("kept   \(folder)/histories") })
  }

  @Test func `is read as it was when its tables went through Windows`() throws {
    try expectSuccess(["run", "tiny", "--out", folder] + tiny)
    let parts = ["report.html", "figure.svg"]
    let before = try parts.map { try scratch.text("run/\($0)") }
    let model = "\(folder)/models/ad/seed-0/model.safetensors"
    let inspected = try run(["inspect", model]).output
    #expect(inspected.contains(", 4 updates, loss "))
    for file in scratch.files where file.hasSuffix(".csv") {
      let text = try scratch.text(file)
      try scratch.write("\u{FEFF}" + text.replacing("\n", with: "\r\n"), to: file)
    }
    try expectSuccess(["report", "--run", folder])
    #expect(try parts.map { try scratch.text("run/\($0)") } == before)
    #expect(try run(["inspect", model]).output == inspected)
    try expectSuccess(["evaluate", "--run", folder])
  }

  @Test func `with other settings is refused, naming them`() throws {
    try expectSuccess(["collect", "--preset", "tiny", "--out", folder] + tiny)
    let outcome = try run(
      ["run", "tiny", "--out", folder] + tiny + ["--set", "seed=5", "--set", "train.updates=8"])
    #expect(outcome.status == 73)
    #expect(
      outcome.errors == """
        Error: \(folder) was made with other settings:
          seed: 0 there, 5 here
        Choose another folder, or pass --overwrite to make again what they touch: histories.

        """)
  }

  @Test func `without histories cannot train`() throws {
    try expectSuccess(["collect", "--preset", "tiny", "--out", folder] + tiny)
    try FileManager.default.removeItem(atPath: "\(folder)/histories")
    let outcome = try distill("train", "--run", folder, "--method", "ad")
    #expect(outcome.status == 66)
    #expect(
      outcome.errors == """
        Error: \(folder)/histories/manifest.json does not exist. Make it with 'distill collect \
        --preset PRESET --out \(folder)'.

        """)
  }

  @Test func `is inspected in words`() throws {
    try expectSuccess(["collect", "--preset", "tiny", "--out", folder] + tiny)
    let outcome = try distill("inspect", "\(folder)/histories")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("\(folder)/histories: 72 histories of 18 tasks\n"))
    #expect(outcome.output.contains("\n  whole      all checksums agree\n"))
    #expect(outcome.output.contains("\nin the last tenth the source earns "))
  }

  @Test func `is inspected as a configuration that is one`() throws {
    let resolved = try distill(
      "inspect", "\(repository)/data/presets/tiny.yaml", "--set", "train.updates=700")
    #expect(resolved.status == 0)
    let file = scratch.file("mine.yaml")
    try Data(resolved.output.utf8).write(to: URL(fileURLWithPath: file))
    let again = try distill("inspect", file)
    #expect(again.errors == "")
    let settings = { (output: String) in output.split(separator: "\n").filter { !$0.hasPrefix("#") }
    }
    #expect(settings(again.output) == settings(resolved.output))
    #expect(resolved.output.contains("\n  updates: 700\n"))
  }

  @Test func `with a changed shard is found out`() throws {
    try expectSuccess(["collect", "--preset", "tiny", "--out", folder] + tiny)
    let shard = "\(folder)/histories/shard-00003.safetensors"
    var data = try Data.of(shard)
    data[data.count - 1] ^= 1
    try data.write(to: URL(fileURLWithPath: shard))
    let outcome = try distill("inspect", "\(folder)/histories")
    #expect(outcome.status == 65)
    #expect(outcome.errors.hasPrefix("Error: \(shard) "))
  }

  @Test func `that is interrupted goes on to the same histories`() throws {
    let other = scratch.file("other")
    let command = ["collect", "--preset", "tiny", "--set", "source.episodes=400", "--out"]
    try expectSuccess(command + [folder])
    let outcome = try run(
      command + [other], interruptedWhenThereIs: "\(other)/histories/shard-00000.safetensors")
    #expect(outcome.status == SIGINT)
    #expect(
      outcome.errors == """

        Interrupted: finishing and saving what is begun. A second time stops at once.
        Interrupted. The same command continues from what is saved.

        """)
    #expect(!FileManager.default.fileExists(atPath: "\(other)/histories/manifest.json"))
    try expectSuccess(command + [other])
    let histories = try ScratchFolder.files(in: "\(folder)/histories")
    #expect(try ScratchFolder.files(in: "\(other)/histories") == histories)
    for file in histories {
      #expect(
        try Data.of("\(folder)/histories/\(file)") == Data.of("\(other)/histories/\(file)"))
    }
  }

  @Test func `says nothing when told to be quiet`() throws {
    let outcome = try run(["collect", "--preset", "tiny", "--out", folder, "--quiet"] + tiny)
    #expect(outcome.output == "")
    #expect(outcome.errors == "")
  }

  private func expectSuccess(_ arguments: [String]) throws {
    let outcome = try run(arguments)
    #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
  }
}

extension ScratchFolder {
  /// Every file beneath a folder, in alphabetical order.
  static func files(in path: String) throws -> [String] {
    let all = FileManager.default.enumerator(atPath: path)?.allObjects ?? []
    return all.compactMap { $0 as? String }.filter {
      !FileManager.default.fileExists(atPath: "\(path)/\($0)/.")
    }.sorted()
  }
}

extension Data {
  /// A file's bytes.
  fileprivate static func of(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }
}
