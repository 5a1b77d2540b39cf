// A family in which RL²'s trials are told apart, and small settings to train on it.

import Foundation
import Models
import Randomness
import Tasks
import TestSupport
import Training

/// Tasks whose episodes end by chance, and in which the right action is the task's number.
struct GuessingFamily: TaskFamily {
  /// The chance that an episode ends with a step.
  var endChance: Float = 0

  struct World: Environment {
    let number: Int
    let endChance: Float
    let interface = TaskInterface(
      observationSizes: [4], actionCount: 3, episodeLength: 4, rewards: [0, 1])

    func reset(using random: inout Random) -> Int { 0 }
    func observation(of state: Int) -> Observation { Observation(UInt8(state % 4), 0) }

    func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
      state += 1
      let reward: Float = action == number ? 1 : 0
      return random.chance(endChance) ? .terminated(reward: reward) : .step(reward: reward)
    }
  }

  var name: String { "guessing" }
  var taskCount: Int { 3 }
  var interface: TaskInterface { task(TaskID(0)).interface }
  func task(_ id: TaskID) -> World { World(number: id.index, endChance: endChance) }
  func label(of id: TaskID) -> String { "\(id)" }
  func optimalReturn(of id: TaskID) -> Double? { 4 }
  func randomReturn(of id: TaskID) -> Double { 4 / 3 }
}

/// RL² in small.
enum SmallRL2 {
  static func configuration(
    of family: some TaskFamily, width: Int = 8, layers: Int = 2,
    for algorithm: RL2Algorithm = .actorCritic
  ) -> ModelConfiguration {
    var model = ModelSettings()
    model.architecture = .lstm
    (model.width, model.layers) = (width, layers)
    return ModelConfiguration(
      model: model, interface: family.interface, contextSteps: 8,
      predicts: algorithm.prediction)
  }

  /// 850 updates: two checkpoints on the way, and an end between checkpoints.
  static func settings(_ algorithm: RL2Algorithm = .actorCritic) -> RL2Settings {
    var settings = RL2Settings()
    settings.algorithm = algorithm
    (settings.width, settings.layers) = (8, 2)
    (settings.environments, settings.unroll, settings.episodesPerTrial) = (5, 3, 2)
    settings.searchBonus = 0.1
    settings.steps = 850 * settings.stepsPerUpdate
    return settings
  }

  /// Trains in a folder, or goes on; throws before an update if it is to be interrupted.
  static func perform(
    _ algorithm: RL2Algorithm = .actorCritic, in folder: URL, workers: Int = 1, keepEvery: Int = 0,
    interruptedAt last: Int? = nil, resumed: (Int) -> Void = { _ in }
  ) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let family = GuessingFamily(endChance: 0.3)
    var settings = settings(algorithm)
    settings.keepEvery = keepEvery
    let run = TrainingRun(
      try RL2Trainer(
        configuration(of: family, for: algorithm), settings, in: family,
        tasks: family.allTasks, seed: Seed(1), workers: workers),
      files: TrainingFiles(in: folder), metadata: ["method": "rl2"])
    do {
      try run.perform(resumed: resumed) { record in
        if record.update == last { throw Interruption() }
      }
    } catch is Interruption {}
  }
}
