// The slow reference as a whole: its gradient against finite differences of its own loss, and all it
// computes against the golden files of PyTorch.

import TestSupport
import Testing

/// One option of the model changed from the smallest model.
enum ReferenceCase: String, CaseIterable, Sendable {
  case preNorm, postNorm, threeTokens, threeTokensPostNorm, dropout, attentionDropout, maskedTokens
  case labelSmoothing, noObservations, singleHead, singleStep, floats, categories, factors
  case rewardScale, stepsOfOne, everything, everythingSeen

  /// Those that change what a step holds.
  static let ofSteps: [ReferenceCase] = [
    .floats, .categories, .factors, .rewardScale, .stepsOfOne, .everythingSeen,
  ]

  var settings: ReferenceSettings {
    var settings = ReferenceSettings()
    switch self {
    case .preNorm, .maskedTokens: break
    case .postNorm: settings.isPostNorm = true
    case .threeTokens: settings.tokensPerStep = 3
    case .threeTokensPostNorm: (settings.tokensPerStep, settings.isPostNorm) = (3, true)
    case .dropout: settings.dropout = 0.25
    case .attentionDropout: settings.attentionDropout = 0.25
    case .labelSmoothing: settings.labelSmoothing = 0.2
    case .noObservations: settings.observationSizes = []
    case .singleHead: settings.heads = 1
    case .singleStep: (settings.steps, settings.heads, settings.layers) = (1, 1, 1)
    case .floats: settings.seen = .floats(4)
    case .categories: settings.seen = .categories(places: 3, values: 2)
    case .factors: settings.actionFactors = [2, 3, 1]
    case .rewardScale: settings.rewardScale = 0.125
    case .stepsOfOne:
      (settings.seen, settings.actionFactors) = (.categories(places: 1, values: 1), [1, 1])
    case .everythingSeen:
      (settings.tokensPerStep, settings.isPostNorm) = (3, true)
      (settings.dropout, settings.labelSmoothing) = (0.25, 0.2)
      (settings.seen, settings.actionFactors, settings.rewardScale) = (.floats(3), [3, 2], 4)
    case .everything:
      (settings.tokensPerStep, settings.isPostNorm) = (3, true)
      (settings.dropout, settings.attentionDropout, settings.labelSmoothing) = (0.25, 0.25, 0.2)
    }
    return settings
  }

  var masking: Bool {
    self == .maskedTokens || self == .everything || self == .everythingSeen
  }
}

@Suite struct `The reference model` {
  @Test(arguments: ReferenceCase.allCases)
  func `its gradient is that of finite differences of its loss`(option: ReferenceCase) {
    let settings = option.settings
    let batch = ReferenceBatch(windows: 2, of: settings, key: 3, masking: option.masking)
    let model = ReferenceTransformer(settings, settings.parameters(key: 4), noiseSeed: 5)
    let gradients = model.gradients(of: batch)
    for name in gradients.names {
      let differences = centralDifferences(at: model.parameters[name]) { moved in
        var other = model
        other.parameters[name] = moved
        return other.loss(of: batch)
      }
      let error = relativeError(gradients[name], expected: differences)
      #expect(error <= Tolerance.finiteDifferences, "\(name)")
    }
  }

  @Test(arguments: GoldenTransformer.variants)
  func `its logits are those of PyTorch`(variant: String) throws {
    let golden = try GoldenTransformer(variant)
    let error = relativeError(
      golden.model.logits(of: golden.batch), expected: try golden.logits)
    #expect(error <= Tolerance.doublePrecision)
  }

  @Test(arguments: GoldenTransformer.variants)
  func `its loss is that of PyTorch`(variant: String) throws {
    let golden = try GoldenTransformer(variant)
    let expected = try golden.loss
    #expect(abs(golden.model.loss(of: golden.batch) - expected) <= Tolerance.doublePrecision)
  }

  @Test(arguments: GoldenTransformer.variants)
  func `every gradient is that of PyTorch`(variant: String) throws {
    let golden = try GoldenTransformer(variant)
    let expected = try golden.gradients
    let found = golden.model.gradients(of: golden.batch)
    for name in expected.names {
      let error = relativeError(found[name], expected: expected[name])
      #expect(error <= Tolerance.doublePrecision, "\(name)")
    }
  }
}
