// A golden file of the transformer, as the model and batch it was made from and the results that are
// expected of them.

/// What PyTorch computed for one variant of the model; `scripts/golden` makes the files.
public struct GoldenTransformer: Sendable {
  /// The variants, each a file `data/golden/transformer-<variant>.safetensors`.
  public static let variants = [
    "pre-norm", "post-norm", "pre-norm-three-tokens", "post-norm-three-tokens", "dropout",
    "attention-dropout", "masked-tokens", "label-smoothing", "loss-weights", "no-observations",
    "single-head", "shapes-of-one", "all-options",
  ]

  /// The file, for settings of the optimiser.
  public let file: GoldenFile
  /// The model before training.
  public let model: ReferenceTransformer
  /// The batch.
  public let batch: ReferenceBatch

  /// Reads the file of a variant.
  public init(_ variant: String) throws {
    let file = try GoldenFile(named: "transformer-\(variant)")
    var settings = ReferenceSettings()
    settings.steps = try file.integer("steps")
    settings.observationSizes = try file.setting("observationSizes").split(separator: ",")
      .compactMap { Int($0) }
    settings.actions = try file.integer("actions")
    settings.width = try file.integer("width")
    settings.layers = try file.integer("layers")
    settings.heads = try file.integer("heads")
    settings.feedForward = try file.integer("feedForward")
    settings.isPostNorm = try file.setting("normPlacement") == "post"
    settings.tokensPerStep = try file.integer("tokensPerStep")
    settings.dropout = try file.number("dropout")
    settings.attentionDropout = try file.number("attentionDropout")
    settings.labelSmoothing = try file.number("labelSmoothing")
    self.file = file
    model = ReferenceTransformer(
      settings, try Self.parameters(of: settings, in: file, prefix: ""),
      noiseSeed: UInt32(try file.integer("noiseSeed")))
    batch = ReferenceBatch(
      windows: try file.integer("windows"),
      observations: try file.tensor("batch/observations").values.map { Int($0) },
      actions: try file.tensor("batch/actions").values.map { Int($0) },
      rewards: try file.tensor("batch/rewards").values,
      lossWeights: try file.tensor("batch/lossWeights").values,
      masked: try file.tensor("batch/masked").values.map { $0 == 1 })
  }

  /// Logits, (windows · steps) × actions.
  public var logits: ReferenceMatrix { get throws { try file.tensor("logits") } }

  /// The loss of the batch.
  public var loss: Double { get throws { try file.tensor("loss")[0, 0] } }

  /// The gradient of the loss in every parameter.
  public var gradients: ReferenceParameters {
    get throws { try Self.parameters(of: model.settings, in: file, prefix: "gradient/") }
  }

  /// The parameters after ten updates.
  public var parametersAfterwards: ReferenceParameters {
    get throws { try Self.parameters(of: model.settings, in: file, prefix: "after/") }
  }

  /// One number for each of the ten updates: `learningRates`, `losses` or `gradientNorms`.
  public func steps(_ name: String) throws -> [Double] { try file.tensor("steps/\(name)").values }

  private static func parameters(
    of settings: ReferenceSettings, in file: GoldenFile, prefix: String
  ) throws -> ReferenceParameters {
    ReferenceParameters(
      try settings.parameterShapes.map { shape in
        let tensor = try file.tensor(prefix + shape.name)
        guard tensor.rows == shape.rows && tensor.columns == shape.columns else {
          throw GoldenFile.Malformed(
            description: "\(prefix)\(shape.name) is \(tensor.rows) × \(tensor.columns), "
              + "not \(shape.rows) × \(shape.columns)")
        }
        return (shape.name, tensor)
      })
  }
}
