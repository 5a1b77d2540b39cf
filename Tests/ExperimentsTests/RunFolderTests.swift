import Evaluation
import Experiments
import Foundation
import TestSupport
import Testing
import Training

@Suite struct `A run folder` {
  let scratch: ScratchFolder
  let folder: RunFolder
  let configuration = ExperimentConfiguration()

  init() throws {
    scratch = try ScratchFolder()
    folder = RunFolder(scratch.file("run"))
  }

  private func changed(
    _ change: (inout ExperimentConfiguration) -> Void
  ) -> ExperimentConfiguration {
    var result = configuration
    change(&result)
    return result
  }

  @Test func `remembers its configuration`() throws {
    _ = try folder.adopt(configuration)
    #expect(try folder.readConfiguration() == configuration)
    #expect(scratch.files == ["run", "run/config.yaml"])
  }

  @Test func `takes the same configuration again without writing`() throws {
    _ = try folder.adopt(configuration)
    let text = try scratch.write(configuration.yaml + "# untouched\n", to: "run/config.yaml")
    #expect(try folder.adopt(configuration) == configuration)
    #expect(try String(contentsOfFile: text, encoding: .utf8).hasSuffix("# untouched\n"))
  }

  @Test func `takes other settings while nothing was made with them`() throws {
    _ = try folder.adopt(configuration)
    try scratch.write("{}", to: "run/histories/manifest.json")
    let other = changed { $0.train.updates = 700 }
    _ = try folder.adopt(other)
    #expect(try folder.readConfiguration() == other)
  }

  @Test func `made with other settings is refused with both values`() throws {
    _ = try folder.adopt(configuration)
    try scratch.write("{}", to: "run/histories/manifest.json")
    try scratch.write("", to: "run/models/ed/seed-0/model.safetensors")
    let other = changed {
      $0.seed = 3
      $0.ed.lastFraction = 0.2
      $0.evaluate.episodes = 5
    }
    let message = """
      \(folder.path) was made with other settings:
        seed: 0 there, 3 here
        ed.last_fraction: 0.1 there, 0.2 here
      Choose another folder, or pass --overwrite to make again what they touch: histories, models/ed.
      """
    #expect {
      try folder.adopt(other)
    } throws: {
      "\($0)" == message && ExitStatus(of: $0) == .cannotCreate
    }
    #expect(try folder.readConfiguration() == configuration)
  }

  @Test func `loses exactly what other settings touch when told to overwrite`() throws {
    _ = try folder.adopt(configuration)
    try scratch.write("{}", to: "run/histories/manifest.json")
    try scratch.write("", to: "run/models/ad/seed-0/model.safetensors")
    try scratch.write("", to: "run/models/ed/seed-0/model.safetensors")
    try scratch.write("", to: "run/evaluation/returns.csv")
    _ = try folder.adopt(changed { $0.ed.lastFraction = 0.2 }, overwriting: true)
    let files = scratch.files
    #expect(files.contains("run/histories/manifest.json"))
    #expect(files.contains("run/models/ad/seed-0/model.safetensors"))
    #expect(!files.contains("run/models/ed"))
    #expect(!files.contains("run/evaluation"))
  }

  @Test func `gains training seeds beside those it has`() throws {
    _ = try folder.adopt(configuration)
    try scratch.write("", to: "run/models/ad/seed-0/model.safetensors")
    let merged = try folder.adopt(changed { $0.train.seeds = [2, 1] })
    #expect(merged.train.seeds == [2, 1, 0])
    #expect(try folder.readConfiguration() == merged)
    #expect(folder.trainedSeeds(of: AlgorithmDistillation()) == [0])
  }

  @Test func `is not made of a folder with other files`() throws {
    try scratch.write("", to: "run/letter.txt")
    let message =
      "\(folder.path) is not empty and has no config.yaml, so it is no run folder. "
      + "Choose another folder."
    #expect {
      try folder.adopt(configuration)
    } throws: {
      "\($0)" == message
    }
  }

  @Test func `is not made of a file`() throws {
    try scratch.write("", to: "run")
    #expect {
      try folder.adopt(configuration)
    } throws: {
      "\($0)" == "\(folder.path) is a file, not a folder. Choose another folder."
    }
  }

  @Test func `cannot be made where nothing can`() throws {
    try scratch.write("", to: "file")
    let impossible = RunFolder(scratch.file("file/run"))
    #expect {
      try impossible.adopt(configuration)
    } throws: {
      "\($0)"
        == "\(impossible.path) cannot be written: Not a directory. "
        + "Choose another place, or change its permissions."
        && ExitStatus(of: $0) == .cannotCreate
    }
  }

  @Test func `that does not exist is said to be missing`() {
    #expect {
      try folder.readConfiguration()
    } throws: {
      "\($0)"
        == "\(folder.path) does not exist. "
        + "Make it with 'distill collect --preset dark-room --out \(folder.path)'."
        && ExitStatus(of: $0) == .missingInput
    }
  }

  @Test func `adds a sitting to the timings of a stage`() throws {
    _ = try folder.adopt(configuration)
    let machine = Machine(workers: 2, blasCore: "Haswell")
    try folder.record("collect", seconds: 2, amounts: ["steps": 100], on: machine)
    try folder.record("train/ad/seed-0", seconds: 1, amounts: [:], on: machine)
    try folder.record("collect", seconds: 3, amounts: ["steps": 50], on: machine)
    let timings = try folder.readTimings()
    #expect(timings.stages.keys.sorted() == ["collect", "train/ad/seed-0"])
    #expect(timings.stages["collect"]?.seconds == 5)
    #expect(timings.stages["collect"]?.amounts == ["steps": 150])
    #expect(timings.stages["collect"]?.perSecond == ["steps": 30])
    #expect(timings.stages["collect"]?.machine == machine)
  }

  @Test func `adds the timings of shares, which are noted apart, when they are joined`() throws {
    _ = try folder.adopt(configuration)
    let machine = Machine(workers: 2, blasCore: "Haswell")
    try folder.record("collect", seconds: 2, amounts: ["steps": 100], on: machine)
    for (number, stage) in [(1, "collect"), (2, "collect"), (2, "train/ad/seed-0")] {
      try folder.record(
        stage, seconds: 3, amounts: ["steps": 50], on: machine, by: Share(number, of: 2))
    }
    #expect(try folder.readTimings().stages.keys.sorted() == ["collect"])
    for _ in 1...2 {
      try folder.joinShares()
      let timings = try folder.readTimings()
      #expect(timings.stages.keys.sorted() == ["collect", "train/ad/seed-0"])
      #expect(timings.stages["collect"]?.seconds == 8)
      #expect(timings.stages["collect"]?.perSecond == ["steps": 25])
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(files == ["config.yaml", "timings.json"])
  }
}

@Suite struct `Names near a mistyped one` {
  @Test(arguments: [("", "abc", 3), ("kitten", "sitting", 3), ("trian", "train", 1), ("a", "a", 0)])
  func `are counted in single-letter changes`(first: String, second: String, distance: Int) {
    #expect(editDistance(first, second) == distance)
  }
}
