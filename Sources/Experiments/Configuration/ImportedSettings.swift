// The section `task` of a run whose histories were made elsewhere: what their manifest says of the tasks.

internal import Foundation
public import LearningHistories
public import Tasks

/// Tasks that histories from elsewhere are of. `distill import` writes these settings; nobody need write them by hand.
public struct ImportedSettings: FamilySettings {
  public static var family: String { "imported" }

  /// The family's name.
  public var name = ""
  /// The family's settings, such as `size=9`, if this program knows it.
  public var settings: [String] = []
  /// What observations, actions and rewards look like, as manifests have it: JSON.
  public var interface = ""
  /// The tasks of which there are histories to learn from.
  public var trainingTasks: [Int] = []
  /// The tasks that tune.
  public var validationTasks: [Int] = []
  /// The tasks that test.
  public var heldOutTasks: [Int] = []

  public init() {}

  /// What the manifest of a set says of its tasks.
  public init(_ manifest: HistoryManifest) throws {
    name = manifest.family.name
    settings = manifest.family.settings.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    interface = String(decoding: try encoder.encode(manifest.interface), as: UTF8.self)
    let split = manifest.split
    (trainingTasks, validationTasks, heldOutTasks) =
      (split.training.map(\.index), split.validation.map(\.index), split.heldOut.map(\.index))
  }

  private var decodedInterface: TaskInterface? {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try? decoder.decode(TaskInterface.self, from: Data(interface.utf8))
  }

  private var split: TaskSplit {
    TaskSplit(
      training: trainingTasks.map(TaskID.init), validation: validationTasks.map(TaskID.init),
      heldOut: heldOutTasks.map(TaskID.init))
  }

  /// The greatest number of a task.
  private static let greatestTask = 1_000_000_000

  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if name.isEmpty {
      problems.append(
        ("name", "must name the family of an imported set: make the run with 'distill import'"))
    }
    if decodedInterface == nil {
      problems.append(("interface", "must be the interface of a manifest, as JSON"))
    }
    if trainingTasks.isEmpty { problems.append(("trainingTasks", "must have a task")) }
    let all = trainingTasks + validationTasks + heldOutTasks
    if Set(all).count < all.count {
      problems.append(("trainingTasks", "and the other tasks must be different ones"))
    }
    if let wrong = all.first(where: { !(0...Self.greatestTask).contains($0) }) {
      problems.append(
        ("trainingTasks", "and the other tasks must be 0 to \(Self.greatestTask), not \(wrong)"))
    }
    return problems
  }

  /// The family with its worlds if this program knows it as it is described, otherwise without.
  public func makeFamily() -> any TaskFamily {
    guard let interface = decodedInterface else {
      preconditionFailure("impossible settings: \(problems)")
    }
    let pairs = settings.map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
    let described = HistoryManifest.Described(
      name: name,
      settings: Dictionary(
        pairs.filter { $0.count == 2 }.map { ($0[0], $0[1]) }, uniquingKeysWith: { $1 }))
    let last = (trainingTasks + validationTasks + heldOutTasks).max() ?? 0
    if let known = try? TaskSettings(described, path: "").makeFamily(),
      known.interface == interface, last < known.taskCount
    {
      return known.giving(split)
    }
    return FamilyWithoutWorlds(name: name, interface: interface, split: split)
  }
}
