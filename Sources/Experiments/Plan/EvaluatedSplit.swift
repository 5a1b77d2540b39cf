// Whose tasks an evaluation can be on: a part of the split, a test set of the family, or the task of a user's file.

internal import Foundation
internal import Tasks

/// A named set of tasks to evaluate on.
public struct EvaluatedSplit: RawRepresentable, Hashable, Sendable {
  /// The name in files.
  public let rawValue: String

  /// Of a name, which a run may not know.
  public init(rawValue: String) { self.rawValue = rawValue }

  /// Tasks that no model saw.
  public static let heldOut = EvaluatedSplit(rawValue: "held-out")
  /// Tasks of the histories.
  public static let train = EvaluatedSplit(rawValue: "train")
  /// Tasks for tuning.
  public static let validation = EvaluatedSplit(rawValue: "validation")

  /// What the splits of files begin with.
  static let filePrefix = "file-"

  /// The one task of a file: named after it, without what a table cannot hold.
  init(ofFile path: String) {
    let name = URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    let letters = name.map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") ? $0 : "-" }
    self.init(rawValue: Self.filePrefix + String(letters))
  }
}

extension Experiment {
  /// Every set of tasks that can be evaluated on, with its tasks.
  var evaluatedSplits: [(split: EvaluatedSplit, tasks: [TaskID])] {
    [
      (.heldOut, split.heldOut), (.train, split.training), (.validation, split.validation),
    ] + family.testSets.map { (EvaluatedSplit(rawValue: $0.name), $0.tasks) }
  }

  /// The sets that test unless others are asked for: the family's own, or the held-out tasks.
  public var testedSplits: [EvaluatedSplit] {
    let own = family.testSets.map { EvaluatedSplit(rawValue: $0.name) }
    return own.isEmpty ? [.heldOut] : own
  }

  /// The tasks of a set.
  /// - Throws: `StageError.noSuchSplit` if there is none of the name.
  func tasks(in wanted: EvaluatedSplit) throws(StageError) -> [TaskID] {
    guard let found = evaluatedSplits.first(where: { $0.split == wanted }) else {
      throw .noSuchSplit(wanted.rawValue, known: evaluatedSplits.map(\.split.rawValue))
    }
    return found.tasks
  }
}
