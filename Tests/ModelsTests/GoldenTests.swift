// The third corner of the triangle: the whole fast model against what PyTorch computed, and against
// the reference at lengths that golden files do not have.

import LinearAlgebra
import Models
import TestSupport
import Testing

@Suite struct `The fast model` {
  @Test(arguments: GoldenTransformer.variants)
  func `its tensors have the names that PyTorch was given`(variant: String) throws {
    let golden = try GoldenTransformer(variant)
    let names = FastModel(golden.model).parameters.tensors.map(\.tensor.name)
    #expect(names == golden.model.parameters.names)
  }

  @Test(arguments: GoldenTransformer.variants)
  func `its logits are those of PyTorch`(variant: String) throws {
    let golden = try GoldenTransformer(variant)
    let logits = FastModel(golden.model).logits(
      of: golden.batch.contextBatch(of: golden.model.settings), noiseSeed: golden.model.noiseSeed)
    let error = relativeError(logits, expected: try golden.logits)
    #expect(error <= Tolerance.modelLogits)
  }

  @Test(arguments: GoldenTransformer.variants)
  func `its loss is that of PyTorch`(variant: String) throws {
    let golden = try GoldenTransformer(variant)
    let found = FastModel(golden.model).computeGradients(
      of: golden.batch.contextBatch(of: golden.model.settings), noiseSeed: golden.model.noiseSeed)
    let error = relativeError([found.loss], expected: [try golden.loss])
    #expect(error <= Tolerance.modelLoss)
  }

  @Test(arguments: GoldenTransformer.variants, [1, 2, 3])
  func `every gradient is that of PyTorch however many windows a pass holds`(
    variant: String, windowsAtOnce: Int
  ) throws {
    let golden = try GoldenTransformer(variant)
    let model = FastModel(golden.model)
    model.computeGradients(
      of: golden.batch.contextBatch(of: golden.model.settings), noiseSeed: golden.model.noiseSeed,
      windowsAtOnce: windowsAtOnce)
    let expected = try golden.gradients
    for (tensor, gradient) in model.gradients.tensors {
      let error = relativeError(gradient.reference, expected: expected[tensor.name])
      #expect(error <= Tolerance.modelGradient, "\(tensor.name)")
    }
  }

  @Test(arguments: ReferenceCase.ofSteps)
  func `its gradients are those of the reference whatever a step holds`(option: ReferenceCase) {
    let settings = option.settings
    let reference = ReferenceTransformer(settings, settings.parameters(key: 1), noiseSeed: 2)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 3, masking: option.masking)
    let model = FastModel(reference)
    let found = model.computeGradients(of: batch.contextBatch(of: settings), noiseSeed: 2)
    let error = relativeError([found.loss], expected: [reference.loss(of: batch)])
    #expect(error <= Tolerance.modelLoss)
    let expected = reference.gradients(of: batch)
    for (tensor, gradient) in model.gradients.tensors {
      let error = relativeError(gradient.reference, expected: expected[tensor.name])
      #expect(error <= Tolerance.modelGradient, "\(tensor.name)")
    }
  }

  @Test(arguments: [(70, 1, false), (45, 3, true)])
  func `in contexts of several blocks of queries its gradients are those of the reference`(
    steps: Int, tokensPerStep: Int, isPostNorm: Bool
  ) {
    var settings = ReferenceSettings()
    settings.steps = steps
    settings.tokensPerStep = tokensPerStep
    settings.isPostNorm = isPostNorm
    settings.attentionDropout = 0.25
    let reference = ReferenceTransformer(settings, settings.parameters(key: 1), noiseSeed: 2)
    let batch = ReferenceBatch(windows: 1, of: settings, key: 3, masking: true)
    let model = FastModel(reference)
    model.computeGradients(of: batch.contextBatch(of: settings), noiseSeed: 2)
    let expected = reference.gradients(of: batch)
    for (tensor, gradient) in model.gradients.tensors {
      let error = relativeError(gradient.reference, expected: expected[tensor.name])
      #expect(error <= Tolerance.modelGradient, "\(tensor.name)")
    }
  }
}
