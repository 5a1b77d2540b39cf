// What a run is made of: parts, each of which is made as a whole, names what it needs, which settings bind it, and has
// files of its own. In order: what all parts say, and the three kinds: the histories of a task, a model of a
// method and seed, the returns of a method in a condition, split and seed.

internal import Foundation
internal import LearningHistories
public import Tasks

/// A piece of a run that is made as a whole.
public protocol Part: Sendable {
  /// What it is called, such as `models/ad/seed-0`: unique within a run.
  var key: String { get }
  /// What it comes about in.
  var kind: PartKind { get }
  /// The keys of the parts that it is made from.
  var needs: [String] { get }
  /// The sections of settings that it is made with, those of what it needs included.
  var sections: Set<String> { get }
  /// The files that it leaves, as paths within the run folder.
  var files: [String] { get }
  /// How far it has come in a run folder.
  func state(in folder: RunFolder) -> PartState
  /// The bytes of memory that making it cannot do without.
  func leastMemory(in experiment: Experiment, workers: Int) -> Int
  /// What making all of it takes.
  func estimate(by estimator: Estimator) throws -> PartEstimate
}

/// How far a part has come.
public enum PartState: Equatable, Sendable {
  /// There is nothing of it.
  case missing
  /// It was interrupted, and can go on: what is there, for people.
  case begun(String)
  /// All its files are there.
  case done
}

/// The settings that bind what is recorded.
enum Sections {
  static let tasks: Set<String> = ["seed", "task", "split"]
  static let histories: Set<String> = tasks.union(["source", "collect"])

  /// The settings that bind a method's models.
  static func models(of method: any Method) -> Set<String> {
    let needed = method.needs == .histories ? histories : tasks
    return needed.union(method.sections)
  }

  /// The settings that bind the returns of a method in a condition, or of the source.
  static func returns(of evaluated: EvaluatedMethod) -> Set<String> {
    guard let method = evaluated.method else { return tasks.union(["source", "evaluate"]) }
    let shown: Set<String> = evaluated.condition.beginning == .empty ? [] : ["source"]
    return models(of: method).union(shown).union(["evaluate"])
  }
}

/// The recorded histories of a task: a shard.
public struct HistoriesPart: Part {
  public let task: TaskID
  /// The place of the task among those recorded together, ascending, from 0.
  let index: Int
  /// The folder of the set within the run folder.
  let folder: String
  public let sections: Set<String>

  /// Whether it is the source's own learning on tasks that models are tested on.
  var isOfSource: Bool { folder != "histories" }
  public var key: String { folder + Self.keyEnd + "\(task)" }
  public var kind: PartKind { .collect }
  private static let keyEnd = "/task-"

  /// The folder of the histories that a key calls; nil if it is another part's.
  static func folder(ofKey key: String) -> String? {
    key.range(of: keyEnd).map { String(key[..<$0.lowerBound]) }
  }

  public var needs: [String] { [] }
  public var files: [String] { ["\(folder)/\(ShardSchema.fileName(ofShard: index))"] }

  public func state(in folder: RunFolder) -> PartState {
    FileManager.default.fileExists(atPath: "\(folder.path)/\(files[0])") ? .done : .missing
  }
}

/// A model of a method and a training seed.
public struct ModelPart: Part {
  /// How it comes about.
  public let method: any Method
  /// The training seed.
  public let trainSeed: Int
  public let needs: [String]

  public var key: String { "models/\(method.name)/seed-\(trainSeed)" }
  public var kind: PartKind { .train }
  public var sections: Set<String> { Sections.models(of: method) }
  public var files: [String] {
    ["config.json", "training.csv", "training.tfevents", "model.safetensors"].map { "\(key)/\($0)" }
  }

  public func state(in folder: RunFolder) -> PartState {
    let model = folder.model(method, trainSeed: trainSeed)
    if model.isComplete { return .done }
    guard FileManager.default.fileExists(atPath: model.checkpoint) else { return .missing }
    return .begun("has a checkpoint")
  }
}

/// The returns of a method's models of a training seed, or of the source, on the tasks of a split.
public struct ReturnsPart: Part {
  /// What acts, and in which condition.
  public let evaluated: EvaluatedMethod
  /// Whose tasks it acts in.
  public let split: EvaluatedSplit
  /// The training seed; nil for the source.
  public let trainSeed: Int?
  public let needs: [String]

  public var key: String {
    "returns/\(split.rawValue)/\(evaluated.name)" + (trainSeed.map { "/seed-\($0)" } ?? "")
  }
  public var kind: PartKind { .evaluate }
  public var sections: Set<String> { Sections.returns(of: evaluated) }
  public var files: [String] {
    let folder = RunFolder("")
    return [folder.returnsPart(evaluated.name, on: split.rawValue, trainSeed: trainSeed)]
      .map { String($0.dropFirst()) }
  }

  public func state(in folder: RunFolder) -> PartState {
    let path = folder.returnsPart(evaluated.name, on: split.rawValue, trainSeed: trainSeed)
    return FileManager.default.fileExists(atPath: path) ? .done : .missing
  }
}
