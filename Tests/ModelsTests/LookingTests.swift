// The model that sees pictures or vectors: against PyTorch, and acting as it does in a full pass.

import Contexts
import Layers
import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport
import Testing

@Suite struct `A model that looks` {
  /// Each a file `data/golden/looking-<variant>.safetensors`.
  static let variants = ["picture", "picture-three-tokens", "vector"]

  private struct Golden {
    let file: GoldenFile
    let parameters: Parameters
    let batch: ContextBatch
    let renderer: FrameTable
    let noise: DropoutNoise

    init(_ variant: String) throws {
      file = try GoldenFile(named: "looking-\(variant)")
      renderer = try file.frames()
      noise = DropoutNoise(seed: UInt32(try file.integer("noiseSeed")))
      var model = ModelSettings()
      model.width = try file.integer("width")
      model.layers = try file.integer("layers")
      model.heads = try file.integer("heads")
      model.feedForward = try file.integer("feedForward")
      model.normPlacement = try file.setting("normPlacement") == "post" ? .post : .pre
      model.tokensPerStep = try file.integer("tokensPerStep")
      model.dropout = try file.number("dropout")
      model.attentionDropout = try file.number("attentionDropout")
      model.sight = try file.sightSettings("sight.")
      let interface = TaskInterface(
        observationSizes: [renderer.frames.count], sight: try file.sight("sight."),
        actionCount: try file.integer("actions"), episodeLength: 3, rewards: [0, 1])
      let (windows, steps) = (try file.integer("windows"), try file.integer("steps"))
      parameters = Parameters(
        ModelConfiguration(model: model, interface: interface, contextSteps: steps))
      for (tensor, matrix) in parameters.tensors {
        matrix.assign(try file.tensor(tensor.name).floats)
      }
      var batch = ContextBatch(
        windowCount: windows, stepCount: steps, tokensPerStep: model.tokensPerStep)
      let seen = try file.tensor("batch/observations")
      let actions = try file.tensor("batch/actions")
      let (rewards, weights) = (
        try file.tensor("batch/rewards"), try file.tensor("batch/lossWeights")
      )
      for index in actions.values.indices {
        batch.set(
          window: index / steps, step: index % steps,
          observation: Observation(UInt8(seen.values[index]), 0),
          action: Int(actions.values[index]), reward: Float(rewards.values[index]),
          lossWeight: Float(weights.values[index]))
      }
      let tokens = steps * model.tokensPerStep
      for (token, masked) in try file.tensor("batch/masked").values.enumerated() where masked == 1 {
        batch.mask(window: token / tokens, token: token % tokens)
      }
      self.batch = batch
    }
  }

  @Test(arguments: variants)
  func `its logits are those of PyTorch`(variant: String) throws {
    let golden = try Golden(variant)
    let pass = TransformerPass(
      golden.parameters.configuration, windowCount: 2, renderer: golden.renderer)
    let logits = pass.forward(
      golden.batch, windows: 0..<2, golden.parameters, noise: golden.noise)
    let error = relativeError(logits.reference, expected: try golden.file.tensor("logits"))
    #expect(error <= Tolerance.sightOutput)
  }

  @Test(arguments: variants, [1, 2])
  func `its loss and every gradient are those of PyTorch however many windows a pass holds`(
    variant: String, windowsAtOnce: Int
  ) throws {
    let golden = try Golden(variant)
    let configuration = golden.parameters.configuration
    let pass = TransformerPass(
      configuration, windowCount: windowsAtOnce, renderer: golden.renderer)
    let gradients = Parameters(configuration)
    var result = PassResult()
    for first in stride(from: 0, to: 2, by: windowsAtOnce) {
      result.add(
        pass.accumulateGradients(
          golden.batch, windows: first..<first + windowsAtOnce, golden.parameters,
          into: gradients, totalWeight: golden.batch.totalWeight, labelSmoothing: 0,
          noise: golden.noise))
    }
    let error = relativeError([result.loss], expected: try golden.file.tensor("loss").values)
    #expect(error <= Tolerance.modelLoss)
    for (tensor, gradient) in gradients.tensors {
      let expected = try golden.file.tensor("gradient/\(tensor.name)")
      let error = relativeError(gradient.reference, expected: expected)
      #expect(error <= Tolerance.sightGradient, "\(tensor.name)")
    }
  }

  // Acting

  /// A walk at random through a pool, with the platform in sight now and then.
  private static func life(_ count: Int, in pool: Watermaze, _ number: Int) -> [ContextStep] {
    var random = Seed(5).random(for: "walk", number)
    var state = pool.reset(using: &random)
    return (0..<count).map { step in
      if step % 3 == 0 { state = pool.reset(using: &random) }
      if step % 3 == 2 { state.stepsSinceFound = 0 }
      let observation = pool.observation(of: state)
      let action = random.below(8)
      let reward = pool.step(&state, action, using: &random).reward
      return ContextStep(
        observation: observation, action: action, reward: reward, startsEpisode: step % 3 == 0)
    }
  }

  static let forms: [(Int, NormPlacement, WatermazeSettings.View)] = [
    (1, .pre, .image), (1, .post, .position), (3, .pre, .position), (3, .post, .image),
  ]

  /// Twenty-five steps in contexts of nine, the second of which begins with a demonstration.
  @Test(arguments: forms)
  func `every prediction is to the bit that of a full pass, after cuts and demonstrations too`(
    form: (tokensPerStep: Int, norm: NormPlacement, view: WatermazeSettings.View)
  ) {
    var settings = WatermazeSettings()
    (settings.view, settings.pools, settings.startHeading) = (form.view, 3, .any)
    let family = WatermazeFamily(settings)
    var model = ModelSettings()
    (model.width, model.layers, model.heads, model.feedForward) = (8, 2, 2, 12)
    (model.tokensPerStep, model.normPlacement) = (form.tokensPerStep, form.norm)
    (model.sight.channels, model.sight.widths) = ([3, 4], [8])
    let parameters = Parameters(
      ModelConfiguration(model: model, interface: family.interface, contextSteps: 9),
      seed: Seed(1))
    let lives = (0..<3).map { Self.life(25, in: family.task(TaskID($0)), $0) }
    let context = RollingContext(parameters, streamCount: 3, renderer: family.renderer)
    context.prefill(1, with: Self.life(6, in: family.task(TaskID(0)), 7))
    context.prefill(2, with: Self.life(20, in: family.task(TaskID(1)), 8))
    for step in 0..<25 {
      context.predict(lives.map { $0[step].observation })
      for (stream, life) in lives.enumerated() {
        let expected = parameters.predicted(
          after: context.steps(of: stream), now: life[step].observation,
          renderer: family.renderer)
        #expect(context.logits(of: stream) == expected, "stream \(stream), step \(step)")
        context.append(life[step], to: stream)
      }
    }
  }

  @Test func `what is seen changes what is predicted`() {
    let family = WatermazeFamily()
    let parameters = Parameters(
      ModelConfiguration(
        model: ModelSettings(), interface: family.interface, contextSteps: 9), seed: Seed(1))
    let life = Self.life(6, in: family.task(TaskID(0)), 0)
    let predicted = life.map {
      parameters.predicted(after: [], now: $0.observation, renderer: family.renderer)
    }
    #expect(predicted[0] == predicted[3])
    #expect(predicted[0] != predicted[1] && predicted[1] != predicted[2])
  }
}
