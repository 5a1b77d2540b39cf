// One model's training from the first update to the last, in a folder: what it leaves, and how it
// goes on after an interruption with the same bytes as if there had been none.

public import Contexts
public import Foundation
public import Models
public import Randomness
public import Tasks
internal import TensorFiles

/// The files of one model's training.
public struct TrainingFiles: Sendable {
  /// The trained parameters, at the end.
  public let model: URL
  /// Which model this is, for people and scripts, at the end.
  public let configuration: URL
  /// A row for each update.
  public let log: URL
  /// Parameters and moments on the way; removed at the end.
  public let checkpoint: URL

  /// The files of a folder under their usual names.
  public init(in folder: URL) {
    model = folder.appendingPathComponent("model.safetensors")
    configuration = folder.appendingPathComponent("config.json")
    log = folder.appendingPathComponent("training.csv")
    checkpoint = folder.appendingPathComponent("checkpoint.safetensors")
  }
}

/// Trains a model and leaves it in a folder.
public struct TrainingRun: Sendable {
  private let configuration: ModelConfiguration
  private let settings: TrainingSettings
  private let sampler: WindowSampler
  private let seed: Seed
  private let files: TrainingFiles
  private let metadata: [String: String]
  private let renderer: (any Renderer)?

  /// How many updates lie between two checkpoints.
  public static let updatesBetweenCheckpoints = 100

  /// A training, not yet begun.
  /// - Parameters:
  ///   - seed: The seed of this model alone.
  ///   - renderer: Draws what is seen, where that is made of bytes.
  ///   - metadata: What else the model's files shall say of it, such as method and seed.
  public init(
    _ configuration: ModelConfiguration, _ settings: TrainingSettings, sampler: WindowSampler,
    renderer: (any Renderer)? = nil, seed: Seed, files: TrainingFiles, metadata: [String: String]
  ) {
    self.configuration = configuration
    self.settings = settings
    self.sampler = sampler
    self.seed = seed
    self.files = files
    self.metadata = metadata
    self.renderer = renderer
  }

  /// Trains to the end, from the last checkpoint if there is one.
  /// - Parameters:
  ///   - workers: The threads to work on; changes no bit.
  ///   - resumed: Receives the number of updates that a checkpoint saved.
  ///   - progress: Receives each update; what it throws interrupts the training, to be resumed.
  public func perform(
    workers: Int, resumed: (Int) -> Void = { _ in }, progress: (UpdateRecord) throws -> Void
  ) throws {
    let trainer = Trainer(configuration, settings, seed: seed, workers: workers, renderer: renderer)
    var log = UpdateLog()
    if FileManager.default.fileExists(atPath: files.checkpoint.path) {
      log = try resume(trainer)
      resumed(trainer.updatesDone)
    }
    let windows = WindowPrefetcher(
      sampler, updates: trainer.updatesDone..<settings.updates, seed: seed,
      batch: trainer.makeBatch())
    var batch = trainer.makeBatch()
    while trainer.updatesDone < settings.updates {
      windows.next(&batch)
      let record = trainer.update(on: batch)
      log.append(record)
      guard record.loss.isFinite && record.gradientNorm.isFinite else {
        throw TrainingError.diverged(update: record.update, learningRate: record.learningRate)
      }
      try progress(record)
      if trainer.updatesDone % Self.updatesBetweenCheckpoints == 0 { try save(trainer, log) }
    }
    try finish(trainer, log)
  }

  private func save(_ trainer: Trainer, _ log: UpdateLog) throws {
    try AtomicFile.write(log.csv, to: files.log, replacing: true)
    var metadata = metadata
    metadata["updates_done"] = "\(trainer.updatesDone)"
    try Checkpoint.write(
      trainer.parameters,
      others: [("first_moment/", trainer.firstMoment), ("second_moment/", trainer.secondMoment)],
      metadata: metadata, to: files.checkpoint, replacing: true)
  }

  private func resume(_ trainer: Trainer) throws -> UpdateLog {
    let (file, found) = try Checkpoint.open(files.checkpoint)
    guard found == configuration, let done = file.metadata["updates_done"].flatMap(Int.init),
      (0...settings.updates).contains(done)
    else { throw TrainingError.otherCheckpoint(path: files.checkpoint.relativePath) }
    try trainer.resume(after: done) { parameters, first, second in
      try Checkpoint.fill(parameters, from: file)
      try Checkpoint.fill(first, from: file, prefix: "first_moment/")
      try Checkpoint.fill(second, from: file, prefix: "second_moment/")
    }
    return try UpdateLog(reading: files.log, updates: done)
  }

  private func finish(_ trainer: Trainer, _ log: UpdateLog) throws {
    try AtomicFile.write(log.csv, to: files.log, replacing: true)
    try files.finish(trainer.parameters, updates: trainer.updatesDone, metadata: metadata)
  }
}

extension TrainingFiles {
  /// Writes a trained model and what it is, and removes the checkpoint.
  func finish(_ parameters: Parameters, updates: Int, metadata: [String: String]) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let description = ModelDescription(
      model: parameters.configuration, parameters: parameters.count, updates: updates,
      metadata: metadata)
    try AtomicFile.write(
      Array(try encoder.encode(description)) + Array("\n".utf8), to: configuration,
      replacing: true)
    try Checkpoint.write(parameters, metadata: metadata, to: model, replacing: true)
    if FileManager.default.fileExists(atPath: checkpoint.path) {
      try FileManager.default.removeItem(at: checkpoint)
    }
  }
}

/// What `config.json` says of a model.
private struct ModelDescription: Codable {
  let model: ModelConfiguration
  let parameters: Int
  let updates: Int
  let metadata: [String: String]
}

/// Why a training stopped.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss is no number any more.
  case diverged(update: Int, learningRate: Double)
  /// The loss of RL² is no number any more.
  case policyDiverged(update: Int, learningRate: Double)
  /// The checkpoint belongs to another training.
  case otherCheckpoint(path: String)
  /// The log has fewer updates than the checkpoint.
  case logCutShort(path: String, expected: Int, found: Int)

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .diverged(let update, let learningRate):
      """
      The loss is no number after update \(update), at a learning rate of \(learningRate). Lower \
      train.learning_rate or raise train.warm_up_updates.
      """
    case .policyDiverged(let update, let learningRate):
      """
      The loss is no number after update \(update), at a learning rate of \(learningRate). Lower \
      rl2.learning_rate or rl2.gradient_clip_norm.
      """
    case .otherCheckpoint(let path):
      """
      \(path) is the checkpoint of another training. Delete it to train from the beginning, or \
      train in another folder.
      """
    case .logCutShort(let path, let expected, let found):
      """
      \(path) should hold \(expected) updates, but holds \(found). Delete it and the checkpoint \
      beside it, and run the same `distill train` again.
      """
    }
  }
}
