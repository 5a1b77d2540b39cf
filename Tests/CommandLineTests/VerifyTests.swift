import Foundation
import TestSupport
import Testing

/// `distill verify`: a whole run is said to be whole; what is damaged is named, and made anew with the same bytes.
@Suite(.serialized) final class `A run that is verified` {
  private let scratch: ScratchFolder
  private let run: String

  init() throws {
    scratch = try ScratchFolder()
    run = scratch.file("run")
    try expectSuccess([
      "run", "tiny", "--out", run, "--methods", "ad", "--set", "train.updates=60", "--set",
      "evaluate.episodes=5", "-q",
    ])
  }

  private func bytes() throws -> [String: Data] {
    let files = try ScratchFolder.files(in: run).filter {
      !$0.hasPrefix("broken") && $0 != "timings.json" && $0 != "report.html"
    }
    let contents = files.compactMap { file in
      (try? Data(contentsOf: URL(fileURLWithPath: "\(run)/\(file)"))).map { (file, $0) }
    }
    return Dictionary(uniqueKeysWithValues: contents)
  }

  private func damage(_ file: String, at place: Int) throws {
    let url = URL(fileURLWithPath: "\(run)/\(file)")
    var data = try Data(contentsOf: url)
    data[place] ^= 1
    try data.write(to: url)
  }

  @Test func `is whole, also when some of it is lived again`() throws {
    let outcome = try distill("verify", run, "--replay", "3")
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.hasSuffix("whole  \(run)\n"))
    #expect(outcome.output.contains("lived again, are as they were recorded"))
  }

  @Test func `of other kernels is said to be that, and stays it`() throws {
    let url = URL(fileURLWithPath: "\(run)/config.yaml")
    let text = try String(contentsOf: url, encoding: .utf8)
    try Data(text.replacing("\nkernels: 1\n", with: "\nkernels: 0\n").utf8).write(to: url)
    let note = "note   \(run) was begun with kernels 0, this program has kernels 1: "
    for command in [
      ["verify", run], ["train", "--run", run, "--method", "ad", "--train-seed", "1"],
    ] {
      let outcome = try CommandLineTests.run(command)
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output.contains(note), "\(outcome.output)")
    }
    #expect(try String(contentsOf: url, encoding: .utf8).contains("\nkernels: 0\nseed: 0\n"))
  }

  @Test(arguments: [
    ("histories/shard-00003.safetensors", 3000), ("histories/manifest.json", 40),
    ("models/ad/seed-0/model.safetensors", 5000), ("evaluation/parts/ad/held-out/seed-0.csv", 90),
    ("evaluation/returns.csv", 90), ("evaluation/summary.json", 40),
    ("evaluation/source-held-out/shard-00000.safetensors", 2000),
  ])
  func `has a file with one bit that fell over, which is named and made anew`(
    file: String, place: Int
  ) throws {
    let whole = try bytes()
    try damage(file, at: place)
    let found = try distill("verify", run)
    #expect(found.status == 65)
    #expect(found.output.contains("broken \(run)/"), "\(found.output)")
    #expect(found.errors.contains("'distill verify \(run) --repair'"), "\(found.errors)")
    #expect(try bytes()[file] != whole[file], "it is only looked at")
    let repaired = try distill("verify", run, "--repair")
    #expect(repaired.status == 0, "\(repaired.output)\(repaired.errors)")
    #expect(try bytes() == whole)
    #expect(FileManager.default.fileExists(atPath: "\(run)/broken"))
  }
}
