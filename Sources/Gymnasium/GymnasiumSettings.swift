// The settings of a family of Gymnasium tasks.

internal import Foundation
internal import LearningHistories
public import Tasks

/// The settings of `GymnasiumFamily`.
public struct GymnasiumSettings: FamilySettings {
  public static var family: String { "gymnasium" }
  public static var withoutResult: Set<String> { ["secondsPerStep"] }

  /// The environment: the name it is registered by, such as FrozenLake-v1, after the module that registers it and a
  /// colon, such as minigrid:MiniGrid-Empty-5x5-v0, or after a file of Python, such as my_world.py:MyWorld-v0.
  public var environment = "FrozenLake-v1"
  /// The tasks: the path of a YAML file, or what it says as JSON.
  public var tasks = #"{"seeds":{"count":100,"from":0}}"#
  /// Steps of an episode, at most; 0 for what the environment says, which is then noted here.
  public var episodeLength = 0
  /// What models multiply rewards by before they read them, so that they are of order one.
  public var rewardScale = 1.0
  /// The seconds after which an environment that does not answer is given up.
  public var secondsPerStep = 60.0
  /// What is observed and done: JSON with the keys of `interface` in data/schema.md. Asked of the environment where it is
  /// empty, and then noted here.
  public var interface = ""
  /// The parts of observations that models and learners do not see, since they are no numbers, such as texts; noted with
  /// the interface.
  public var unseen: [String] = []

  public init() {}

  /// Reads the file of tasks, and asks the environment what is observed and done.
  public mutating func resolve() -> [(key: String, message: String)] {
    if !tasks.trimmingPrefix(while: \.isWhitespace).hasPrefix("{") {
      guard let text = try? String(contentsOfFile: tasks, encoding: .utf8) else {
        return [("tasks", "names a file that cannot be read: \(tasks)")]
      }
      do {
        tasks = try GymnasiumTaskList(text).json
      } catch {
        return [("tasks", "names a file that \(Self.reason(error)): \(tasks)")]
      }
    }
    guard interface.isEmpty, problemsOfValues.isEmpty else { return [] }
    do {
      let all = try GymnasiumTaskList.tasks(in: tasks)
      let asked = try WorkerProcess.describe(
        WorkerSettings(
          environment: environment, tasks: all, episodeLength: episodeLength,
          secondsPerStep: secondsPerStep),
        rewardScale: Float(rewardScale))
      interface = asked.interface.json
      episodeLength = asked.interface.episodeLength
      unseen = asked.unseen
      return []
    } catch let error as GymnasiumError {
      if case .cannotStart(_, let reason) = error { return [("environment", reason)] }
      return [("environment", "cannot be asked for its spaces: \(error)")]
    } catch {
      return [("tasks", Self.reason(error))]
    }
  }

  public var problems: [(key: String, message: String)] {
    var problems = problemsOfValues
    do {
      _ = try GymnasiumTaskList.tasks(in: tasks)
    } catch {
      problems.append(("tasks", Self.reason(error)))
    }
    if problems.isEmpty && knownInterface == nil {
      problems.append(("interface", "must be the JSON of an interface, as data/schema.md says"))
    }
    return problems
  }

  public var notes: [String] {
    unseen.isEmpty
      ? []
      : [
        "\(environment) also shows \(unseen.joined(separator: ", ")), which is no number and is left out"
      ]
  }

  public func makeFamily() -> any TaskFamily { GymnasiumFamily(self) }

  /// What is observed and done, if it was asked.
  var knownInterface: TaskInterface? {
    guard let asked = try? TaskInterface(json: interface) else { return nil }
    return TaskInterface(
      observationSizes: asked.observationSizes, sight: asked.sight,
      actionFactors: asked.actionFactors,
      episodeLength: episodeLength > 0 ? episodeLength : asked.episodeLength, rewards: nil,
      rewardScale: Float(rewardScale))
  }

  private var problemsOfValues: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if environment.isEmpty { problems.append(("environment", "must name an environment")) }
    if !(0...TaskInterface.greatestEpisodeLength).contains(episodeLength) {
      problems.append(
        (
          "episodeLength",
          "must be 0 to \(TaskInterface.greatestEpisodeLength) steps, not \(episodeLength)"
        ))
    }
    for (key, value) in [("rewardScale", rewardScale), ("secondsPerStep", secondsPerStep)]
    where !(value.isFinite && value > 0 && Float(value) > 0 && value <= 1e6) {
      problems.append((key, "must be above 0, at most 1000000, not \(value)"))
    }
    return problems
  }

  private static func reason(_ error: any Error) -> String {
    (error as? TaskListProblem)?.reason ?? "\(error)"
  }
}
