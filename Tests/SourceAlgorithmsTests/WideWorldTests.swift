// What a step may be beyond cells and one choice: vectors that observations carry, categories, factored actions, rewards
// that are any number.

import Layers
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

/// Shows a number between −1 and 1 in every step, as a vector or as one of eight categories; the right action is 1
/// where it is positive, and pays 0.7.
private struct Sign: Environment {
  let sight: Sight

  var interface: TaskInterface {
    TaskInterface(sight: sight, actionCount: 2, episodeLength: 10, rewards: nil)
  }

  func reset(using random: inout Random) -> Float { 2 * random.uniform() - 1 }

  func observation(of state: Float) -> Observation {
    switch sight {
    case .floats: Observation(floats: [state, 0.5])
    case .categories: Observation(bytes: [UInt8(4 * (state + 1)), 3])
    default: Observation(bytes: [UInt8(127.5 * (state + 1)), 9])
    }
  }

  func step(_ state: inout Float, _ action: Int, using random: inout Random) -> Transition {
    let isRight = (state > 0) == (action == 1)
    state = 2 * random.uniform() - 1
    return .step(reward: isRight ? 0.7 : 0)
  }
}

/// Two dials of three and four positions and a lamp; where each dial should stand follows from the lamp.
private struct Dials: Environment {
  let interface = TaskInterface(
    observationSizes: [2], actionFactors: [3, 4], episodeLength: 10, rewards: nil)

  func reset(using random: inout Random) -> Int { random.below(2) }
  func observation(of state: Int) -> Observation { Observation(UInt8(state), 0) }

  func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
    let right = state == 0 ? [2, 1] : [0, 3]
    let choices = interface.choices(of: action)
    let reward: Float = (choices[0] == right[0] ? 0.25 : 0) + (choices[1] == right[1] ? 0.5 : 0)
    state = random.below(2)
    return .step(reward: reward)
  }
}

@Suite struct `Beyond cells and one choice` {
  private static var a3c: A3CSettings {
    var settings = A3CSettings()
    (settings.actors, settings.episodes, settings.hiddenWidth) = (4, 200, 32)
    settings.learningRate = 2e-3
    return settings
  }

  private static var dqn: DQNSettings {
    var settings = DQNSettings()
    (settings.actors, settings.episodes, settings.sight.widths) = (4, 150, [32])
    (settings.learningRate, settings.discount) = (3e-3, 0)
    return settings
  }

  @Test(
    arguments: [
      Sight.floats(count: 2), .categories(shape: [2], values: 8), .tensor(shape: [2]),
    ])
  func `A3C and DQN learn what observations carry`(sight: Sight) throws {
    for learner: any SourceLearner in [A3C(Self.a3c), DQN(Self.dqn)] {
      let earned = try lastTenth(of: learner, in: Sign(sight: sight), optimum: 7, seed: 1)
      #expect(earned > 0.9, "\(learner.name)")
    }
  }

  @Test func `A3C learns a product of choices, DQN joined ones`() throws {
    for learner: any SourceLearner in [A3C(Self.a3c), DQN(Self.dqn)] {
      let earned = try lastTenth(of: learner, in: Dials(), optimum: 7.5, seed: 1)
      #expect(earned > 0.9, "\(learner.name)")
    }
  }

  @Test func `episodes keep what is carried, actions beyond a byte and what an expert would do`() {
    var episode = Episode()
    let seen = [[0.5, 1], [-2, 0]].map { Observation(floats: $0) }
    episode.append(seen[0], 65_535, .step(reward: 0.1))
    episode.append(seen[1], 3, .terminated(reward: -7.25), expertAction: 4)
    #expect(episode.steps.map(\.observation) == seen)
    #expect(episode.steps.map(\.action) == [65_535, 3])
    #expect(episode.steps.map(\.reward) == [0.1, -7.25])
    #expect(episode.steps.map(\.expertAction) == [nil, 4])
    #expect(episode.isTerminated)
    episode.removeAll()
    episode.append(Observation(1, 2), 0, .step(reward: 0))
    #expect(episode.steps.first?.observation == Observation(1, 2))
    #expect(episode.expertAction(at: 0) == nil && !episode.isTerminated)
  }

  @Test func `a stream is its learner's behaviour, copied from nobody, unless it says otherwise`() {
    let lived = StreamedEpisode(stream: 1, learnerSteps: 2, episode: Episode())
    #expect(lived.role == .behaviour && lived.parent == nil)
  }
}
