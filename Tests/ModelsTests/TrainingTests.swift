// The trainer's step on a batch: where ten updates lead in PyTorch, that any number of workers gives
// the same bits, and that it can learn.

import Contexts
import LinearAlgebra
import Models
import Randomness
import TestSupport
import Testing
import Training

@Suite struct `Updates on one batch` {
  /// The optimiser that made a golden file.
  private static func settings(of golden: GoldenTransformer) throws -> TrainingSettings {
    var settings = TrainingSettings()
    settings.updates = try golden.file.integer("updates")
    settings.windowsPerUpdate = golden.batch.windows
    settings.learningRate = try golden.file.number("learningRate")
    settings.initialLearningRate = try golden.file.number("initialLearningRate")
    settings.finalLearningRateFraction = try golden.file.number("finalLearningRateFraction")
    settings.warmUpUpdates = try golden.file.integer("warmUpUpdates")
    settings.weightDecay = try golden.file.number("weightDecay")
    settings.beta1 = try golden.file.number("beta1")
    settings.beta2 = try golden.file.number("beta2")
    settings.epsilon = try golden.file.number("epsilon")
    settings.gradientClipNorm = try golden.file.number("gradientClipNorm")
    settings.labelSmoothing = golden.model.settings.labelSmoothing
    return settings
  }

  /// A trainer that begins with the parameters of a reference model.
  private static func trainer(
    _ model: ReferenceTransformer, _ settings: TrainingSettings, workers: Int
  ) -> Trainer {
    let trainer = Trainer(
      model.settings.configuration, settings, seed: Seed(0), workers: workers)
    for (tensor, matrix) in trainer.parameters.tensors {
      matrix.assign(model.parameters[tensor.name].floats)
    }
    return trainer
  }

  @Test(arguments: GoldenTransformer.variants)
  func `ten of them lead where they lead in PyTorch`(variant: String) throws {
    let golden = try GoldenTransformer(variant)
    let batch = golden.batch.contextBatch(of: golden.model.settings)
    let trainer = Self.trainer(golden.model, try Self.settings(of: golden), workers: 2)
    let records = (0..<10).map { update in
      trainer.update(on: batch, noise: DropoutNoise(seed: golden.model.noiseSeed + update))
    }
    for (name, found, tolerance) in [
      ("learningRates", records.map(\.learningRate), Tolerance.exactArithmetic),
      ("losses", records.map(\.loss), Tolerance.tenUpdates),
      ("gradientNorms", records.map(\.gradientNorm), Tolerance.tenUpdates),
    ] {
      let error = relativeError(found, expected: try golden.steps(name))
      #expect(error <= tolerance, "\(name)")
    }
    let expected = try golden.parametersAfterwards
    for (tensor, matrix) in trainer.parameters.tensors {
      let error = relativeError(matrix.reference, expected: expected[tensor.name])
      #expect(error <= Tolerance.tenUpdates, "\(tensor.name)")
    }
  }

  @Test(arguments: [2, 3])
  func `they give the same bits as with one worker`(workers: Int) {
    var model = ModelLaws.settings(1, false)
    (model.dropout, model.attentionDropout) = (0.25, 0.25)
    let batch = ReferenceBatch(windows: 11, of: model, key: 2).contextBatch(of: model)
    let reference = ReferenceTransformer(model, model.parameters(key: 1), noiseSeed: 0)
    var settings = TrainingSettings()
    settings.windowsPerUpdate = 11
    settings.warmUpUpdates = 0
    let ends = [1, workers].map { workers in
      let trainer = Self.trainer(reference, settings, workers: workers)
      let records = (0..<3).map { _ in trainer.update(on: batch) }
      return (records, trainer.parameters.all.values)
    }
    #expect(ends[0].0 == ends[1].0)
    #expect(ends[0].1 == ends[1].1)
  }

  @Test(arguments: [(1, false), (1, true), (3, false), (3, true)])
  func `they learn it by heart`(form: (tokensPerStep: Int, isPostNorm: Bool)) {
    let model = ModelLaws.settings(form.tokensPerStep, form.isPostNorm)
    let batch = ReferenceBatch(windows: 3, of: model, key: 2).contextBatch(of: model)
    let reference = ReferenceTransformer(model, model.parameters(key: 1), noiseSeed: 0)
    var settings = TrainingSettings()
    settings.updates = 150
    settings.windowsPerUpdate = 3
    settings.warmUpUpdates = 10
    settings.learningRate = 0.02
    let trainer = Self.trainer(reference, settings, workers: 1)
    let last = (0..<150).map { _ in trainer.update(on: batch) }.last
    #expect((last?.loss ?? .infinity) <= Tolerance.learnedByHeart)
    #expect(last?.accuracy ?? 0 >= 1 - Tolerance.modelLoss)
  }
}
