// Worlds whose returns give away what was done in them, and a small model to act.

import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport

/// Tasks in which an action's reward is its number, so that returns follow every action; an action of
/// 0 may end the episode.
struct CountingFamily: TaskFamily {
  struct World: Environment {
    let number: Int
    let endsAtZero: Bool
    let interface = TaskInterface(
      observationSizes: [8, 4], actionCount: 4, episodeLength: 5, rewards: [0, 1, 2, 3])

    func reset(using random: inout Random) -> Int { 0 }

    func observation(of state: Int) -> Observation {
      Observation(UInt8(state), UInt8(number))
    }

    func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
      state += 1
      return endsAtZero && action == 0 ? .terminated(reward: 0) : .step(reward: Float(action))
    }
  }

  var endsAtZero = false
  var name: String { "counting" }
  var taskCount: Int { 4 }
  var interface: TaskInterface { task(TaskID(0)).interface }
  func task(_ id: TaskID) -> World { World(number: id.index, endsAtZero: endsAtZero) }
  func label(of id: TaskID) -> String { "\(id)" }
  func mapPoint(of observation: Observation) -> (x: Double, y: Double)? {
    (Double(observation[0]) / 6, -Double(observation[1]) / 4)
  }
  func optimalReturn(of id: TaskID) -> Double? { 15 }
  func randomReturn(of id: TaskID) -> Double { 7.5 }
}

/// Tasks whose episodes go on by chance, with a reward of 1 for every step.
struct FleetingFamily: TaskFamily {
  struct World: Environment {
    let interface = TaskInterface(
      observationSizes: [2], actionCount: 3, episodeLength: 7, rewards: [1])

    func reset(using random: inout Random) {}
    func observation(of state: Void) -> Observation { Observation(1, 0) }

    func step(_ state: inout Void, _ action: Int, using random: inout Random) -> Transition {
      random.chance(0.3) ? .terminated(reward: 1) : .step(reward: 1)
    }
  }

  var name: String { "fleeting" }
  var taskCount: Int { 6 }
  var interface: TaskInterface { task(TaskID(0)).interface }
  func task(_ id: TaskID) -> World { World() }
  func label(of id: TaskID) -> String { "\(id)" }
  func optimalReturn(of id: TaskID) -> Double? { 7 }
  func randomReturn(of id: TaskID) -> Double { 7 }
}

/// An untrained model with opinions: its logits differ by more than one.
func model(
  for family: some TaskFamily, contextSteps: Int = 12, tokensPerStep: Int = 1,
  isPostNorm: Bool = false, seed: UInt64 = 1
) -> Parameters {
  var settings = ModelSettings()
  (settings.width, settings.layers, settings.heads, settings.feedForward) = (8, 2, 2, 16)
  settings.tokensPerStep = tokensPerStep
  settings.normPlacement = isPostNorm ? .post : .pre
  let parameters = Parameters(
    ModelConfiguration(
      model: settings, interface: family.interface, contextSteps: contextSteps),
    seed: Seed(seed))
  for (tensor, matrix) in parameters.tensors {
    switch tensor {
    case .headWeight, .rewardWeight, .observation, .action, .position:
      let size = (matrix.sumOfSquares / Double(matrix.count)).squareRoot()
      matrix.assign(matrix.values.map { $0 / Float(size) })
    default: break
    }
  }
  return parameters
}

/// One task whose actions have a factor of two choices and one of three, and whose rewards are any number.
struct FactoredFamily: TaskFamily {
  struct World: Environment {
    let interface = TaskInterface(
      sight: .floats(count: 2), actionFactors: [2, 3], episodeLength: 4, rewards: nil,
      rewardScale: 0.5)

    func reset(using random: inout Random) -> Float { random.normal() }
    func observation(of state: Float) -> Observation { Observation(floats: [state, 1]) }

    func step(_ state: inout Float, _ action: Int, using random: inout Random) -> Transition {
      state += Float(action) - 2.5
      return .step(reward: -state * state)
    }
  }

  var name: String { "factored" }
  var taskCount: Int { 1 }
  var interface: TaskInterface { task(TaskID(0)).interface }
  func task(_ id: TaskID) -> World { World() }
  func label(of id: TaskID) -> String { "\(id)" }
  func mapPosition(of id: TaskID) -> (column: Int, row: Int)? { nil }
  func stratum(of id: TaskID) -> Int { 0 }
  func optimalReturn(of id: TaskID) -> Double { 0 }
  func randomReturn(of id: TaskID) -> Double { -20 }
}
