// Acting in context: chance by identity, what the model is told, and what is counted. That cached
// predictions are those of a full pass is held in TransformerTests.

import Contexts
import Evaluation
import Foundation
import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport
import Testing

/// The streams of a model in all tasks of a family.
private func streams(
  _ parameters: Parameters, in family: some TaskFamily, episodes: Int = 8, seeds: Int = 3,
  tasks: [TaskID]? = nil, seed: UInt64 = 5, workers: Int = 1,
  change: (inout RolloutConditions) -> Void = { _ in }
) throws -> [StreamReturns] {
  var conditions = RolloutConditions()
  change(&conditions)
  return try InContextRollout(
    episodes: episodes, seedsPerTask: seeds, conditions: conditions, seed: Seed(seed)
  ).run(parameters, in: family, tasks: tasks ?? family.allTasks, workers: workers)
}

@Suite struct `A rollout` {
  /// Seventy-five streams: three groups.
  private let rooms = DarkRoomFamily(size: 5, episodeLength: 6)

  @Test(arguments: [2, 3]) func `gives the same returns for any number of workers`(
    workers: Int
  ) throws {
    let model = model(for: rooms)
    #expect(
      try streams(model, in: rooms, workers: workers) == streams(model, in: rooms, workers: 1))
  }

  @Test func `gives the same returns for the same seed and others for another`() throws {
    let model = model(for: rooms)
    let first = try streams(model, in: rooms)
    #expect(try streams(model, in: rooms) == first)
    #expect(try streams(model, in: rooms, seed: 6) != first)
  }

  @Test(arguments: [0, 25, 300]) func `ends with what a world throws`(steps: Int) throws {
    let failing = FailingRooms(rooms, Fuse(steps: steps))
    let model = model(for: failing)
    #expect(throws: Breakdown()) { try streams(model, in: failing, workers: 2) }
  }

  @Test func `has its streams by task, then by evaluation seed`() throws {
    let found = try streams(model(for: rooms), in: rooms, seeds: 2)
    #expect(found.map(\.task) == rooms.allTasks.flatMap { [$0, $0] })
    #expect(found.map(\.evaluationSeed) == rooms.allTasks.flatMap { _ in [0, 1] })
    #expect(found.allSatisfy { $0.returns.count == 8 })
  }

  @Test func `of one task is that task's part of a rollout of all`() throws {
    let model = model(for: rooms)
    let all = try streams(model, in: rooms).filter { $0.task == TaskID(7) }
    #expect(try streams(model, in: rooms, tasks: [TaskID(7)]) == all)
  }

  @Test func `of more episodes begins with those of fewer`() throws {
    let model = model(for: rooms)
    let (few, many) = (
      try streams(model, in: rooms, episodes: 3), try streams(model, in: rooms, episodes: 9)
    )
    #expect(few.map(\.returns) == many.map { Array($0.returns.prefix(3)) })
  }

  @Test func `gives each evaluation seed a luck of its own`() throws {
    let counting = CountingFamily()
    let found = try streams(model(for: counting), in: counting, seeds: 10, tasks: [TaskID(2)])
    #expect(Set(found.map(\.returns)).count == 10)
  }

  @Test(arguments: [1, 2]) func `does not change the model`(workers: Int) throws {
    let model = model(for: rooms)
    let before = model.all.values.map(\.bitPattern)
    _ = try streams(model, in: rooms, workers: workers)
    #expect(model.all.values.map(\.bitPattern) == before)
  }

  @Test func `of a model without preferences earns what random actions earn`() throws {
    let family = DarkRoomFamily(size: 5, episodeLength: 15)
    let blank = Parameters(model(for: family).configuration)
    let found = try streams(blank, in: family, episodes: 20, seeds: 8)
    let mean = found.flatMap(\.returns).reduce(0, +) / Double(found.count * 20)
    let expected = family.allTasks.map(family.randomReturn).reduce(0, +) / 25
    #expect(abs(mean - expected) <= Tolerance.randomReturn)
  }

  @Test func `is ended by what its progress throws`() {
    struct Interruption: Error {}
    #expect(throws: Interruption.self) {
      try InContextRollout(
        episodes: 2, seedsPerTask: 1, conditions: RolloutConditions(), seed: Seed(1)
      ).run(model(for: rooms), in: rooms, tasks: rooms.allTasks, workers: 2) { _ in
        throw Interruption()
      }
    }
  }
}

@Suite struct `Environment steps` {
  @Test func `grow by the length of each episode`() throws {
    let counting = CountingFamily()
    let found = try streams(model(for: counting), in: counting)
    #expect(found.allSatisfy { $0.environmentSteps == (1...8).map { 5 * $0 } })
  }

  @Test func `are counted where episodes end early`() throws {
    let fleeting = FleetingFamily()
    let found = try streams(model(for: fleeting), in: fleeting)
    for stream in found {
      // Every step earns one, so returns are lengths.
      let lengths = stream.returns.map { Int($0) }
      let sums = lengths.indices.map { lengths[...$0].reduce(0, +) }
      #expect(stream.environmentSteps == sums)
      #expect(lengths.allSatisfy { (1...7).contains($0) })
    }
    #expect(Set(found.flatMap(\.returns)).count > 3)
  }
}

@Suite struct `A model whose rewards are hidden` {
  private let counting = CountingFamily()

  @Test func `acts as one that cannot see rewards`() throws {
    let seeing = model(for: counting)
    let blind = model(for: counting)
    for (tensor, matrix) in blind.tensors where tensor == .rewardWeight { matrix.fill(with: 0) }
    let hidden = try streams(seeing, in: counting) { $0.hidesRewards = true }
    #expect(try streams(blind, in: counting) == hidden)
    #expect(try streams(seeing, in: counting) != hidden)
  }

  @Test func `acts as before until there is something to hide`() throws {
    let rooms = DarkRoomFamily(size: 5, episodeLength: 6)
    let model = model(for: rooms)
    let seen = try streams(model, in: rooms, episodes: 20)
    let hidden = try streams(model, in: rooms, episodes: 20) { $0.hidesRewards = true }
    for (seen, hidden) in zip(seen, hidden) {
      let first = seen.returns.firstIndex { $0 > 0 }
      #expect(hidden.returns.firstIndex { $0 > 0 } == first)
    }
    #expect(seen != hidden)
  }
}

@Suite struct `Acting near a temperature of zero` {
  private let counting = CountingFamily()

  /// Each episode's return when the likeliest action is taken, by hand.
  private func greedyReturns(
    _ parameters: Parameters, in task: TaskID, episodes: Int, after prompt: [ContextStep]
  ) -> [Double] {
    let context = parameters.makeContext(streamCount: 1)
    if !prompt.isEmpty { context.prefill(0, with: prompt) }
    return (0..<episodes).map { _ in
      var sum = 0.0
      for step in 0..<5 {
        let observation = Observation(UInt8(step), UInt8(task.index))
        context.predict([observation])
        let logits = context.logits.values
        let action = logits.indices.reduce(0) { logits[$1] > logits[$0] ? $1 : $0 }
        context.append(
          ContextStep(
            observation: observation, action: action, reward: Float(action),
            startsEpisode: step == 0), to: 0)
        sum += Double(action)
      }
      return sum
    }
  }

  /// Ten steps of another's life in two episodes.
  private func prompt(_ key: Int) -> [ContextStep] {
    (0..<10).map { step in
      ContextStep(
        observation: Observation(UInt8(step % 5), 1), action: (step * key) % 4,
        reward: Float((step * key) % 4), startsEpisode: step % 5 == 0)
    }
  }

  @Test(arguments: [(1, false), (1, true), (3, false), (3, true)])
  func `takes the likeliest action`(form: (tokens: Int, isPostNorm: Bool)) throws {
    let model = model(for: counting, tokensPerStep: form.tokens, isPostNorm: form.isPostNorm)
    for stream in try streams(model, in: counting, change: { $0.acting.temperature = 1e-4 }) {
      let expected = greedyReturns(model, in: stream.task, episodes: 8, after: [])
      #expect(stream.returns == expected)
    }
  }

  /// A model that predicts the values of actions, all different.
  private var valuing: Parameters {
    var settings = ModelSettings()
    settings.architecture = .lstm
    (settings.width, settings.layers) = (8, 1)
    return Parameters(
      ModelConfiguration(
        model: settings, interface: counting.interface, contextSteps: 5, predicts: .actionValues),
      seed: Seed(3))
  }

  @Test func `is, for values of actions, at any temperature to take the greatest`() throws {
    for stream in try streams(valuing, in: counting, change: { $0.acting.temperature = 100 }) {
      let expected = greedyReturns(valuing, in: stream.task, episodes: 8, after: [])
      #expect(stream.returns == expected)
    }
  }

  @Test func `is left for any action with the probability of exploration`() throws {
    let greedy = try streams(valuing, in: counting) { $0.acting.exploration = 0 }
    let some = try streams(valuing, in: counting) { $0.acting.exploration = 0.3 }
    #expect(some != greedy)
    // The return of a step is the number of its action: of four at random, 1.5.
    let random = try streams(valuing, in: counting, episodes: 400) { $0.acting.exploration = 1 }
    let returns = random.flatMap(\.returns)
    let mean = returns.reduce(0, +) / Double(returns.count)
    #expect(abs(mean - 5 * 1.5) < 0.1)
  }

  @Test func `acts first on its prompt, one for each evaluation seed in turn`() throws {
    let model = model(for: counting, seed: 3)
    let prompts = [prompt(1), prompt(2)]
    let found = try streams(model, in: counting) {
      $0.acting.temperature = 1e-4
      $0.prompts = [TaskID(0): prompts, TaskID(3): prompts]
    }
    for stream in found {
      let isPrompted = [0, 3].contains(stream.task.index)
      let shown = isPrompted ? prompts[stream.evaluationSeed % 2] : []
      let expected = greedyReturns(model, in: stream.task, episodes: 8, after: shown)
      #expect(stream.returns == expected)
    }
    let prompted = found.filter { $0.task == TaskID(0) }.map(\.returns)
    #expect(prompted[0] != prompted[1])
    #expect(prompted[0] == prompted[2])
  }
}

@Suite struct `Actions of several factors` {
  private let family = FactoredFamily()

  /// A model with the same logits in every step: of the first factor for chances of 1 : 3, of the second for 1 : 2 : 1.
  private func parameters(_ predicts: Prediction = .actions, bias: [Float]) -> Parameters {
    var settings = ModelSettings()
    settings.architecture = .lstm
    (settings.width, settings.layers) = (4, 1)
    let parameters = Parameters(
      ModelConfiguration(
        model: settings, interface: family.interface, contextSteps: 5, predicts: predicts))
    for (tensor, matrix) in parameters.tensors where tensor == .headBias { matrix.assign(bias) }
    return parameters
  }

  /// How often each action is taken, as shares.
  private func shares(_ parameters: Parameters, temperature: Double) throws -> [Double] {
    let found = try streams(parameters, in: family, episodes: 1000, seeds: 1) {
      $0.acting.temperature = temperature
      $0.watchedTask = TaskID(0)
    }
    let actions = found[0].steps.map(\.action)
    return (0..<6).map { action in
      Double(actions.count { $0 == action }) / Double(actions.count)
    }
  }

  private static let bias = [0, log(Float(3)), 0, log(Float(2)), 0]

  @Test func `are drawn factor by factor, each by its own chances`() throws {
    let found = try shares(parameters(bias: Self.bias), temperature: 1)
    let expected = [0.25, 0.75].flatMap { first in [0.25, 0.5, 0.25].map { first * $0 } }
    for (found, expected) in zip(found, expected) {
      #expect(abs(found - expected) <= Tolerance.shareOfFourThousand)
    }
  }

  @Test func `are the likeliest of every factor near a temperature of zero`() throws {
    #expect(try shares(parameters(bias: Self.bias), temperature: 1e-3) == [0, 0, 0, 0, 1, 0])
  }

  @Test func `are joined where a model tells their values`() throws {
    let values: [Float] = [0, 0, 0.1, 0, 0, 0]
    let found = try shares(parameters(.actionValues, bias: values), temperature: 1)
    #expect(found == [0, 0, 1, 0, 0, 0])
  }

  @Test(arguments: [1, 3])
  func `are the same whatever else is in the matrix`(tokensPerStep: Int) throws {
    let model = model(for: family, tokensPerStep: tokensPerStep)
    let many = try streams(model, in: family, seeds: 5)
    #expect(try streams(model, in: family, seeds: 2) == Array(many[..<2]))
  }
}
