// What must hold of the model whatever its numbers are.

import Contexts
import LinearAlgebra
import Models
import Randomness
import Tasks
import TestSupport
import Testing

/// The model that laws are tested on.
enum ModelLaws {
  static func settings(_ tokensPerStep: Int, _ isPostNorm: Bool) -> ReferenceSettings {
    var settings = ReferenceSettings()
    settings.steps = 9
    settings.width = 8
    settings.feedForward = 12
    settings.tokensPerStep = tokensPerStep
    settings.isPostNorm = isPostNorm
    return settings
  }

  static func model(_ settings: ReferenceSettings) -> FastModel {
    FastModel(ReferenceTransformer(settings, settings.parameters(key: 1), noiseSeed: 0))
  }
}

@Suite struct `Laws of the model` {
  /// The logits of one step of a window.
  private static func logits(
    _ all: ReferenceMatrix, window: Int, step: Int, of settings: ReferenceSettings
  ) -> ArraySlice<Double> {
    let first = (window * settings.steps + step) * settings.actions
    return all.values[first..<first + settings.actions]
  }

  @Test(arguments: [(1, false), (3, true)])
  func `packed weights, packed again after a change, give the same bits`(
    form: (tokensPerStep: Int, isPostNorm: Bool)
  ) {
    let settings = ModelLaws.settings(form.tokensPerStep, form.isPostNorm)
    let parameters = ModelLaws.model(settings).parameters
    let packed = Parameters(packing: parameters)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 3).contextBatch(of: settings)
    let pass = TransformerPass(settings.configuration, windowCount: 2)
    for change in [Float(0), 0.25] {
      for (_, matrix) in parameters.tensors { matrix[0, 0] += change }
      for weight in 0..<packed.weightCount { packed.pack(weight) }
      let found = pass.forward(batch, windows: 0..<2, packed).values
      #expect(pass.forward(batch, windows: 0..<2, parameters).values == found)
    }
  }

  /// A batch in which one step of the second window is another.
  private static func changed(_ batch: ContextBatch, step: Int) -> ContextBatch {
    var other = batch
    let index = batch.index(window: 1, step: step)
    let seen = batch.observations[index].components
    other.set(
      window: 1, step: step, observation: Observation(2 - seen[0], 1 - seen[1]),
      action: (Int(batch.actions[index]) + 1) % 3, reward: batch.rewards[index] + 1,
      lossWeight: 1)
    return other
  }

  @Test(arguments: [(1, false), (1, true), (3, false), (3, true)], [0, 1, 4, 8])
  func `a later token never changes an earlier output`(
    form: (tokensPerStep: Int, isPostNorm: Bool), step: Int
  ) {
    let settings = ModelLaws.settings(form.tokensPerStep, form.isPostNorm)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 2).contextBatch(of: settings)
    let model = ModelLaws.model(settings)
    let before = model.logits(of: batch)
    let after = model.logits(of: Self.changed(batch, step: step))
    for earlier in 0..<step {
      #expect(
        Self.logits(before, window: 1, step: earlier, of: settings)
          == Self.logits(after, window: 1, step: earlier, of: settings))
    }
    for later in step..<settings.steps {
      #expect(
        Self.logits(before, window: 1, step: later, of: settings)
          != Self.logits(after, window: 1, step: later, of: settings))
    }
  }

  @Test(arguments: [(1, false), (1, true), (3, false), (3, true)])
  func `the action that is predicted is not shown`(
    form: (tokensPerStep: Int, isPostNorm: Bool)
  ) {
    let settings = ModelLaws.settings(form.tokensPerStep, form.isPostNorm)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 2)
    var other = batch
    let last = settings.steps - 1
    other.actions[last] = (other.actions[last] + 1) % settings.actions
    other.rewards[last] += 1
    let model = ModelLaws.model(settings)
    #expect(
      model.logits(of: batch.contextBatch(of: settings))
        == model.logits(of: other.contextBatch(of: settings)))
  }

  @Test(arguments: [1, 3])
  func `one window never changes the output of another`(tokensPerStep: Int) {
    let settings = ModelLaws.settings(tokensPerStep, false)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 2).contextBatch(of: settings)
    let model = ModelLaws.model(settings)
    let before = model.logits(of: batch)
    let after = model.logits(of: Self.changed(batch, step: 0))
    let first = settings.steps * settings.actions
    #expect(before.values[..<first] == after.values[..<first])
  }

  @Test(arguments: [1, 3])
  func `the content of a masked token has no influence`(tokensPerStep: Int) {
    let settings = ModelLaws.settings(tokensPerStep, false)
    var batch = ReferenceBatch(windows: 2, of: settings, key: 2)
    let tokensOfSteps = 4 * tokensPerStep..<6 * tokensPerStep
    for token in tokensOfSteps { batch.masked[token] = true }
    var other = batch
    for component in [8, 9] {
      other.observations[component] = 1 - other.observations[component] % 2
    }
    other.actions[4] = (other.actions[4] + 1) % settings.actions
    other.rewards[4] += 1
    let model = ModelLaws.model(settings)
    let masked = model.logits(of: batch.contextBatch(of: settings))
    #expect(masked == model.logits(of: other.contextBatch(of: settings)))
    for token in tokensOfSteps { batch.masked[token] = false }
    #expect(masked != model.logits(of: batch.contextBatch(of: settings)))
  }

  @Test(arguments: [1, 3])
  func `windows in another order have their outputs in that order`(tokensPerStep: Int) {
    let settings = ModelLaws.settings(tokensPerStep, true)
    let batch = ReferenceBatch(windows: 3, of: settings, key: 2).contextBatch(of: settings)
    let order = [2, 0, 1]
    var moved = ContextBatch(windowCount: 3, stepCount: 9, tokensPerStep: tokensPerStep)
    for (window, origin) in order.enumerated() {
      for step in 0..<settings.steps {
        let index = batch.index(window: origin, step: step)
        moved.set(
          window: window, step: step, observation: batch.observations[index],
          action: Int(batch.actions[index]), reward: batch.rewards[index], lossWeight: 1)
      }
    }
    let model = ModelLaws.model(settings)
    let (before, after) = (model.logits(of: batch), model.logits(of: moved))
    for (window, origin) in order.enumerated() {
      let count = settings.steps * settings.actions
      let found = Array(after.values[window * count..<(window + 1) * count])
      let expected = Array(before.values[origin * count..<(origin + 1) * count])
      #expect(relativeError(found, expected: expected) <= Tolerance.modelLogits)
    }
  }

  @Test(arguments: [(1, NormPlacement.pre), (1, .post), (3, .pre), (3, .post)])
  func `before training the loss is that of a guess`(form: (tokens: Int, norm: NormPlacement)) {
    var model = ModelSettings()
    model.tokensPerStep = form.tokens
    model.normPlacement = form.norm
    let configuration = ModelConfiguration(
      model: model,
      interface: TaskInterface(
        observationSizes: [9, 9], actionCount: 5, episodeLength: 20, rewards: [0, 1]),
      contextSteps: 20)
    var settings = ReferenceSettings()
    (settings.steps, settings.observationSizes, settings.actions) = (20, [9, 9], 5)
    settings.tokensPerStep = form.tokens
    let batch = ReferenceBatch(windows: 4, of: settings, key: 1).contextBatch(of: settings)
    let pass = TransformerPass(configuration, windowCount: 4)
    let loss = pass.accumulateGradients(
      batch, windows: 0..<4, Parameters(configuration, seed: Seed(1)),
      into: Parameters(configuration), totalWeight: batch.totalWeight, labelSmoothing: 0,
      noise: nil
    ).loss
    #expect(abs(loss - Tolerance.logarithmOfFive) <= Tolerance.initialLoss)
  }

  @Test func `a pass used again gives the same bits`() {
    let settings = ModelLaws.settings(3, true)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 2).contextBatch(of: settings)
    let model = ModelLaws.model(settings)
    let pass = TransformerPass(settings.configuration, windowCount: 2)
    let gradients = (0..<2).map { _ in
      let gradients = Parameters(settings.configuration)
      _ = pass.accumulateGradients(
        batch, windows: 0..<2, model.parameters, into: gradients, totalWeight: batch.totalWeight,
        labelSmoothing: 0, noise: nil)
      return gradients.all.values
    }
    #expect(gradients[0] == gradients[1])
  }

  @Test func `padding between tensors has no gradient`() {
    let settings = ModelLaws.settings(1, false)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 2).contextBatch(of: settings)
    let model = ModelLaws.model(settings)
    model.computeGradients(of: batch, noiseSeed: 0)
    let inTensors = model.gradients.tensors.reduce(0) { $0 + $1.matrix.sumOfSquares }
    let everywhere = model.gradients.all.sumOfSquares
    #expect(abs(everywhere - inTensors) <= Tolerance.exactArithmetic * everywhere)
  }
}
