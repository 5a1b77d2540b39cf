// A training that goes on with another learning rate than it began with, as after a divergence: what may change, and
// what checkpoint and model tell of it. The settings of the run stay as they are, and bind as before. Refuses to change
// what shapes the model, its data or its length.

internal import Foundation
internal import Models
internal import TensorFiles
internal import Training

/// Settings that a model's training was given on the way.
struct ChangedSettings: Codable, Equatable {
  /// The updates done before.
  let after: Int
  /// The values from there on, as YAML, by their paths.
  let settings: [String: String]

  /// The name in the metadata of checkpoints and models.
  static let key = "went_on"

  /// What may change on the way, in any section.
  static let changeable = [
    "learning_rate", "final_learning_rate_fraction", "gradient_clip_norm",
  ]

  /// What a checkpoint or a model tells; nothing if its settings never changed.
  /// - Parameter path: The file, for errors.
  static func all(
    in metadata: [String: String], of path: String
  ) throws(CheckpointError) -> [ChangedSettings] {
    guard let text = metadata[key] else { return [] }
    guard let found = try? JSONDecoder().decode([Self].self, from: Data(text.utf8)) else {
      throw .notAModel(path: path, found: "its metadata '\(key)' cannot be read")
    }
    return found
  }

  /// What the metadata tell of changes; nothing if there are none.
  static func metadata(of changes: [ChangedSettings]) -> [String: String] {
    guard !changes.isEmpty else { return [:] }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let json = try? encoder.encode(changes) else {
      preconditionFailure("texts cannot be written as JSON: \(changes)")
    }
    return [key: String(decoding: json, as: UTF8.self)]
  }

  /// The end of a sentence, such as `after 200 updates with train.learning_rate 0.001`.
  var words: String {
    let values = settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return "after \(after) updates with \(values.joined(separator: ", "))"
  }
}

extension ExperimentConfiguration {
  /// These settings after changes on the way.
  func with(
    _ changes: [ChangedSettings], planning method: any Method
  ) throws -> ExperimentConfiguration {
    try changes.reduce(self) { configuration, change in
      try configuration.with(
        change.settings.sorted { $0.key < $1.key }
          .map { SettingOverride(set: "\($0.key)=\($0.value)") },
        planning: [method])
    }
  }
}

extension Run {
  /// What a training is given on the way, by its checkpoint, and from there on by a command.
  /// - Parameter overrides: What the command changes; nil if it only finishes what is begun.
  func changes(
    of part: ModelPart, goingOnWith overrides: [SettingOverride]?
  ) throws -> [ChangedSettings] {
    let files = TrainingFiles(
      in: URL(fileURLWithPath: folder.model(part.method, trainSeed: part.trainSeed).path))
    let path = files.checkpoint.relativePath
    let saved = try files.readCheckpoint()
    let earlier = try saved.map { try ChangedSettings.all(in: $0.metadata, of: path) } ?? []
    guard let overrides else { return earlier }
    guard let saved else { throw GoingOnError.noCheckpoint(path: path) }
    let before = try configuration.with(earlier, planning: part.method)
    let wanted = try before.with(overrides, planning: [part.method])
    let differences = wanted.differences(from: before)
    guard !differences.isEmpty else { return earlier }
    let changeable = part.method.sections.flatMap { section in
      ChangedSettings.changeable.map { "\(section).\($0)" }
    }
    for difference in differences where !changeable.contains(difference.path) {
      let known = Set(before.texts(in: Set(part.method.sections)).keys)
      throw GoingOnError.bound(
        setting: difference.path, changeable: changeable.filter(known.contains))
    }
    let values = differences.map { ($0.path, $0.first) }
    return earlier + [
      ChangedSettings(
        after: saved.updates, settings: Dictionary(values, uniquingKeysWith: { $1 }))
    ]
  }

  /// What the report says of the models whose settings changed on the way, a sentence each.
  func changesOnTheWay() throws -> [String] {
    try Registry.methods.flatMap { method in
      try folder.trainedSeeds(of: method).compactMap { seed in
        let path = folder.model(method, trainSeed: seed).model
        let file = try Checkpoint.open(URL(fileURLWithPath: path)).file
        let changes = try ChangedSettings.all(in: file.metadata, of: path)
        guard !changes.isEmpty else { return nil }
        let words = changes.map(\.words).joined(separator: ", then ")
        return "The training of \(method.label), seed \(seed), went on \(words)."
      }
    }
  }
}

/// Why a training cannot go on with other settings.
public enum GoingOnError: CommandError, Equatable {
  /// There is nothing to go on from.
  case noCheckpoint(path: String)
  /// The setting shapes what was trained so far.
  case bound(setting: String, changeable: [String])

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .noCheckpoint(let path):
      "\(path) does not exist, so there is nothing to go on from. Train from the beginning, with --overwrite in place of --go-on."
    case .bound(let setting, let changeable):
      "--go-on cannot change \(setting), with which the model was begun. It changes \(changeable.joined(separator: ", ")); for others, pass --overwrite in its place."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .noCheckpoint: .missingInput
    case .bound: .usage
    }
  }
}
