// RL²: what a trial is, what is remembered and when it is forgotten, the gradient, and that it learns to learn.

import Contexts
import Foundation
import Layers
import Learning
import LinearAlgebra
import Models
import Randomness
import Tasks
import TensorFiles
import TestSupport
import Testing
import Training

@Suite struct `A trial` {
  private static func trial(_ episodes: Int, endChance: Float = 0) -> Trial<GuessingFamily.World> {
    let family = GuessingFamily(endChance: endChance)
    return Trial(0, in: family, tasks: family.allTasks, episodes: episodes, seed: Seed(3))
  }

  @Test func `keeps its task for its episodes and ends with the last of them`() {
    var trial = Self.trial(3)
    for number in 0..<20 {
      let task = trial.task
      for step in 0..<12 {
        #expect(trial.task == task && trial.number == number)
        let lived = trial.step(1)
        #expect(lived.endsEpisode == (step % 4 == 3))
        #expect(lived.endsTrial == (step == 11))
        #expect(lived.reward == (task.index == 1 ? 1 : 0))
      }
    }
  }

  @Test func `draws its task from all of those it is given`() {
    let family = GuessingFamily()
    let drawn = (0..<200).map {
      Trial($0, in: family, tasks: [TaskID(0), TaskID(2)], episodes: 1, seed: Seed(3)).task
    }
    #expect(Set(drawn) == [TaskID(0), TaskID(2)])
  }

  @Test func `tells of the last action and reward also across episodes, but not across trials`() {
    var trial = Self.trial(2)
    #expect(trial.input.previous == nil)
    for step in 0..<24 {
      let lived = trial.step(step % 3)
      guard !lived.endsTrial else {
        #expect(trial.input.previous == nil)
        continue
      }
      #expect(trial.input.previous?.action == step % 3)
      #expect(trial.input.previous?.reward == lived.reward)
    }
  }

  @Test func `hands over the returns of its episodes when it ends`() {
    var trial = Self.trial(2, endChance: 0.3)
    var (sum, returns, ended) = (0.0, [Double](), 0)
    for step in 0..<200 {
      var given: [Double]?
      let lived = trial.step(step % 3) { given = $0 }
      sum += Double(lived.reward)
      if lived.endsEpisode {
        returns.append(sum)
        sum = 0
      }
      #expect((given != nil) == lived.endsTrial)
      if let given {
        #expect(given == returns)
        (returns, ended) = ([], ended + 1)
      }
    }
    #expect(ended > 10)
  }

  @Test func `has a bonus for what is new since its best return rose, in episodes as good`() {
    let family = GuessingFamily()
    var trial = Trial(
      0, in: family, tasks: [TaskID(1)], episodes: 3, searchBonus: 0.5, seed: Seed(3))
    /// Ways through an episode's four steps come to see 1, 2, 3 and 0; action 1 is rewarded.
    func bonuses(_ actions: [Int]) -> [Float] { actions.map { trial.step($0).bonus } }
    #expect(bonuses([0, 0, 1, 0]) == [0.5, 0.5, 0.5, 0.5])
    // As good again from the third step on: 3 and 0 were seen since.
    #expect(bonuses([0, 1, 0, 1]) == [0, 0.5, 0, 0.5])
    // Once as good as the two of the episode before, 2 and 3 are new.
    #expect(bonuses([1, 1, 0, 0]) == [0, 0.5, 0.5, 0])
    // The next trial has seen nothing.
    #expect(bonuses([0, 0, 0, 0]) == [0.5, 0.5, 0.5, 0.5])
    #expect(bonuses([0, 0, 0, 0]) == [0, 0, 0, 0])
  }

  @Test func `follows from its number and its actions alone`() {
    let family = GuessingFamily(endChance: 0.2)
    func trial(_ number: Int) -> Trial<GuessingFamily.World> {
      Trial(
        0, trial: number, in: family, tasks: family.allTasks, episodes: 3, searchBonus: 0.5,
        seed: Seed(3))
    }
    var first = trial(0)
    for step in 0..<97 { _ = first.step(step % 3) }
    var again = trial(first.number)
    for action in first.actions { _ = again.step(Int(action)) }
    for step in 0..<50 { #expect(first.step(step % 3) == again.step(step % 3)) }
  }
}

@Suite struct `The search bonus of RL²` {
  @Test func `changes what is learned, but neither what is told nor what is logged`() {
    func live(bonus: Double) -> (outcome: RL2Outcome, inputs: [Float?], gradients: [Float]) {
      let family = GuessingFamily()
      var settings = SmallRL2.settings()
      (settings.unroll, settings.environments, settings.searchBonus) = (8, 3, bonus)
      let configuration = SmallRL2.configuration(of: family)
      let trials = (0..<3).map {
        Trial(
          $0, in: family, tasks: family.allTasks, episodes: 2, searchBonus: bonus, seed: Seed(3))
      }
      let lane = RL2Lane(trials, configuration, settings, renderer: nil)
      var random = Seed(5).random(for: "actions")
      lane.live(
        Parameters(configuration, seed: Seed(4)),
        for: PolicyObjective(
          ProbabilityActorCriticLoss(entropyBonus: 0, valueWeight: 0.5)), using: &random)
      return (
        lane.outcome, lane.trials.map { $0.input.previous?.reward }, lane.gradients.all.values
      )
    }
    let (without, with) = (live(bonus: 0), live(bonus: 0.5))
    #expect(without.outcome.trials == 3)
    #expect(without.outcome.firstReturns == with.outcome.firstReturns)
    #expect(without.outcome.lastReturns == with.outcome.lastReturns)
    #expect(without.inputs == with.inputs)
    #expect(without.gradients != with.gradients)
  }

  @Test func `reaches the trials of a trainer`() throws {
    func loss(bonus: Double) throws -> Double {
      let family = GuessingFamily()
      var settings = SmallRL2.settings()
      settings.searchBonus = bonus
      return try RL2Trainer(
        SmallRL2.configuration(of: family), settings, in: family, tasks: family.allTasks,
        seed: Seed(1), workers: 1
      ).update().loss
    }
    #expect(try loss(bonus: 0) != loss(bonus: 0.5))
  }
}

@Suite struct `The memory of RL²` {
  /// A lane whose stretches are as long as an episode.
  private static func lane(episodes: Int) -> (RL2Lane<GuessingFamily.World>, Parameters) {
    let family = GuessingFamily()
    var settings = SmallRL2.settings()
    (settings.unroll, settings.episodesPerTrial, settings.environments) = (4, episodes, 3)
    let configuration = SmallRL2.configuration(of: family)
    let trials = (0..<3).map {
      Trial($0, in: family, tasks: family.allTasks, episodes: episodes, seed: Seed(3))
    }
    return (
      RL2Lane(trials, configuration, settings, renderer: nil),
      Parameters(configuration, seed: Seed(4))
    )
  }

  @Test func `is kept from episode to episode of a trial and cleared between trials`() {
    let (lane, parameters) = Self.lane(episodes: 3)
    var random = Seed(5).random(for: "actions")
    for episode in 1...9 {
      lane.live(
        parameters,
        for: PolicyObjective(
          ProbabilityActorCriticLoss(entropyBonus: 0, valueWeight: 0.5)), using: &random)
      #expect(lane.outcome.trials == (episode % 3 == 0 ? 3 : 0))
      for matrix in lane.unroll.memory {
        for row in 0..<3 {
          let isEmpty = matrix[rows: row..<row + 1].sumOfSquares == 0
          #expect(isEmpty == (episode % 3 == 0), "episode \(episode), row \(row)")
        }
      }
    }
  }

  @Test func `that a row forgets is that of a new one, and its neighbours keep theirs`() {
    let family = GuessingFamily()
    let configuration = SmallRL2.configuration(of: family)
    let parameters = Parameters(configuration, seed: Seed(4))
    func inputs(_ step: Int) -> [StepInput] {
      (0..<2).map {
        StepInput(
          observation: Observation(UInt8((step + $0) % 4), 0),
          previous: step % 3 == 0 ? nil : (action: (step + $0) % 3, reward: Float($0)))
      }
    }
    func values(forgetting: Bool, from first: Int) -> [[Float]] {
      let unroll = RecurrentUnroll(configuration, steps: 6, rows: 2)
      for step in first..<6 {
        if forgetting && step == 3 { unroll.forget(0, before: 3) }
        unroll.predict(step - first, inputs(step), parameters)
      }
      return (3..<6).map { unroll.logits[rows: 2 * ($0 - first)..<2 * ($0 - first) + 2].values }
    }
    let (forgot, kept) = (values(forgetting: true, from: 0), values(forgetting: false, from: 0))
    let new = values(forgetting: false, from: 3)
    for step in 0..<3 {
      #expect(forgot[step][..<3] == new[step][..<3])
      #expect(forgot[step][..<3] != kept[step][..<3])
      #expect(forgot[step][3...] == kept[step][3...])
    }
  }

  @Test func `goes on from stretch to stretch as if it were one`() {
    let family = GuessingFamily()
    let configuration = SmallRL2.configuration(of: family)
    let parameters = Parameters(configuration, seed: Seed(4))
    let input = StepInput(observation: Observation(1, 0), previous: (action: 2, reward: 1))
    let whole = RecurrentUnroll(configuration, steps: 6, rows: 1)
    for step in 0..<6 { whole.predict(step, [input], parameters) }
    let parts = RecurrentUnroll(configuration, steps: 3, rows: 1)
    for step in 0..<3 { parts.predict(step, [input], parameters) }
    // What follows the stretch is looked at, and not remembered.
    parts.predict(3, [StepInput(observation: Observation(3, 0), previous: nil)], parameters)
    parts.begin()
    for step in 0..<3 { parts.predict(step, [input], parameters) }
    #expect(parts.logits[rows: 0..<3].values == whole.logits[rows: 3..<6].values)
  }
}

@Suite struct `The gradient of RL²` {
  /// One row of predictions, as a model that predicts something makes them.
  private static func unroll(
    _ logits: ReferenceMatrix, value: Float, _ algorithm: RL2Algorithm
  ) -> RecurrentUnroll {
    let unroll = RecurrentUnroll(
      SmallRL2.configuration(of: GuessingFamily(), for: algorithm), steps: 1, rows: 1)
    unroll.logits[rows: 0..<1].copy(from: Matrix(logits))
    unroll.values[0, 0] = value
    return unroll
  }

  @Test(arguments: [0, 1, 2])
  func `in the logits of an actor-critic's step is that of finite differences`(
    action: Int
  ) throws {
    let logits = ReferenceMatrix(rows: 1, columns: 3, key: 7)
    let (advantage, bonus, share) = (1.5, 0.3, 0.25)
    func policy(_ logits: ReferenceMatrix) -> [Double] {
      let sum = logits.values.reduce(0) { $0 + exp($1) }
      return logits.values.map { exp($0) / sum }
    }
    let expected = centralDifferences(at: logits) { logits in
      let p = policy(logits)
      let entropy = -p.reduce(0) { $0 + $1 * log($1) }
      return share * (-advantage * log(p[action]) - bonus * entropy)
    }
    let objective = PolicyObjective(
      ProbabilityActorCriticLoss(entropyBonus: Float(bonus), valueWeight: 0.5))
    let actions = FactoredPolicy(factors: [3])
    let unroll = Self.unroll(logits, value: 0.75, .actorCritic)
    let probabilities = Matrix(rows: 1, columns: 3)
    objective.findProbabilities(of: unroll.logits, row: 0, actions, into: probabilities)
    let p = policy(logits)
    #expect(
      relativeError(probabilities.values.map(Double.init), expected: p) <= Tolerance.modelLoss)
    #expect(objective.value(in: unroll, row: 0) == 0.75)
    let (dlogits, dvalues) = (Matrix(rows: 1, columns: 3), Matrix(rows: 1, columns: 1))
    let loss = objective.differentiate(
      unroll, actions, probabilities, row: 0, action: action, return: Float(0.75 + advantage),
      share: Float(share), into: dlogits, dvalues)
    #expect(relativeError(dlogits.reference, expected: expected) <= Tolerance.networkGradient)
    // ½ w (G − V)² has the gradient −w (G − V) in V.
    #expect(dvalues[0, 0] == Float(-0.5 * advantage * share))
    let entropy = -p.reduce(0) { $0 + $1 * log($1) }
    let expectedLoss =
      -advantage * log(p[action]) - bonus * entropy + 0.25 * advantage * advantage
    #expect(relativeError([Double(loss)], expected: [expectedLoss]) <= Tolerance.modelLoss)
    let found = actions.entropy(of: probabilities.row(0))
    #expect(relativeError([Double(found)], expected: [entropy]) <= Tolerance.modelLoss)
  }

  @Test(arguments: [0, 1, 2])
  func `in the values of a step of Q(λ) is that of finite differences`(action: Int) {
    let values = ReferenceMatrix(rows: 1, columns: 3, key: 7)
    let (target, share) = (0.4, 0.25)
    let expected = centralDifferences(at: values) { values in
      share * (target - values[0, action]) * (target - values[0, action]) / 2
    }
    let unroll = Self.unroll(values, value: 0, .qLambda)
    let (dvalues, none) = (Matrix(rows: 1, columns: 3), Matrix(rows: 1, columns: 1))
    let loss = QLambdaObjective(exploration: 0.1).differentiate(
      unroll, FactoredPolicy(factors: [3]), dvalues, row: 0, action: action, return: Float(target),
      share: Float(share),
      into: dvalues, none)
    #expect(relativeError(dvalues.reference, expected: expected) <= Tolerance.networkGradient)
    let error = target - values[0, action]
    #expect(relativeError([Double(loss)], expected: [error * error / 2]) <= Tolerance.modelLoss)
  }

  @Test func `of Q(λ) belongs to what is done: the greatest value, or any action by chance`() {
    let values = ReferenceMatrix(rows: 1, columns: 3, values: [0.25, 0.75, -0.5])
    let unroll = Self.unroll(values, value: 0, .qLambda)
    let probabilities = Matrix(rows: 1, columns: 3)
    let objective = QLambdaObjective(exploration: 0.375)
    objective.findProbabilities(
      of: unroll.logits, row: 0, FactoredPolicy(factors: [3]), into: probabilities)
    #expect(probabilities.values == [0.125, 0.75, 0.125])
    #expect(objective.value(in: unroll, row: 0) == 0.75)
  }

  /// Steps of two rows, the second of which forgets on the way, and their gradient.
  private static func gradients(
    of parameters: Parameters, logits: ReferenceMatrix, values: ReferenceMatrix
  ) -> Parameters {
    let unroll = RecurrentUnroll(parameters.configuration, steps: 5, rows: 2)
    for step in 0..<5 {
      if step == 2 { unroll.forget(1, before: 2) }
      unroll.predict(
        step,
        (0..<2).map {
          StepInput(
            observation: Observation(UInt8((3 * step + $0) % 4), 0),
            previous: step == 0 || (step, $0) == (2, 1)
              ? nil : (action: (step + $0) % 3, reward: Float($0) - 0.25))
        }, parameters)
    }
    let gradients = Parameters(parameters.configuration)
    unroll.backward(Matrix(logits), Matrix(values), parameters, into: gradients)
    return gradients
  }

  @Test func `of the values reaches the model as that of an action with the same weights`() throws {
    let parameters = Parameters(SmallRL2.configuration(of: GuessingFamily()), seed: Seed(4))
    func matrix(_ tensor: ParameterTensor, of parameters: Parameters) throws -> Matrix {
      try #require(parameters.tensors.first { $0.tensor == tensor }?.matrix)
    }
    try matrix(.valueWeight, of: parameters)
      .copy(from: try matrix(.headWeight, of: parameters)[rows: 0..<1])
    let weights = ReferenceMatrix(rows: 10, columns: 1, key: 9)
    var first = ReferenceMatrix(rows: 10, columns: 3)
    for row in 0..<10 { first[row, 0] = weights[row, 0] }
    let none = ReferenceMatrix(rows: 10, columns: 3)
    let byLogits = Self.gradients(
      of: parameters, logits: first, values: ReferenceMatrix(rows: 10, columns: 1))
    let byValues = Self.gradients(of: parameters, logits: none, values: weights)
    for (tensor, gradient) in byValues.tensors {
      switch tensor {
      case .headWeight, .headBias: #expect(gradient.sumOfSquares == 0)
      case .valueWeight, .valueBias:
        let other = try matrix(tensor == .valueWeight ? .headWeight : .headBias, of: byLogits)
        let same = tensor == .valueWeight ? other[rows: 0..<1] : other[columns: 0..<1]
        #expect(
          relativeError(gradient.reference, expected: same.reference) <= Tolerance.modelGradient)
      default:
        let same = try matrix(tensor, of: byLogits)
        #expect(
          relativeError(gradient.reference, expected: same.reference) <= Tolerance.modelGradient,
          "\(tensor.name)")
      }
    }
  }
}

/// Vectors that follow from the components.
private struct Bytes: Renderer {
  func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>) {
    for index in bytes.indices {
      bytes[index] = UInt8(truncatingIfNeeded: (Int(observation[0]) + 7) * (index + 11) * 37)
    }
  }
}

@Suite struct `A stretch of acting` {
  @Test(arguments: [false, true])
  func `has the logits and the gradient of a pass over the same window`(showsVectors: Bool) throws {
    var model = ModelSettings()
    model.architecture = .lstm
    (model.width, model.layers) = (8, 2)
    model.sight.widths = [6]
    let configuration = ModelConfiguration(
      model: model,
      interface: TaskInterface(
        observationSizes: [4], sight: showsVectors ? .vector(count: 5) : .cells, actionCount: 3,
        episodeLength: 4, rewards: [0, 1]), contextSteps: 5,
      predicts: .actionsAndReturn)
    let parameters = Parameters(configuration, seed: Seed(4))
    var batch = ContextBatch(windowCount: 2, stepCount: 5)
    for index in 0..<10 {
      batch.set(
        window: index / 5, step: index % 5, observation: Observation(UInt8(7 * index % 4), 0),
        action: 5 * index % 3, reward: Float(index % 2), lossWeight: Float(1 + index % 3))
    }
    let renderer: Bytes? = showsVectors ? Bytes() : nil
    let pass = RecurrentPass(configuration, windowCount: 2, renderer: renderer)
    let logits = pass.forward(batch, windows: 0..<2, parameters).values
    let expected = Parameters(configuration)
    _ = pass.accumulateGradients(
      batch, windows: 0..<2, parameters, into: expected, totalWeight: batch.totalWeight,
      labelSmoothing: 0, noise: nil)

    let unroll = RecurrentUnroll(configuration, steps: 5, rows: 2, renderer: renderer)
    var (targets, weights) = ([Int32](), [Float]())
    for step in 0..<5 {
      let inputs = (0..<2).map { window in
        let index = batch.index(window: window, step: step)
        targets.append(batch.actions[index])
        weights.append(Float(Double(batch.lossWeights[index]) / batch.totalWeight))
        return StepInput(
          observation: batch.observations[index],
          previous: step == 0
            ? nil : (action: Int(batch.actions[index - 1]), reward: batch.rewards[index - 1]))
      }
      unroll.predict(step, inputs, parameters)
      for window in 0..<2 {
        let row = 2 * step + window
        #expect(
          unroll.logits[rows: row..<row + 1].values
            == Array(logits[3 * (5 * window + step)..<3 * (5 * window + step + 1)]))
      }
    }
    let dlogits = Matrix(rows: 10, columns: 3)
    dlogits.copy(from: unroll.logits[rows: 0..<10])
    _ = CrossEntropy.lossInPlace(
      dlogits, classes: [3], targets: targets.span, weights: weights.span, smoothing: 0)
    let found = Parameters(configuration)
    unroll.backward(dlogits, Matrix(rows: 10, columns: 1), parameters, into: found)
    for (index, (tensor, gradient)) in found.tensors.enumerated() {
      let error = relativeError(
        gradient.reference, expected: expected.tensors[index].matrix.reference)
      #expect(error <= Tolerance.modelGradient, "\(tensor.name)")
    }
  }
}

@Suite struct `A training by RL²` {
  @Test(
    arguments: [(RL2Algorithm.actorCritic, 1), (.actorCritic, 2), (.qLambda, 2)],
    [[37], [400], [401], [650, 650, 799], [800], [850], [37, 801, 849]])
  func `that was interrupted leaves the same bytes as one that was not`(
    form: (algorithm: RL2Algorithm, workers: Int), updates: [Int]
  ) throws {
    try withTemporaryFolder { folder in
      let (whole, broken) = (
        folder.appendingPathComponent("whole"), folder.appendingPathComponent("broken")
      )
      try SmallRL2.perform(form.algorithm, in: whole)
      for update in updates {
        try SmallRL2.perform(
          form.algorithm, in: broken, workers: form.workers, interruptedAt: update)
      }
      try SmallRL2.perform(form.algorithm, in: broken, workers: form.workers)
      let files = try contents(of: whole)
      #expect(
        files.keys.sorted() == [
          "config.json", "model.safetensors", "training.csv", "training.tfevents",
        ])
      #expect(try contents(of: broken) == files)
    }
  }

  @Test func `keeps models on the way, also if it was interrupted`() throws {
    try withTemporaryFolder { folder in
      let (whole, broken) = (
        folder.appendingPathComponent("whole"), folder.appendingPathComponent("broken")
      )
      try SmallRL2.perform(in: whole, keepEvery: 390)
      for update in [395, 600] {
        try SmallRL2.perform(in: broken, keepEvery: 390, interruptedAt: update)
      }
      try SmallRL2.perform(in: broken, keepEvery: 390)
      let files = try contents(of: whole)
      #expect(
        files.keys.filter { $0.hasPrefix("model-") }.sorted()
          == ["model-000390.safetensors", "model-000780.safetensors"])
      #expect(try contents(of: broken) == files)
    }
  }

  @Test(arguments: [(399, 0), (401, 400), (801, 800)])
  func `goes on from the last checkpoint`(interrupted: Int, saved: Int) throws {
    try withTemporaryFolder { folder in
      try SmallRL2.perform(in: folder, interruptedAt: interrupted)
      var resumed = 0
      try SmallRL2.perform(in: folder, resumed: { resumed = $0 })
      #expect(resumed == saved)
    }
  }

  @Test(arguments: [
    (
      "lives/steps", [Int32(-1), 1, 0, 0, 0], [UInt8](repeating: 0, count: 5),
      "environment 0 took -1 steps of trial 0"
    ),
    (
      "lives/trial", [Int32(0), 0, -7, 0, 0], [UInt8](repeating: 0, count: 5),
      "environment 2 took 1 steps of trial -7"
    ),
    (
      "lives/actions", [Int32(0), 0, 0, 0, 0], [0, 1, 2, 3, 0],
      "the action 3, expected an action from 0 to 2"
    ),
  ])
  func `refuses trials in a checkpoint that cannot have been lived`(
    changed: String, numbers: [Int32], actions: [UInt8], sentence: String
  ) throws {
    try withTemporaryFolder { folder in
      let family = GuessingFamily()
      let trainer = try RL2Trainer(
        SmallRL2.configuration(of: family), SmallRL2.settings(), in: family, tasks: family.allTasks,
        seed: Seed(1), workers: 1)
      let lives = [
        NewTensor("lives/trial", [Int32](repeating: 0, count: 5)),
        NewTensor("lives/steps", [Int32](repeating: 1, count: 5)),
        NewTensor("lives/actions", shape: [5, 1], actions),
      ].map { $0.name == changed && $0.type == .int32 ? NewTensor(changed, numbers) : $0 }
      let memories = trainer.savedState().filter { $0.name.hasPrefix("memory") }
      let url = folder.appendingPathComponent("checkpoint.safetensors")
      try TensorFile.write(lives + memories, to: url)
      let file = try TensorFile(reading: url)
      let error = #expect(throws: TrainingError.self) { try trainer.resume(after: 1, from: file) }
      #expect(error?.description.contains(sentence) == true, "\(String(describing: error))")
    }
  }

  @Test func `has the same bits with any number of workers`() throws {
    func trained(workers: Int) throws -> [Float] {
      let family = GuessingFamily(endChance: 0.3)
      var settings = SmallRL2.settings()
      settings.environments = 200
      let trainer = try RL2Trainer(
        SmallRL2.configuration(of: family), settings, in: family, tasks: family.allTasks,
        seed: Seed(1), workers: workers)
      for _ in 0..<5 { _ = try trainer.update() }
      return trainer.parameters.all.values
    }
    let one = try trained(workers: 1)
    #expect(try trained(workers: 2) == one)
    #expect(try trained(workers: 3) == one)
  }

  @Test(arguments: RL2Algorithm.allCases)
  func `learns to find out within a trial what the task is`(algorithm: RL2Algorithm) throws {
    let family = GuessingFamily()
    var settings = SmallRL2.settings(algorithm)
    (settings.environments, settings.unroll, settings.episodesPerTrial) = (32, 8, 3)
    settings.steps = 800 * settings.stepsPerUpdate
    settings.learningRate = 1e-2
    if algorithm == .qLambda {
      // As in the pool: what is near counts, so that the values of actions differ by more than their errors.
      (settings.rewardScale, settings.discount, settings.lambda) = (1, 0.7, 0.75)
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
    // The optimum: 3 of 4 at first, having tried two actions at most; then all 4.
    #expect(last > 3.6)
    #expect(first < last - 0.6)
  }
}
