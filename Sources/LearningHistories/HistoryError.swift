// What can be wrong with recorded histories, a case for each cause; each message says what to do.

public import Tasks
public import TensorFiles

/// Histories that cannot be read, or not be written where they should.
public enum HistoryError: Error, Equatable, CustomStringConvertible {
  /// There is no folder of that name.
  case missingFolder(path: String)
  /// The folder has no manifest, so the collection never came to its end.
  case missingManifest(folder: String)
  /// The manifest is no manifest.
  case unreadableManifest(path: String, reason: String)
  /// A file of another version of the schema.
  case wrongVersion(path: String, expected: ClosedRange<Int>, found: String)
  /// The manifest lists a shard that is not there.
  case missingShard(path: String)
  /// A shard's file is not whole.
  case damagedShard(TensorFileError)
  /// A whole tensor file, but its contents are no histories.
  case notAShard(path: String, reason: String)
  /// A shard's size is not what the manifest says.
  case wrongSize(path: String, expected: Int, found: Int)
  /// A shard's contents are not those the manifest was written for.
  case wrongChecksum(path: String, expected: String, found: String)
  /// A file that other settings made.
  case otherSettings(path: String, expected: String, found: String)
  /// A set that was recorded with another value of a setting than the one at hand.
  case madeWith(path: String, setting: String, expected: String, found: String)
  /// A shard and the manifest say different things.
  case contradiction(path: String, what: String, expected: String, found: String)
  /// Something in a shard that the tasks of the family in use cannot have.
  case foreign(path: String, what: String, expected: String, found: String)
  /// One task has two roles in the manifest's split, or is none of the split's.
  case impossibleSplit(path: String, task: TaskID)
  /// The set was collected with another split than the one in use.
  case otherSplit(path: String)
  /// The folder or a file in it cannot be written.
  case unwritable(TensorFileError)
  /// An episode to be written has no steps.
  case emptyEpisode(HistoryPlace, episode: Int)
  /// An episode to be written has more steps than the interface lets it have.
  case longEpisode(HistoryPlace, episode: Int, steps: Int, most: Int)
  /// A step to be written has something that the interface does not let it have.
  case impossibleStep(
    HistoryPlace, episode: Int, step: Int, what: String, expected: String, found: String)
  /// What is said of an episode to be written does not fit what was said of its history before.
  case impossibleEpisode(HistoryPlace, episode: Int, reason: String)
  /// Histories to be written that cannot be the shard of a task.
  case impossibleShard(task: TaskID, reason: String)
  /// A set to be written that no manifest can describe.
  case impossibleSet(reason: String)
  /// The manifest was to be written before the shards of all tasks.
  case unfinished(folder: String, missing: [TaskID])

  /// What is wrong, with what was expected and found, and the next step.
  public var description: String {
    switch self {
    case .missingFolder(let path):
      "\(path) does not exist. Make it with `distill collect`."
    case .missingManifest(let folder):
      "\(folder) has no \(ShardSchema.manifestName), so its collection is unfinished. "
        + "Run the same `distill collect` to finish it; a set from elsewhere needs one as data/schema.md says."
    case .unreadableManifest(let path, let reason):
      "\(path) is not a manifest of histories: \(reason). \(Self.makeAgain)"
    case .wrongVersion:
      "\(problem) "
        + "Collect the histories again with this program, or read them with the one that wrote them."
    case .missingShard:
      "\(problem) Run the same `distill collect` to make it again."
    case .damagedShard, .notAShard: "\(problem) \(Self.makeAgain)"
    case .foreign: "\(problem) Write it for the tasks of this family."
    case .wrongSize(let path, let expected, let found):
      "\(path) has \(grouped(found)) bytes, the manifest says \(grouped(expected)). "
        + Self.makeAgain
    case .wrongChecksum(let path, let expected, let found):
      "\(path) has the SHA-256 \(found), the manifest says \(expected). \(Self.makeAgain)"
    case .otherSettings(let path, let expected, let found):
      "\(path) was made with other settings (\(found), now \(expected)). "
        + "Collect into another folder."
    case .madeWith(let path, let setting, let expected, let found):
      "\(path) was made with \(setting) \(found), the settings here say \(expected). "
        + "Use the settings that it was made with, or collect into another folder."
    case .contradiction(let path, let what, let expected, let found):
      "\(path) has \(what) \(found), the manifest says \(expected). \(Self.makeAgain)"
    case .impossibleSplit(let path, let task):
      "\(path) does not give task \(task) exactly one role: training, validation or held-out. "
        + Self.makeAgain
    case .otherSplit(let path):
      "\(path) was written for another split of the tasks. "
        + "Use the settings it was collected with, or collect into another folder."
    case .unwritable(let error):
      "\(error)"
    case .emptyEpisode(let place, let episode):
      "Episode \(episode) of \(place) has no steps. Leave it out, or write what was lived in it."
    case .longEpisode(let place, let episode, let steps, let most):
      "Episode \(episode) of \(place) has \(grouped(steps)) steps, expected at most "
        + "\(grouped(most)). Cut it there, or give the set an interface with a longer episode."
    case .impossibleStep(let place, let episode, let step, let what, let expected, let found):
      "Step \(step) of episode \(episode) of \(place) has \(what) \(found), expected \(expected). "
        + "Write what the interface of the set allows, or give the set another interface."
    case .impossibleEpisode(let place, let episode, let reason):
      "Episode \(episode) of \(place) cannot be written: \(reason)."
    case .impossibleShard(let task, let reason):
      "The histories of task \(task) cannot be written: \(reason)."
    case .impossibleSet(let reason):
      "The set of histories cannot be written: \(reason)."
    case .unfinished(let folder, let missing):
      "\(folder) lacks the histories of "
        + (missing.count == 1 ? "task " : "\(missing.count) tasks, the first of them ")
        + "\(missing.first.map { "\($0)" } ?? ""). Write them before the manifest."
    }
  }

  /// The file or folder of a set that was read; nil if the error is of one that was to be written.
  package var path: String? {
    switch self {
    case .missingFolder(let path), .missingManifest(let path), .unreadableManifest(let path, _),
      .wrongVersion(let path, _, _), .missingShard(let path), .notAShard(let path, _),
      .wrongSize(let path, _, _), .wrongChecksum(let path, _, _), .otherSettings(let path, _, _),
      .madeWith(let path, _, _, _), .contradiction(let path, _, _, _), .foreign(let path, _, _, _),
      .impossibleSplit(let path, _), .otherSplit(let path):
      path
    case .damagedShard(let error): error.path
    default: nil
    }
  }

  /// What is wrong with a shard, without a next step: that of a file which this program did not write is
  /// another.
  package var problem: String {
    switch self {
    case .wrongVersion(let path, let expected, let found):
      "\(path) has version \(found) of the schema, this program reads \(expected.lowerBound) to "
        + "\(expected.upperBound)."
    case .missingShard(let path): "\(path) is missing."
    case .damagedShard(let error): "\(error)"
    case .notAShard(let path, let reason): "\(path) is not a shard of histories: \(reason)."
    case .foreign(let path, let what, let expected, let found):
      "\(path) has \(what) \(found), expected \(expected)."
    default: description
    }
  }

  private static let makeAgain =
    "If it was recorded here, move it away and run the same `distill collect`; otherwise write or copy it again."
}
