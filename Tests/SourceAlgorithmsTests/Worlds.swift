import Randomness
import SourceAlgorithms
import Tasks

/// A corridor of four cells: action 1 goes right, action 0 stays; the last cell ends the episode.
struct Corridor: Environment {
  let interface = TaskInterface(
    observationSizes: [4], actionCount: 2, episodeLength: 6, rewards: [0, 1])

  func reset(using random: inout Random) -> UInt8 { 0 }

  func observation(of state: UInt8) -> Observation { Observation(state, 0) }

  func step(_ state: inout UInt8, _ action: Int, using random: inout Random) -> Transition {
    state += UInt8(action)
    return state == 3 ? .terminated(reward: 1) : .step(reward: 0)
  }
}

/// Three levers in the dark, or before something that never changes; the second pays.
struct Levers: Environment {
  var observationSizes: [Int] = []

  var interface: TaskInterface {
    TaskInterface(
      observationSizes: observationSizes, actionCount: 3, episodeLength: 10, rewards: [0, 1])
  }

  func reset(using random: inout Random) {}

  func observation(of state: Void) -> Observation { .empty }

  func step(_ state: inout Void, _ action: Int, using random: inout Random) -> Transition {
    .step(reward: action == 1 ? 1 : 0)
  }
}

/// A copy of what a learner lent.
struct Lived: Equatable {
  let stream: Int
  let learnerSteps: Int
  let episode: Episode

  init(_ lent: borrowing StreamedEpisode) {
    stream = lent.stream
    learnerSteps = lent.learnerSteps
    episode = lent.episode
  }
}

/// The mean return of the last tenth of all streams, as a part of the optimum.
func lastTenth(
  of learner: some SourceLearner, in task: some Environment, optimum: Double, seed: UInt64
) throws -> Double {
  var random = Seed(seed).random(for: "source")
  var counts = [Int](repeating: 0, count: learner.streamCount)
  let first = learner.episodesPerStream * 9 / 10
  var sum = 0.0
  try learner.learn(task, using: &random) { lived in
    if counts[lived.stream] >= first { sum += lived.episode.return }
    counts[lived.stream] += 1
  }
  let episodes = Double((learner.episodesPerStream - first) * learner.streamCount)
  return sum / episodes / optimum
}
