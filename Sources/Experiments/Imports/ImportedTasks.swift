// Tasks and learners that histories from elsewhere are of, where this program has none: what a configuration says of
// them is what the set says. Nothing can act in such tasks, and such a learner cannot learn again.

internal import Foundation
internal import LearningHistories
internal import Randomness
public import SourceAlgorithms
public import Tasks

/// The tasks of a set from elsewhere, of which nothing is known but their histories.
public struct ImportedTasks: FamilySettings {
  /// What the set calls the family.
  public var name = "imported"
  /// The number of tasks, which are numbered from 0.
  public var tasks = 100
  /// What is observed, done and rewarded: JSON with the keys of `interface` in data/schema.md.
  public var interface = #"{"action_count":2,"episode_length":20,"observation_sizes":[]}"#

  /// A hundred tasks that show nothing.
  public init() {}

  /// The tasks of a set.
  init(_ manifest: HistoryManifest) {
    name = manifest.family.name
    let greatest = Split.allCases.flatMap(manifest.split.tasks(in:)).max()?.index ?? 0
    tasks = greatest + 1
    interface = manifest.interface.json
  }

  /// `imported`.
  public static let family = "imported"

  /// What no set's tasks are.
  public var problems: [(key: String, message: String)] {
    var problems = self.problems(above: [("tasks", tasks, 1_000_000_000)])
    if tasks < 2 { problems.append(("tasks", "must be 2 or more, not \(tasks)")) }
    do {
      _ = try TaskInterface(json: interface)
    } catch {
      problems.append(("interface", "must be the JSON of an interface, as data/schema.md says"))
    }
    return problems
  }

  public func makeFamily() -> any TaskFamily { ImportedFamily(self) }
}

/// Tasks that histories are of, and nothing can act in.
struct ImportedFamily: TaskFamily {
  let name: String
  let interface: TaskInterface
  let taskCount: Int

  init(_ settings: ImportedTasks) {
    guard let interface = try? TaskInterface(json: settings.interface) else {
      preconditionFailure("no interface is \(settings.interface)")
    }
    name = settings.name
    self.interface = interface
    taskCount = settings.tasks
  }

  func task(_ id: TaskID) -> ImportedWorld { ImportedWorld(interface: interface) }
  func label(of id: TaskID) -> String { "task \(id)" }
  /// Not known.
  func randomReturn(of id: TaskID) -> Double { .nan }
}

/// A world that only its histories are known of.
struct ImportedWorld: Environment {
  struct Unknown: Error {}

  let interface: TaskInterface

  func reset(using random: inout Random) throws(Unknown) { throw Unknown() }
  func observation(of state: Void) -> Observation { .empty }
  func step(
    _ state: inout Void, _ action: Int, using random: inout Random
  ) throws(Unknown) -> Transition { throw Unknown() }
}

/// The learner of a set from elsewhere.
public struct ImportedSource: LearnerSettings {
  /// What the set calls it.
  public var name = "imported"
  /// The most episodes of a history.
  public var episodes = 100

  /// A learner of a hundred episodes.
  public init() {}

  /// `imported`.
  public static let algorithm = "imported"

  /// What no learner is.
  public var problems: [(key: String, message: String)] {
    self.problems(above: [("episodes", episodes, 1_000_000_000)])
      + (episodes < 1 ? [("episodes", "must be 1 or more, not \(episodes)")] : [])
  }

  public func makeLearner() -> any SourceLearner { ImportedLearner(settings: self) }
}

/// A learner whose histories are all there is of it.
struct ImportedLearner: SourceLearner {
  let settings: ImportedSource

  var name: String { settings.name }
  var streamCount: Int { 1 }
  var episodesPerStream: Int { settings.episodes }

  func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws { throw ImportError.cannotLearnAgain(learner: name) }
}

extension TaskSettings {
  /// Whether there are worlds, not only histories of them.
  var canBeActedIn: Bool { !(settings is ImportedTasks) }
}

extension SourceSettings {
  /// Whether histories come from elsewhere.
  var isImported: Bool { settings is ImportedSource }
}
