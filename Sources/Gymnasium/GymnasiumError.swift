// What can go wrong with environments of another program.

internal import Foundation
public import Tasks

/// Why a Gymnasium environment cannot be used any further.
public enum GymnasiumError: Error, Equatable, CustomStringConvertible {
  /// No worker could be started, or none that speaks this protocol.
  case cannotStart(environment: String, reason: String)
  /// An environment failed while it was made, reset or stepped.
  case failed(environment: String, place: GymnasiumPlace, reason: String)
  /// More environments are open at once than the memory shared with workers holds.
  case tooMany(environment: String, greatest: Int)

  /// The environment, where it was, what happened.
  public var description: String {
    switch self {
    case .cannotStart(let environment, let reason): "\(environment): \(reason)"
    case .failed(let environment, let place, let reason): "\(environment), \(place): \(reason)"
    case .tooMany(let environment, let greatest):
      "\(environment): more than \(greatest) environments are open at once. "
        + "Evaluate fewer tasks or seeds together."
    }
  }
}

/// Where in a life something happened.
public struct GymnasiumPlace: Equatable, Sendable, CustomStringConvertible {
  /// The task.
  public let task: TaskID
  /// What distinguishes the task.
  public let label: String
  /// The episode of the environment, from 0.
  public let episode: Int
  /// The step within the episode, from 1; 0 while it begins.
  public let step: Int

  /// Such as `task 3 (size 8), episode 12, step 5`.
  public var description: String {
    let step = step == 0 ? "at its beginning" : "step \(self.step)"
    return "task \(task) (\(label)), episode \(episode), \(step)"
  }
}
