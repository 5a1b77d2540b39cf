// A run made by several processes at once, as the nodes of a cluster make it.

import Foundation
import TestSupport
import Testing

@Suite struct `A run in shares` {
  let scratch: ScratchFolder
  let folder: String
  /// The smallest run that has every part, with more models than shares.
  let tiny = [
    "--set", "source.episodes=40", "--set", "train.updates=4", "--set", "train.warm_up_updates=1",
    "--set", "ed.last_fraction=0.2", "--set", "evaluate.episodes=2", "--set", "evaluate.seeds=1",
    "--set", "train.seeds=[0, 1]", "--workers", "1",
  ]

  init() throws {
    scratch = try ScratchFolder()
    folder = scratch.file("run")
  }

  private func command(_ part: String, _ more: String...) -> [String] {
    ["run", "tiny", "--out", folder, "--part", part] + tiny + more
  }

  @Test
  func `by three processes at once, one of them killed and repeated, has the bytes of one process`()
    throws
  {
    let other = scratch.file("other/run")
    try expectSuccess(["run", "tiny", "--out", other] + tiny)

    let shard = "\(folder)/histories/shard-00000.safetensors"
    let shares = try (1...3).map { number in
      try start(command("\(number)/3", "--wait", "2"), logging: scratch.file("log-\(number)"))
    }
    while shares[0].isRunning && !FileManager.default.fileExists(atPath: shard) {
      Thread.sleep(forTimeInterval: 0.002)
    }
    kill(shares[0].processIdentifier, SIGKILL)
    shares[0].waitUntilExit()
    #expect(shares[0].terminationReason == .uncaughtSignal)
    try expectSuccess(command("1/3", "--wait", "2"))
    for (number, share) in shares.enumerated().dropFirst() {
      share.waitUntilExit()
      let log = try scratch.text("log-\(number + 1)")
      #expect(share.terminationStatus == 0, "\(log)")
    }
    let before = try files(in: folder)
    #expect(before.contains("timings-2-of-3.json") && !before.contains("evaluation/returns.csv"))

    let joined = try run(["run", "tiny", "--out", folder] + tiny)
    #expect(joined.status == 0, "\(joined.errors)")
    #expect(!joined.output.contains("wrote  \(folder)/models"))
    #expect(try files(in: folder) == files(in: other))
    for file in try files(in: other) where !["timings.json", "report.html"].contains(file) {
      #expect(try bytes("\(folder)/\(file)") == bytes("\(other)/\(file)"), "\(file)")
    }
    #expect(try stages(folder) == stages(other))
  }

  @Test func `makes nothing twice, and says what it waits for`() throws {
    try expectSuccess(command("1/2", "--stage", "collect"))
    let early = try run(command("1/2"))
    #expect(early.status == 75)
    #expect(
      early.errors.hasPrefix("Error: part 1/2 cannot go on: models/ad/seed-0 needs histories/task-")
    )
    #expect(early.errors.contains("not made yet. Make the other shares, then repeat"))
    #expect(!scratch.files.contains("run/histories/manifest.json"))
    try expectSuccess(command("2/2", "--stage", "collect"))
    #expect(scratch.files.contains("run/histories/manifest.json"))
    #expect(scratch.files.contains("run/evaluation/source-held-out/manifest.json"))
    let again = try run(command("2/2", "--stage", "collect"))
    #expect(again.output.hasSuffix("part 2/2 is done\n"))
    #expect(!again.output.contains("wrote"))
  }

  @Test func `takes its share from an array of Slurm`() throws {
    let array = ["ID": "5", "MIN": "4", "MAX": "6", "COUNT": "3"]
    let outcome = try run(
      ["plan", "tiny", "--part", "array", "--every-part"],
      environment: Dictionary(
        uniqueKeysWithValues: array.map { ("SLURM_ARRAY_TASK_\($0)", $1) }))
    let same = try run(["plan", "tiny", "--part", "2/3", "--every-part"])
    func names(_ outcome: Outcome) -> [Substring] {
      outcome.output.split(separator: "\n").map { $0.prefix { $0 != " " } }
    }
    #expect(names(outcome).contains("models/ed/seed-0"))
    #expect(names(outcome) == names(same))
  }

  @Test(arguments: [
    (["--part", "4/3"], "Error: --part '4/3' is no share. Give I/N, such as 2/8"),
    (
      ["--part", "array"],
      "Error: --part array needs the variables of an array of Slurm, but SLURM_ARRAY_TASK_ID"
    ),
    (["--wait", "5"], "Error: --wait belongs to --part."),
    (["--part", "1/2", "--overwrite"], "Error: --overwrite removes what other shares make."),
  ])
  func `is refused where there is no such share`(arguments: [String], message: String) throws {
    let outcome = try run(["run", "tiny", "--out", folder] + arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.hasPrefix(message), "\(outcome.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  /// Starts `distill` and goes on.
  private func start(_ arguments: [String], logging log: String) throws -> Process {
    let process = try program(arguments)
    FileManager.default.createFile(atPath: log, contents: nil)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: log))
    process.standardOutput = file
    process.standardError = file
    try process.run()
    return process
  }

  private func files(in path: String) throws -> [String] {
    let all = FileManager.default.enumerator(atPath: path)?.allObjects ?? []
    return all.compactMap { $0 as? String }.filter {
      !FileManager.default.fileExists(atPath: "\(path)/\($0)/.")
    }.sorted()
  }

  private func bytes(_ path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
  }

  /// The stages that were timed, and what they made. A killed process has not noted what it made.
  private func stages(_ folder: String) throws -> Set<String> {
    let text = try JSONSerialization.jsonObject(with: bytes("\(folder)/timings.json"))
    let stages = (text as? [String: Any])?["stages"] as? [String: Any]
    return Set(try #require(stages).keys)
  }
}
