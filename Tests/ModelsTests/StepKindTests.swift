// Models of steps that hold more than cells and one choice: vectors, pictures and categories that the observation
// carries, actions of several factors, scaled rewards. Against PyTorch, as laws, acting, and learning.

import Contexts
import Foundation
import Layers
import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport
import Testing
import Training

/// A golden file `data/golden/steps-<variant>.safetensors`.
private struct GoldenSteps {
  static let variants = [
    "floats-two-factors", "floats-two-factors-three-tokens", "categories",
    "categories-three-factors-of-one", "lstm-floats-two-factors", "lstm-categories",
  ]

  let file: GoldenFile
  let parameters: Parameters
  let batch: ContextBatch

  init(_ variant: String) throws {
    file = try GoldenFile(named: "steps-\(variant)")
    var model = ModelSettings()
    model.architecture = try file.setting("architecture") == "lstm" ? .lstm : .transformer
    model.width = try file.integer("width")
    model.layers = try file.integer("layers")
    model.heads = try file.integer("heads")
    model.feedForward = try file.integer("feedForward")
    model.normPlacement = try file.setting("normPlacement") == "post" ? .post : .pre
    model.tokensPerStep = try file.integer("tokensPerStep")
    model.dropout = try file.number("dropout")
    model.attentionDropout = try file.number("attentionDropout")
    model.sight.widths = try file.integers("widths")
    let (floats, places) = (try file.integer("floats"), try file.integer("places"))
    let interface = TaskInterface(
      sight: floats > 0
        ? .floats(count: floats)
        : .categories(shape: [places], values: try file.integer("values")),
      actionFactors: try file.integers("actionFactors"), episodeLength: 3, rewards: nil,
      rewardScale: Float(try file.number("rewardScale")))
    let (windows, steps) = (try file.integer("windows"), try file.integer("steps"))
    parameters = Parameters(
      ModelConfiguration(model: model, interface: interface, contextSteps: steps))
    for (tensor, matrix) in parameters.tensors {
      matrix.assign(try file.tensor(tensor.name).floats)
    }
    let seen = try file.tensor("batch/\(floats > 0 ? "floats" : "categories")")
    let actions = try file.tensor("batch/actions").values
    let rewards = try file.tensor("batch/rewards").values
    let weights = try file.tensor("batch/lossWeights").values
    var batch = ContextBatch(
      windowCount: windows, stepCount: steps, tokensPerStep: model.tokensPerStep)
    for index in actions.indices {
      let numbers = seen.values[index * seen.columns..<(index + 1) * seen.columns]
      batch.set(
        window: index / steps, step: index % steps,
        observation: floats > 0
          ? Observation(floats: numbers.map { Float($0) })
          : Observation(bytes: numbers.map { UInt8($0) }),
        action: Int(actions[index]), reward: Float(rewards[index]),
        lossWeight: Float(weights[index]))
    }
    for (token, masked) in try file.tensor("batch/masked").values.enumerated() where masked == 1 {
      batch.mask(window: token / batch.tokenCount, token: token % batch.tokenCount)
    }
    self.batch = batch
  }

  /// Dropout is the transformer's alone.
  var noise: DropoutNoise? {
    get throws {
      parameters.configuration.model.dropout > 0
        ? DropoutNoise(seed: UInt32(try file.integer("noiseSeed"))) : nil
    }
  }
}

@Suite struct `A model of richer steps` {
  @Test(arguments: GoldenSteps.variants)
  func `has the logits of PyTorch`(variant: String) throws {
    let golden = try GoldenSteps(variant)
    let logits = golden.parameters.configuration.makePass(windowCount: 2)
      .forward(golden.batch, windows: 0..<2, golden.parameters, noise: try golden.noise)
    let error = relativeError(logits.reference, expected: try golden.file.tensor("logits"))
    #expect(error <= Tolerance.modelLogits)
  }

  @Test(arguments: GoldenSteps.variants, [1, 2])
  func `has the loss and every gradient of PyTorch however many windows a pass holds`(
    variant: String, windowsAtOnce: Int
  ) throws {
    let golden = try GoldenSteps(variant)
    let pass = golden.parameters.configuration.makePass(windowCount: windowsAtOnce)
    let gradients = Parameters(golden.parameters.configuration)
    var result = PassResult()
    for first in stride(from: 0, to: 2, by: windowsAtOnce) {
      result.add(
        pass.accumulateGradients(
          golden.batch, windows: first..<first + windowsAtOnce, golden.parameters,
          into: gradients, totalWeight: golden.batch.totalWeight,
          labelSmoothing: try golden.file.number("labelSmoothing"), noise: try golden.noise))
    }
    let loss = try golden.file.tensor("loss").values
    #expect(relativeError([result.loss], expected: loss) <= Tolerance.modelLoss)
    for (tensor, gradient) in gradients.tensors {
      let expected = try golden.file.tensor("gradient/\(tensor.name)")
      let error = relativeError(gradient.reference, expected: expected)
      #expect(error <= Tolerance.modelGradient, "\(tensor.name)")
    }
  }
}

/// What a step may hold, and the model that reads it.
struct StepKind: CustomTestStringConvertible, Sendable {
  let sight: Sight
  let factors: [Int]
  var architecture = Architecture.transformer
  var tokensPerStep = 1
  var norm = NormPlacement.pre
  var rewardScale: Float = 1

  static let all = [
    StepKind(sight: .floats(count: 4), factors: [3, 2], rewardScale: 0.25),
    StepKind(sight: .floats(count: 1), factors: [1], tokensPerStep: 3, norm: .post),
    StepKind(sight: .tensor(shape: [5, 6, 2]), factors: [2, 2, 2], norm: .post),
    StepKind(sight: .tensor(shape: [3, 4]), factors: [4], tokensPerStep: 3),
    StepKind(sight: .tensor(shape: [7]), factors: [2, 1], rewardScale: 8),
    StepKind(sight: .categories(shape: [3, 2], values: 5), factors: [2, 3], tokensPerStep: 3),
    StepKind(sight: .categories(shape: [1], values: 1), factors: [1, 1]),
    StepKind(sight: .cells, factors: [2, 5]),
    StepKind(sight: .floats(count: 4), factors: [3, 2], architecture: .lstm, rewardScale: 0.25),
    StepKind(sight: .categories(shape: [6], values: 5), factors: [4], architecture: .lstm),
    StepKind(sight: .tensor(shape: [5, 6, 2]), factors: [2, 2], architecture: .lstm),
  ]

  var testDescription: String {
    "\(sight), factors \(factors), \(architecture), \(tokensPerStep) tokens, \(norm)"
  }

  var interface: TaskInterface {
    TaskInterface(
      observationSizes: sight == .cells ? [3, 2] : [], sight: sight, actionFactors: factors,
      episodeLength: 5, rewards: nil, rewardScale: rewardScale)
  }

  func configuration(steps: Int, predicts: Prediction = .actions) -> ModelConfiguration {
    var model = ModelSettings()
    model.architecture = architecture
    (model.width, model.layers, model.heads, model.feedForward) = (8, 2, 2, 12)
    (model.tokensPerStep, model.normPlacement) = (tokensPerStep, norm)
    (model.sight.channels, model.sight.kernels, model.sight.strides) = ([3], [3], [2])
    model.sight.widths = [7]
    return ModelConfiguration(
      model: model, interface: interface, contextSteps: steps, predicts: predicts)
  }

  /// The numbers follow from places in a tensor, and not from the length of the context.
  func parameters(steps: Int) -> Parameters {
    let parameters = Parameters(configuration(steps: steps))
    for (index, (_, matrix)) in parameters.tensors.enumerated() {
      matrix.assign(
        ReferenceMatrix(rows: matrix.rows, columns: matrix.columns, key: UInt32(index)).floats)
    }
    return parameters
  }

  func observation(using random: inout Random) -> Observation {
    switch sight {
    case .floats(let count):
      return Observation(floats: (0..<count).map { _ in random.normal() })
    case .tensor:
      return Observation(bytes: (0..<sight.carriedCount).map { _ in UInt8(random.below(256)) })
    case .categories(_, let values):
      return Observation(bytes: (0..<sight.carriedCount).map { _ in UInt8(random.below(values)) })
    default: return Observation(UInt8(random.below(3)), UInt8(random.below(2)))
    }
  }

  /// A life of steps with real-valued rewards, three to an episode.
  func life(_ count: Int, _ number: Int) -> [ContextStep] {
    var random = Seed(3).random(for: "life", number)
    return (0..<count).map { step in
      ContextStep(
        observation: observation(using: &random), action: random.below(interface.actionCount),
        reward: random.normal() / rewardScale, startsEpisode: step % 3 == 0)
    }
  }

  func batch(_ lives: [[ContextStep]]) -> ContextBatch {
    var batch = ContextBatch(
      windowCount: lives.count, stepCount: lives[0].count, tokensPerStep: tokensPerStep)
    for (window, life) in lives.enumerated() {
      for (step, lived) in life.enumerated() {
        batch.set(
          window: window, step: step, observation: lived.observation, action: lived.action,
          reward: lived.reward, lossWeight: 1)
      }
    }
    return batch
  }

  /// What a full pass predicts, step after step.
  func predictions(of life: [ContextStep]) -> [[Float]] {
    let parameters = parameters(steps: life.count)
    let logits = parameters.configuration.makePass(windowCount: 1)
      .forward(batch([life]), windows: 0..<1, parameters, noise: nil)
    return life.indices.map { logits[rows: $0..<$0 + 1].values }
  }
}

@Suite struct `Laws of richer steps` {
  @Test(arguments: StepKind.all)
  func `acting predicts to the bit what a full pass does`(kind: StepKind) {
    let lives = (0..<3).map { kind.life(9, $0) }
    let expected = lives.map(kind.predictions)
    let context = kind.parameters(steps: 9).makeContext(streamCount: 3)
    for step in 0..<9 {
      context.predict(lives.map { $0[step].observation })
      for (stream, life) in lives.enumerated() {
        #expect(
          context.logits[rows: stream..<stream + 1].values == expected[stream][step],
          "stream \(stream), step \(step)")
        context.append(life[step], to: stream)
      }
    }
  }

  @Test(arguments: StepKind.all.filter { $0.architecture == .transformer })
  func `after a cut acting predicts to the bit what a full pass does`(kind: StepKind) {
    let parameters = kind.parameters(steps: 7)
    let lives = (0..<2).map { kind.life(20, $0) }
    let context = RollingContext(parameters, streamCount: 2)
    context.prefill(1, with: kind.life(5, 9))
    for step in 0..<20 {
      context.predict(lives.map { $0[step].observation })
      for (stream, life) in lives.enumerated() {
        let expected = parameters.predicted(
          after: context.steps(of: stream), now: life[step].observation)
        #expect(context.logits(of: stream) == expected, "stream \(stream), step \(step)")
        context.append(life[step], to: stream)
      }
    }
  }

  @Test(arguments: StepKind.all, [0, 3, 5])
  func `a later step never changes an earlier prediction`(kind: StepKind, changed: Int) {
    let life = kind.life(6, 0)
    var other = life
    other[changed] = kind.life(6, 1)[changed]
    let (before, after) = (kind.predictions(of: life), kind.predictions(of: other))
    #expect(Array(before[..<changed]) == Array(after[..<changed]))
  }

  @Test(arguments: StepKind.all.filter { $0.interface.actionCount > 1 })
  func `every choice of the action before is read, and its reward`(kind: StepKind) {
    let life = kind.life(2, 0)
    let now = kind.predictions(of: life)[1]
    func predicted(action: Int, reward: Float) -> [Float] {
      let first = ContextStep(
        observation: life[0].observation, action: action, reward: reward, startsEpisode: true)
      return kind.predictions(of: [first, life[1]])[1]
    }
    let all = (0..<kind.interface.actionCount).map {
      predicted(action: $0, reward: life[0].reward)
    }
    #expect(all[life[0].action] == now)
    #expect(Set(all).count == all.count)
    #expect(predicted(action: life[0].action, reward: life[0].reward + 1) != now)
  }

  @Test func `a reward is read times the scale of the interface`() {
    let kind = StepKind(sight: .floats(count: 2), factors: [2], rewardScale: 0.25)
    let plain = StepKind(sight: .floats(count: 2), factors: [2])
    let life = kind.life(6, 0)
    let scaled = life.map {
      ContextStep(
        observation: $0.observation, action: $0.action, reward: $0.reward * 0.25,
        startsEpisode: $0.startsEpisode)
    }
    #expect(kind.predictions(of: life) == plain.predictions(of: scaled))
    #expect(kind.predictions(of: life) != plain.predictions(of: life))
  }

  @Test func `a policy has logits for the choices of each factor, values are those of actions`() {
    var kind = StepKind(sight: .cells, factors: [3, 4], architecture: .lstm)
    let shapes = { (predicts: Prediction) in
      let configuration = kind.configuration(steps: 2, predicts: predicts)
      return Parameters(configuration).tensors.reduce(into: [String: Int]()) {
        $0[$1.tensor.name] = $1.matrix.rows
      }
    }
    #expect(shapes(.actions)["head.weight"] == 7)
    #expect(shapes(.actionsAndReturn)["head.weight"] == 7)
    #expect(shapes(.actionValues)["head.weight"] == 12)
    #expect(shapes(.actionValues)["action.weight"] == 8)
    kind = StepKind(sight: .cells, factors: [12], architecture: .lstm)
    #expect(shapes(.actions)["head.weight"] == 12)
    #expect(shapes(.actions)["action.weight"] == 13)
  }

  @Test(arguments: StepKind.all)
  func `a checkpoint keeps the model, its factors and its scale`(kind: StepKind) throws {
    try withTemporaryFolder { folder in
      let url = folder.appending(path: "model.safetensors")
      let parameters = kind.parameters(steps: 3)
      try Checkpoint.write(parameters, to: url)
      let read = try Checkpoint.read(url, expecting: parameters.configuration)
      #expect(read.all.values == parameters.all.values)
      #expect(read.configuration.interface == kind.interface)
    }
  }
}

@Suite struct `Learning from richer steps` {
  /// The share of fresh steps in which a model says what it was shown, after some updates.
  private func accuracy(
    _ kind: StepKind, updates: Int, rule: (Observation) -> Int
  ) -> Double {
    var model = ModelSettings()
    model.architecture = kind.architecture
    (model.width, model.layers, model.heads, model.feedForward) = (32, 1, 2, 64)
    var settings = TrainingSettings()
    (settings.updates, settings.windowsPerUpdate) = (updates, 16)
    (settings.warmUpUpdates, settings.learningRate) = (10, 3e-3)
    let configuration = ModelConfiguration(
      model: model, interface: kind.interface, contextSteps: 8)
    let trainer = Trainer(configuration, settings, seed: Seed(1), workers: 1)
    var random = Seed(2).random(for: "observations")
    var batch = trainer.makeBatch()
    func fill() {
      for window in 0..<batch.windowCount {
        for step in 0..<batch.stepCount {
          let observation = kind.observation(using: &random)
          batch.set(
            window: window, step: step, observation: observation, action: rule(observation),
            reward: 0, lossWeight: 1)
        }
      }
    }
    for _ in 0..<updates {
      fill()
      _ = trainer.update(on: batch)
    }
    fill()
    return trainer.update(on: batch).accuracy
  }

  /// The first choice follows from a weighted sum, the second from whether two numbers have the same sign.
  @Test(arguments: [Architecture.transformer, .lstm])
  func `the default network learns two choices from four numbers`(architecture: Architecture) {
    let kind = StepKind(
      sight: .floats(count: 4), factors: [2, 2], architecture: architecture)
    let share = accuracy(kind, updates: 300) { seen in
      let x = seen.floats
      return (x[2] + 0.5 * x[3] > 0 ? 2 : 0) + (x[0] * x[1] > 0 ? 1 : 0)
    }
    #expect(share >= Tolerance.learnedShare)
  }

  /// No sum of one number for each place and category says whether two categories are the same.
  @Test(arguments: [Architecture.transformer, .lstm])
  func `the default network learns to compare categories`(architecture: Architecture) {
    let kind = StepKind(
      sight: .categories(shape: [2, 2], values: 3), factors: [2], architecture: architecture)
    let share = accuracy(kind, updates: 200) { $0.bytes[0] == $0.bytes[3] ? 1 : 0 }
    #expect(share >= Tolerance.learnedShare)
  }
}
