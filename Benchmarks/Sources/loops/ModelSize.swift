// The four sizes that are compared, and what a training step of each costs.

internal import ArgumentParser
internal import Contexts
internal import Models
internal import Tasks
internal import Training

/// A model with its context and its batch; the peers know them under the same names.
enum ModelSize: String, CaseIterable, ExpressibleByArgument {
  case fast
  case paper
  case wide
  case long

  var model: ModelSettings {
    var model = ModelSettings()
    (model.width, model.layers, model.heads, model.feedForward) = (64, 4, 4, 256)
    switch self {
    case .fast, .long: break
    case .wide: (model.width, model.layers, model.heads, model.feedForward) = (256, 6, 8, 1024)
    case .paper:
      (model.feedForward, model.tokensPerStep, model.normPlacement) = (2048, 3, .post)
      (model.dropout, model.attentionDropout) = (0.1, 0.5)
    }
    return model
  }

  /// Environment steps of a context.
  var contextSteps: Int {
    switch self {
    case .fast, .wide: 200
    case .paper: 80
    case .long: 1_600
    }
  }

  /// Windows of an update.
  var windows: Int {
    switch self {
    case .fast: 64
    case .paper: 128
    case .wide: 16
    case .long: 8
    }
  }

  func configuration(dropout: Bool = true) -> ModelConfiguration {
    var model = self.model
    if !dropout { (model.dropout, model.attentionDropout) = (0, 0) }
    return ModelConfiguration(
      model: model, interface: DarkRoomFamily().interface, contextSteps: contextSteps)
  }

  /// How windows are drawn: as by `distill`, half of them from the start of a history.
  var context: ContextSettings {
    var context = ContextSettings()
    context.steps = contextSteps
    context.episodeSubsampling = 8
    context.maskProbability = 0
    return context
  }

  var training: TrainingSettings {
    var training = TrainingSettings()
    training.updates = 1_000_000
    training.windowsPerUpdate = windows
    training.learningRate = 1e-4
    training.warmUpUpdates = 0
    return training
  }

  /// Floating-point operations of a training step, for each environment step: 6 · parameters +
  /// 6 · layers · context · width for each token.
  var operationsPerStep: Int {
    let configuration = configuration()
    let parameters = ParameterTensor.all(of: configuration).reduce(0) { sum, tensor in
      let shape = tensor.shape(in: configuration)
      return sum + shape.rows * shape.columns
    }
    let attention = model.layers * configuration.tokenCount * model.width
    return 6 * (parameters + attention) * model.tokensPerStep
  }
}
