// What a model was made of: its file tells it, and whoever uses the model compares. Refuses a model of another method,
// seed or settings in a run folder, and one that was trained on a task that it is to be tested on.

internal import Foundation
internal import LearningHistories
internal import Models
internal import Tasks
internal import TensorFiles

/// What a model's file tells of its training. Files of earlier versions tell less: what they do not tell is not compared.
struct ModelOrigin {
  /// The method's name.
  let method: String
  let trainSeed: Int
  /// The settings that the model was made with, by their paths.
  let settings: [String: String]
  /// The tasks that it learned from.
  let tasks: [TaskID]
  /// The SHA-256 of the manifest of the histories; nil of a method that learns online.
  let histories: String?

  private enum Key {
    static let method = "method"
    static let trainSeed = "train_seed"
    static let settings = "settings"
    static let tasks = "trained_on"
    static let histories = "histories_sha256"
  }

  /// What the model of a part is made of.
  init(_ part: ModelPart, in run: Run) throws {
    method = part.method.name
    trainSeed = part.trainSeed
    // Other seeds make other models, not other settings.
    settings = run.configuration.texts(in: part.sections).filter { $0.key != "train.seeds" }
    let learnsFromHistories = part.method.needs == .histories
    tasks =
      learnsFromHistories ? run.configuration.shownTasks(of: run.split) : run.split.training
    let manifest = URL(fileURLWithPath: run.folder.manifest)
    histories =
      learnsFromHistories && FileManager.default.fileExists(atPath: manifest.path)
      ? try Checksum.sha256(ofFile: manifest) : nil
  }

  /// What stands in the metadata of a model, for people and scripts.
  var metadata: [String: String] { [Key.method: method, Key.trainSeed: "\(trainSeed)"] }

  /// What stands there besides, for this program.
  var provenance: [String: String] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(settings) else {
      preconditionFailure("texts cannot be written as JSON: \(settings)")
    }
    var strings = [
      Key.settings: String(decoding: json, as: UTF8.self), Key.tasks: Self.text(of: tasks),
    ]
    strings[Key.histories] = histories
    return strings
  }

  /// The first thing in which a file's metadata differ from what they should tell: what, expected and found; nil if
  /// nothing does.
  /// - Parameter ofSameHistories: Whether it must have learned from the same bytes.
  func difference(
    from metadata: [String: String], ofSameHistories: Bool
  ) -> (what: String, expected: String, found: String)? {
    var facts = [
      ("the method", method, metadata[Key.method]),
      ("the training seed", "\(trainSeed)", metadata[Key.trainSeed]),
    ]
    let found = metadata[Key.settings].flatMap {
      try? JSONDecoder().decode([String: String].self, from: Data($0.utf8))
    }
    for (path, value) in settings.sorted(by: { $0.key < $1.key }) {
      facts.append((path, value, found?[path]))
    }
    facts.append(("the training tasks", Self.text(of: tasks), metadata[Key.tasks]))
    if ofSameHistories, let histories {
      facts.append(("histories with the SHA-256", histories, metadata[Key.histories]))
    }
    for case (let what, let expected, let found?) in facts where expected != found {
      return (what, expected, found)
    }
    return nil
  }

  /// The tasks that a file says its model learned from; none of an earlier version's.
  static func tasks(in metadata: [String: String]) -> Set<TaskID> {
    let parts = (metadata[Key.tasks] ?? "").split(separator: ",").map { range in
      range.split(separator: "-").compactMap { Int($0) }
    }
    // More than any family has: a line of some ranges can name more tasks than the memory holds.
    var left = 1 << 24
    return Set(
      parts.flatMap { ends -> [TaskID] in
        guard let first = ends.first, let last = ends.last, first >= 0, first <= last,
          last - first < left
        else { return [] }
        left -= last - first + 1
        return (first...last).map { TaskID($0) }
      })
  }

  /// Tasks in a line: `0-5,7`.
  private static func text(of tasks: [TaskID]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for index in tasks.map(\.index).sorted() {
      if let last = ranges.last, last.upperBound + 1 == index {
        ranges[ranges.count - 1] = last.lowerBound...index
      } else {
        ranges.append(index...index)
      }
    }
    return ranges.map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }.joined(separator: ",")
  }
}

extension Run {
  /// The parameters of a model of the run, which must have been made as the run says.
  func parameters(of method: any Method, trainSeed: Int) throws -> Parameters {
    let path = folder.model(method, trainSeed: trainSeed).model
    console.read(path)
    let opened = try Checkpoint.open(URL(fileURLWithPath: path))
    let part = Plan.model(of: method, trainSeed: trainSeed, in: experiment)
    let origin = try ModelOrigin(part, in: self)
    if let (what, expected, found) = origin.difference(
      from: opened.file.metadata, ofSameHistories: false)
    {
      throw ModelOriginError.otherModel(path: path, what: what, expected: expected, found: found)
    }
    return try Checkpoint.read(opened, expecting: method.model(in: experiment))
  }
}

/// Why a model cannot be used for what it is asked.
public enum ModelOriginError: CommandError, Equatable {
  /// It is another model than the one that belongs in its place.
  case otherModel(path: String, what: String, expected: String, found: String)
  /// It learned from a task that it is to be tested on.
  case learnedFrom(path: String, task: Int, split: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .otherModel(let path, let what, let expected, let found):
      "\(path) was made with \(what) \(found), expected \(expected). Put the model of this run there again, or move the file away and run the same 'distill train'."
    case .learnedFrom(let path, let task, let split):
      "\(path) has learned from task \(task), which the settings call \(split). Evaluate it with the config.yaml of its own run, or on other tasks."
    }
  }

  public var exitStatus: ExitStatus { .badData }
}
