import Experiments
import Foundation
import Tasks
import TestSupport
import Testing

@Suite struct `Named presets` {
  let folder: ScratchFolder
  let presets: Presets

  init() throws {
    folder = try ScratchFolder()
    try folder.write("seed: 1\n", to: "first.yaml")
    try folder.write("seed: 2\n", to: "paper/first.yaml")
    presets = Presets(folders: [folder.path])
  }

  @Test func `have names that include their folders`() {
    #expect(presets.names == ["first", "paper/first"])
  }

  @Test(arguments: [("first", "seed: 1\n"), ("paper/first", "seed: 2\n")])
  func `are found by name`(name: String, text: String) throws {
    #expect(try presets.file(name).text == text)
  }

  @Test func `are found by path`() throws {
    let path = folder.file("first.yaml")
    #expect(try Presets(folders: []).file(path).name == path)
  }

  @Test func `that are unknown are answered with those there are`() {
    let message =
      "there is no preset 'frist'; did you mean 'first'? There are first, paper/first; "
      + "or give the path of a YAML file."
    #expect {
      try presets.file("frist")
    } throws: {
      "\($0)" == message && ExitStatus(of: $0) == .missingInput
    }
  }

  @Test func `cannot be a file that is not there`() {
    let message = "none.yaml does not exist. Give the path of a YAML file, or the name of a preset."
    #expect {
      try presets.file("none.yaml")
    } throws: {
      "\($0)" == message
    }
  }

  @Test func `cannot be a folder`() throws {
    try folder.write("", to: "odd.yaml/file")
    #expect {
      try presets.file("odd")
    } throws: {
      "\($0)" == "\(folder.path)/odd.yaml cannot be read: it is a folder, no file."
        && ExitStatus(of: $0) == .inputOutput
    }
  }
}

@Suite struct `The presets of the repository` {
  private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("data/presets")

  @Test func `can all run`() throws {
    let presets = Presets(folders: [folder.path])
    for name in presets.names {
      let configuration = try ExperimentConfiguration(from: try presets.file(name))
      #expect(configuration.problems.isEmpty, "\(name): \(configuration.problems)")
    }
  }

  @Test func `are all built into the program`() throws {
    let (files, builtIn) = (
      Presets(folders: [folder.path]), Presets(folders: [], builtIn: Presets.builtIn)
    )
    #expect(builtIn.names == files.names, "Sources/CPresets/presets.c lists them")
    for name in files.names {
      #expect(try builtIn.file(name).text == files.file(name).text)
      #expect(try builtIn.file(name).name == "the built-in preset \(name)")
    }
  }

  @Test(arguments: Registry.builtInFamilies.map { $0.family })
  func `are one of ours for each family, and one of the paper for the paper's`(
    family: String
  ) throws {
    let isOurs = [CartPoleSettings.family, DialsSettings.family].contains(family)
    for name in [family] + (isOurs ? [] : ["paper/\(family)"]) {
      let file = try Presets(folders: [folder.path]).file(name)
      #expect(try ExperimentConfiguration(from: file).task.family == family)
    }
  }
}
