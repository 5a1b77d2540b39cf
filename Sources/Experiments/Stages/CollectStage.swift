// collect: the source learns every training task, and its learning is recorded.

internal import Foundation
internal import LearningHistories
internal import Tasks
internal import TensorFiles

/// Records learning histories into a run folder, or what is missing of them.
public struct CollectStage {
  private let run: Run

  /// The stage of a run.
  public init(_ run: Run) { self.run = run }

  /// Refuses histories that no preset's learner recorded, before anything is written.
  /// - Parameter path: A run folder, or a folder of histories, which `useHistories` is to use.
  public static func requireRecorded(_ path: String) throws {
    let folder = RunFolder(path)
    for histories in [folder.histories, folder.path] {
      let file = URL(fileURLWithPath: "\(histories)/\(ShardSchema.manifestName)")
      if let manifest = try? HistoryManifest(reading: file), manifest.origin == .imported {
        throw ImportError.notOfThePreset(path: histories)
      }
    }
  }

  /// Uses the histories of another run, by a link, if this one has none yet. `perform` then keeps them, or
  /// refuses them if these settings would have recorded others.
  /// - Parameter path: A run folder, or a folder of histories.
  public func useHistories(of path: String) throws {
    let manager = FileManager.default
    let folder = RunFolder(path)
    let histories = manager.fileExists(atPath: folder.manifest) ? folder.histories : folder.path
    guard manager.fileExists(atPath: "\(histories)/manifest.json") else {
      throw StageError.notYet(
        missing: "\(histories)/manifest.json",
        command: commandText("collect", "--preset", "PRESET", "--out", folder.path))
    }
    guard !manager.fileExists(atPath: run.folder.histories) else { return }
    // Before there is a link to what would be refused.
    _ = try run.trainingCollector(into: histories).finishedManifest()
    do {
      // A link to histories that are gone is no file, but in the way.
      if (try? manager.destinationOfSymbolicLink(atPath: run.folder.histories)) != nil {
        try manager.removeItem(atPath: run.folder.histories)
      }
      try manager.createSymbolicLink(
        at: URL(fileURLWithPath: run.folder.histories),
        withDestinationURL: URL(fileURLWithPath: histories).resolvingSymlinksInPath())
    } catch {
      // Another share of the run may have made the same link at the same moment.
      let there = try? manager.destinationOfSymbolicLink(atPath: run.folder.histories)
      guard run.share != nil, there != nil else {
        throw FileError(writing: run.folder.histories, error)
      }
    }
    run.console.say("linked \(run.folder.histories) to \(histories)")
  }

  /// Records what is missing. Only training tasks are ever recorded.
  public func perform() throws {
    try run.requireNoDeadLink()
    if run.configuration.source.isImported {
      guard FileManager.default.fileExists(atPath: run.folder.manifest) else {
        throw run.missingHistories
      }
      run.console.kept(run.folder.histories)
      return
    }
    let seconds = try run.recordTraining()
    let set = try HistorySet(reading: URL(fileURLWithPath: run.folder.histories))
    let content =
      "\(run.folder.histories) (\(grouped(set.histories.count)) histories, "
      + "\(grouped(set.stepCount)) steps, \(set.shards.count) shards)"
    if let seconds {
      run.console.wrote("\(content) in \(duration(seconds))")
    } else {
      run.console.kept(content)
    }
  }
}
