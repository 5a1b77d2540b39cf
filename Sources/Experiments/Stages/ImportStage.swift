// import: histories that were made elsewhere become those of a run folder.

internal import Contexts
internal import Foundation
internal import LearningHistories
internal import Tasks
internal import TensorFiles

/// Makes a run folder of a set of histories that something else wrote, such as a learner in Python.
public struct ImportStage {
  private let source: String
  private let set: HistorySet
  private let console: Console

  /// A set in the schema of data/schema.md, all of which is looked through.
  /// - Throws: `DamagedHistories` or `HistoryError` for a set that is not whole; `ImportError` for one that was recorded
  ///   by this program.
  public init(set path: String, telling console: Console) throws {
    source = path
    self.console = console
    let folder = URL(fileURLWithPath: path)
    let problems = HistorySet.problems(in: folder)
    guard problems.isEmpty else { throw DamagedHistories(problems: problems) }
    set = try HistorySet(reading: folder, verifyingChecksums: true)
    guard set.manifest.origin == .imported else { throw ImportError.recordedHere(path: path) }
  }

  /// Settings whose tasks are those of the set, everything else as in these.
  public func settings(over others: ExperimentConfiguration) throws -> ExperimentConfiguration {
    var configuration = others
    configuration.task = TaskSettings(try ImportedSettings(set.manifest))
    let lengths = set.histories.map(\.stepCount)
    if let shortest = lengths.min(), shortest < configuration.context.steps {
      throw ImportError.shortHistory(
        path: source, steps: shortest, wanted: configuration.context.steps)
    }
    return configuration
  }

  /// Links the set into a run folder and says how its learner learned.
  public func perform(_ run: Run) throws {
    let histories = run.folder.histories
    let manager = FileManager.default
    let wanted = URL(fileURLWithPath: source).resolvingSymlinksInPath()
    if manager.fileExists(atPath: histories) {
      guard URL(fileURLWithPath: histories).resolvingSymlinksInPath().path == wanted.path else {
        throw StageError.exists(path: histories)
      }
      console.kept(histories)
    } else {
      do {
        try manager.createSymbolicLink(
          at: URL(fileURLWithPath: histories), withDestinationURL: wanted)
      } catch {
        throw FileError(writing: histories, error)
      }
      console.say("linked \(histories) to \(source)")
    }
    try InspectStage(histories, overrides: [], console: console).inspectHistories()
    warnWithoutImprovement()
  }

  /// A model of histories in which nothing is learned learns to learn nothing.
  private func warnWithoutImprovement() {
    let (first, last) = returnsAtEnds(of: set.histories)
    guard last <= first else { return }
    console.say(
      String(
        format:
          "warning: the learner earns %.2f in the last tenth of its histories and %.2f in the first, so a model will learn "
          + "no improvement from them", last, first))
  }
}

/// Why histories cannot be imported.
public enum ImportError: CommandError, Equatable {
  /// This program recorded them, with settings that it can name.
  case recordedHere(path: String)
  /// A window of the context holds more steps than a history.
  case shortHistory(path: String, steps: Int, wanted: Int)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .recordedHere(let path):
      "\(path) was recorded by this program. Use it with 'distill collect --preset PRESET --histories \(path) --out RUN', with the preset that it was recorded with."
    case .shortHistory(let path, let steps, let wanted):
      "a history of \(path) has \(steps) steps, fewer than the context's \(wanted). Pass --set context.steps=\(steps) or less."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .recordedHere: .usage
    case .shortHistory: .configuration
    }
  }
}
