// The fast model made from the same numbers as the reference, and what it computes as numbers that
// can be compared.

import Contexts
import Layers
import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport

extension ReferenceSettings {
  /// The configuration of a fast model of the same shape.
  var configuration: ModelConfiguration {
    var model = ModelSettings()
    model.width = width
    model.layers = layers
    model.heads = heads
    model.feedForward = feedForward
    model.normPlacement = isPostNorm ? .post : .pre
    model.tokensPerStep = tokensPerStep
    model.dropout = dropout
    model.attentionDropout = attentionDropout
    // What is seen is embedded by one linear map, or by one sum.
    model.sight.widths = []
    return ModelConfiguration(
      model: model,
      interface: TaskInterface(
        observationSizes: isComponents ? observationSizes : [], sight: sight,
        actionFactors: actionFactors, episodeLength: 3, rewards: isComponents ? [0, 1] : nil,
        rewardScale: Float(rewardScale)),
      contextSteps: steps)
  }

  private var sight: Sight {
    switch seen {
    case .components: .cells
    case .floats(let count): .floats(count: count)
    case .categories(let places, let values): .categories(shape: [places], values: values)
    }
  }

  private var isComponents: Bool { sight == .cells }
}

extension ReferenceBatch {
  /// The same windows as the fast model takes them.
  func contextBatch(of settings: ReferenceSettings) -> ContextBatch {
    var batch = ContextBatch(
      windowCount: windows, stepCount: settings.steps, tokensPerStep: settings.tokensPerStep)
    for index in actions.indices {
      batch.set(
        window: index / settings.steps, step: index % settings.steps,
        observation: observation(index, of: settings),
        action: actions[index], reward: Float(rewards[index]),
        lossWeight: Float(lossWeights[index]))
    }
    for (token, isMasked) in masked.enumerated() where isMasked {
      batch.mask(window: token / settings.tokens, token: token % settings.tokens)
    }
    return batch
  }

  private func observation(_ index: Int, of settings: ReferenceSettings) -> Observation {
    switch settings.seen {
    case .components:
      let components = settings.observationSizes.count
      var observation = Observation.empty
      for component in 0..<components {
        observation.components[component] = UInt8(observations[index * components + component])
      }
      return observation
    case .floats(let count):
      return Observation(floats: floats[index * count..<(index + 1) * count].map { Float($0) })
    case .categories(let places, _):
      return Observation(
        bytes: observations[index * places..<(index + 1) * places].map { UInt8($0) })
    }
  }
}

/// A fast model with the numbers of a reference model.
final class FastModel {
  let settings: ReferenceSettings
  let parameters: Parameters
  let gradients: Parameters

  init(_ reference: ReferenceTransformer) {
    settings = reference.settings
    parameters = Parameters(reference.settings.configuration)
    gradients = Parameters(reference.settings.configuration)
    for (tensor, matrix) in parameters.tensors {
      matrix.assign(reference.parameters[tensor.name].floats)
    }
  }

  /// Logits of a batch without dropout, or with that of a noise seed.
  func logits(of batch: ContextBatch, noiseSeed: UInt32? = nil) -> ReferenceMatrix {
    TransformerPass(parameters.configuration, windowCount: batch.windowCount)
      .forward(
        batch, windows: 0..<batch.windowCount, parameters,
        noise: noiseSeed.map { DropoutNoise(seed: $0) }
      ).reference
  }

  /// Overwrites the gradients with those of a batch, some windows at a time.
  @discardableResult
  func computeGradients(
    of batch: ContextBatch, noiseSeed: UInt32, windowsAtOnce: Int? = nil
  ) -> PassResult {
    let count = windowsAtOnce ?? batch.windowCount
    let pass = TransformerPass(parameters.configuration, windowCount: count)
    gradients.all.fill(with: 0)
    var result = PassResult()
    for first in stride(from: 0, to: batch.windowCount, by: count) {
      result.add(
        pass.accumulateGradients(
          batch, windows: first..<min(first + count, batch.windowCount), parameters,
          into: gradients, totalWeight: batch.totalWeight,
          labelSmoothing: settings.labelSmoothing, noise: DropoutNoise(seed: noiseSeed)))
    }
    return result
  }
}

extension Parameters {
  /// What a full pass predicts after some steps, given the observation that follows them.
  func predicted(
    after steps: [ContextStep], now: Observation, renderer: (any Renderer)? = nil
  ) -> [Double] {
    var batch = ContextBatch(
      windowCount: 1, stepCount: configuration.contextSteps,
      tokensPerStep: configuration.model.tokensPerStep)
    for (index, step) in steps.enumerated() {
      batch.set(
        window: 0, step: index, observation: step.observation, action: step.action,
        reward: step.reward, lossWeight: 1)
    }
    // What comes later changes nothing, but is looked at.
    for later in steps.count..<configuration.contextSteps {
      batch.set(window: 0, step: later, observation: now, action: 0, reward: 0, lossWeight: 1)
    }
    let logits = TransformerPass(configuration, windowCount: 1, renderer: renderer)
      .forward(batch, windows: 0..<1, self)
    return (0..<logits.columns).map { Double(logits[steps.count, $0]) }
  }
}

extension RollingContext {
  /// The logits that a stream was given.
  func logits(of stream: Int) -> [Double] {
    (0..<logits.columns).map { Double(logits[stream, $0]) }
  }
}
