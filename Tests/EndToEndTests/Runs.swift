// Whole runs in folders of their own, by the stages themselves.

import Experiments
import Foundation
import TestSupport

/// Whether the tests were built with optimisation: whole runs take seconds then, minutes otherwise.
let isOptimised: Bool = {
  #if DEBUG
    false
  #else
    true
  #endif
}()

/// Why whole runs are not tested in debug builds.
let needsOptimisation = "without optimisation whole runs take minutes: swift test -c release"

/// The path of the preset of the tests.
let tinyPreset = path(ofPreset: "tiny")

private func path(ofPreset name: String) -> String {
  URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("data/presets/\(name).yaml").path
}

/// The preset of the tests, with settings changed.
func tiny(_ assignments: [String] = []) throws -> ExperimentConfiguration {
  try configuration("tiny", assignments)
}

/// A preset, with settings changed.
func configuration(_ preset: String, _ assignments: [String]) throws -> ExperimentConfiguration {
  let path = path(ofPreset: preset)
  return try ExperimentConfiguration(
    from: ConfigurationFile(name: path, text: try String(contentsOfFile: path, encoding: .utf8)),
    overrides: assignments.map { SettingOverride(set: $0) })
}

/// Opens a folder as a run that says nothing.
func openRun(
  _ path: String, _ configuration: ExperimentConfiguration, workers: Int
) throws -> Run {
  let folder = RunFolder(path)
  return Run(
    folder: folder, configuration: try folder.adopt(configuration),
    console: Console(isQuiet: true), workers: workers)
}

extension Run {
  /// Does what is missing of all stages, as `distill run` does.
  func performAll() throws {
    try CollectStage(self).perform()
    for method in Registry.standardMethods {
      try TrainStage(self, method: method, seeds: configuration.trainSeeds).perform()
    }
    try EvaluateStage(
      self, methods: EvaluatedMethod.all(of: Registry.standardMethods), splits: [.heldOut]
    )
    .perform()
    try ReportStage(self).perform()
  }
}

/// The contents of all files beneath a folder, by path, but for those that hold a time of day.
func files(of run: String) throws -> [String: Data] {
  var files: [String: Data] = [:]
  for name in FileManager.default.enumerator(atPath: run)?.allObjects ?? [] {
    guard let name = name as? String, !["timings.json", "report.html"].contains(name),
      !FileManager.default.fileExists(atPath: "\(run)/\(name)/.")
    else { continue }
    files[name] = try Data(contentsOf: URL(fileURLWithPath: "\(run)/\(name)"))
  }
  return files
}

/// The names of the files that two runs do not share to the byte, in alphabetical order.
func differences(_ first: [String: Data], _ second: [String: Data]) -> [String] {
  Set(first.keys).union(second.keys).filter { first[$0] != second[$0] }.sorted()
}
