// RL² beyond one choice of few: factored actions, more actions than a byte counts, worlds that fail.

import Foundation
import Learning
import LinearAlgebra
import Models
import Randomness
import Tasks
import TensorFiles
import TestSupport
import Testing
import Training

/// Tasks in which each of two choices is right or wrong; the right ones are digits of the task's number.
private struct SwitchFamily: TaskFamily {
  var factors = [2, 2]

  struct World: Environment {
    let number: Int
    let interface: TaskInterface

    func reset(using random: inout Random) -> Int { 0 }
    func observation(of state: Int) -> Observation { Observation(UInt8(state % 4), 0) }

    func step(_ state: inout Int, _ action: Int, using random: inout Random) -> Transition {
      state += 1
      let right = zip(interface.choices(of: action), interface.choices(of: number))
      return .step(reward: right.reduce(0) { $0 + ($1.0 == $1.1 ? 0.5 : 0) })
    }
  }

  var name: String { "switches" }
  var taskCount: Int { interface.actionCount }
  var interface: TaskInterface {
    TaskInterface(observationSizes: [4], actionFactors: factors, episodeLength: 4, rewards: nil)
  }
  func task(_ id: TaskID) -> World { World(number: id.index, interface: interface) }
  func label(of id: TaskID) -> String { "\(id)" }
  func mapPosition(of id: TaskID) -> (column: Int, row: Int)? { nil }
  func stratum(of id: TaskID) -> Int { 0 }
  func optimalReturn(of id: TaskID) -> Double { 4 }
  func randomReturn(of id: TaskID) -> Double { 2 }
}

@Suite struct `RL² with factored actions` {
  @Test(arguments: RL2Algorithm.allCases)
  func `learns to find out within a trial which choices are right`(algorithm: RL2Algorithm) throws {
    let family = SwitchFamily()
    var settings = SmallRL2.settings(algorithm)
    (settings.environments, settings.unroll, settings.episodesPerTrial) = (32, 8, 3)
    settings.steps = (algorithm == .qLambda ? 2000 : 800) * settings.stepsPerUpdate
    (settings.learningRate, settings.searchBonus) = (1e-2, 0)
    if algorithm == .qLambda {
      // What is near counts, so that the values of joined actions differ by more than their errors.
      (settings.rewardScale, settings.discount, settings.lambda) = (1, 0.5, 0.5)
      settings.finalExploration = 0.05
      settings.weightDecay = 0
    }
    let trainer = try RL2Trainer(
      SmallRL2.configuration(of: family, width: 16, layers: 1, for: algorithm), settings,
      in: family, tasks: family.allTasks, seed: Seed(1), workers: 1)
    var records: [RL2Record] = []
    for _ in 0..<settings.updates { records.append(try trainer.update()) }
    let late = records.suffix(30)
    let trials = Double(late.reduce(0) { $0 + $1.trials })
    let first = late.reduce(0) { $0 + $1.firstReturns } / trials
    let last = late.reduce(0) { $0 + $1.lastReturns } / trials
    #expect(last > 3.6)
    #expect(first < last - 0.3)
  }

  @Test(arguments: [[2, 2], [20, 20]])
  func `goes on from a checkpoint, whose actions are bytes where these hold them`(
    factors: [Int]
  ) throws {
    try withTemporaryFolder { folder in
      let family = SwitchFamily(factors: factors)
      var settings = SmallRL2.settings(.qLambda)
      settings.steps = 450 * settings.stepsPerUpdate
      func perform(in name: String, until last: Int?) throws {
        let files = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: files, withIntermediateDirectories: true)
        let run = TrainingRun(
          try RL2Trainer(
            SmallRL2.configuration(of: family, for: .qLambda), settings, in: family,
            tasks: family.allTasks, seed: Seed(1), workers: 1),
          files: TrainingFiles(in: files), metadata: ["method": "rl2"])
        do {
          try run.perform(progress: { if $0.update == last { throw Interruption() } })
        } catch is Interruption {}
      }
      try perform(in: "whole", until: nil)
      try perform(in: "broken", until: 430)
      let checkpoint = TrainingFiles(in: folder.appendingPathComponent("broken")).checkpoint
      let file = try TensorFile(reading: checkpoint)
      let type = try #require(file.tensors.first { $0.name == "lives/actions" }?.type)
      #expect(type == (factors == [2, 2] ? .uint8 : .uint16))
      try perform(in: "broken", until: nil)
      #expect(
        try contents(of: folder.appendingPathComponent("broken"))
          == contents(of: folder.appendingPathComponent("whole")))
    }
  }
}

@Suite struct `RL² in worlds that fail` {
  @Test(arguments: [1, 2])
  func `ends with their error, and no parameter has moved since the last update`(
    workers: Int
  ) throws {
    let rooms = FailingRooms(DarkRoomFamily(size: 3, episodeLength: 4), Fuse(steps: 100))
    var settings = SmallRL2.settings()
    (settings.environments, settings.unroll) = (6, 5)
    let trainer = try RL2Trainer(
      SmallRL2.configuration(of: rooms), settings, in: rooms, tasks: rooms.allTasks,
      seed: Seed(1), workers: workers)
    for _ in 0..<3 { _ = try trainer.update() }
    let parameters = trainer.parameters.all.values
    #expect(throws: Breakdown()) { try trainer.update() }
    #expect(trainer.parameters.all.values == parameters && trainer.updatesDone == 3)
  }
}
