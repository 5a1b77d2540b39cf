// A world that notes what is looked at: every state has a number of its own, and is shown as a vector whose
// drawing is noted.

import Layers
import Randomness
import SourceAlgorithms
import Synchronization
import Tasks

/// What was numbered and what was looked at.
final class Witness: Sendable, Renderer {
  private let numbered = Mutex(0)
  private let seen = Mutex<[Int]>([])

  /// The number of the next state.
  func number() -> Int {
    numbered.withLock {
      $0 += 1; return $0
    }
  }

  /// What was looked at since this was last asked.
  func take() -> [Int] {
    seen.withLock { seen in
      defer { seen = [] }
      return seen
    }
  }

  func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>) {
    let number = (0..<4).reduce(0) { $0 + Int(observation[$1]) << (8 * $1) }
    seen.withLock { $0.append(number) }
    bytes[0] = observation[0]
  }
}

/// Episodes of seven steps.
struct Watched: Environment {
  let witness: Witness
  let interface = TaskInterface(
    observationSizes: [256, 256, 256, 256], sight: .vector(count: 1), actionCount: 2,
    episodeLength: 7, rewards: [0])

  var renderer: (any Renderer)? { witness }

  func reset(using random: inout Random) -> Int { witness.number() }

  func observation(of state: Int) -> Observation {
    Observation(
      components: SIMD4((0..<4).map { UInt8(truncatingIfNeeded: state >> (8 * $0)) }))
  }

  func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
    state = witness.number()
    return .step(reward: 0)
  }
}

/// What actors lived and what was learned from it.
struct WatchedLives {
  /// A step of an actor.
  struct Place: Hashable {
    let actor: Int
    let step: Int
  }

  /// Rollouts of states, the last of which is not learned from.
  struct Update {
    /// The steps that each actor had taken.
    let steps: Int
    let rollouts: [[Place]]
  }

  private(set) var updates: [Update] = []

  /// Some steps of every actor, none of which comes to its last episode.
  init(_ settings: DQNSettings, steps: Int) throws {
    let witness = Witness()
    let world = Watched(witness: witness)
    var random = Seed(1).random(for: "source")
    let values = ActionValues(DQN(settings), world, using: &random)
    var run = DQNRun(
      settings, world, values, episodes: steps, exploration: settings.initialExploration,
      using: &random)
    var places: [Int: Place] = [:]
    for step in 1...steps {
      try run.advance(using: &random) { _ in }
      let seen = witness.take()
      for (actor, number) in seen.prefix(settings.actors).enumerated() {
        places[number] = Place(actor: actor, step: step - 1)
      }
      // What is seen now is learned from before it is acted on.
      let learned = seen.dropFirst(settings.actors)
      let states = settings.rollout + 1
      for first in stride(
        from: learned.startIndex, to: learned.endIndex, by: settings.batch * states)
      {
        let rollouts = (0..<settings.batch).map { rollout in
          (0..<settings.rollout).compactMap { places[learned[first + rollout * states + $0]] }
        }
        updates.append(Update(steps: step, rollouts: rollouts))
      }
    }
  }
}
