// The one training loop: a course from its first update to its last, in a folder. What it leaves, and how it goes on
// after an interruption with the same bytes as if there had been none.

public import Foundation
internal import LinearAlgebra
public import Models
public import Ranks
internal import TensorFiles

/// The files of one model's training.
public struct TrainingFiles: Sendable {
  /// The trained parameters, at the end.
  public let model: URL
  /// Which model this is, for people and scripts, at the end.
  public let configuration: URL
  /// A row for each update, or for some.
  public let log: URL
  /// What the log holds, for TensorBoard.
  public let events: URL
  /// Parameters, moments and what else a course needs, on the way; removed at the end.
  public let checkpoint: URL
  private let folder: URL

  /// The files of a folder under their usual names.
  public init(in folder: URL) {
    self.folder = folder
    model = folder.appendingPathComponent("model.safetensors")
    configuration = folder.appendingPathComponent("config.json")
    log = folder.appendingPathComponent("training.csv")
    events = folder.appendingPathComponent("training.tfevents")
    checkpoint = folder.appendingPathComponent("checkpoint.safetensors")
  }

  /// The parameters after an update on the way, where models are kept; in alphabetical order in that of the updates.
  public func keptModel(after update: Int) -> URL {
    let digits = String(update)
    let zeros = String(repeating: "0", count: max(0, 6 - digits.count))
    return folder.appendingPathComponent("model-\(zeros)\(digits).safetensors")
  }
}

extension TrainingFiles {
  /// What a checkpoint that is there tells: the updates done before it, and its metadata.
  public func readCheckpoint() throws -> (updates: Int, metadata: [String: String])? {
    guard FileManager.default.fileExists(atPath: checkpoint.path) else { return nil }
    let metadata = try Checkpoint.open(checkpoint).file.metadata
    return (metadata[TrainingRun.Key.updatesDone].flatMap(Int.init) ?? 0, metadata)
  }
}

/// Trains a model and leaves it in a folder.
public struct TrainingRun {
  private let course: any Course
  private let files: TrainingFiles
  private let metadata: [String: String]
  private let provenance: [String: String]
  private let ranks: any Ranks
  private let misfit: ([String: String]) -> String?

  fileprivate enum Key {
    static let updatesDone = "updates_done"
    static let updates = "total_updates"
    /// The SHA-256 of the log up to the checkpoint.
    static let log = "log_sha256"
    /// May differ between the program that wrote a checkpoint and the one that goes on.
    static let programVersion = "program_version"
  }

  /// A training, not yet begun.
  /// - Parameters:
  ///   - course: At its beginning.
  ///   - metadata: What else the model's files say of it, such as method and seed. A checkpoint that says something
  ///     else is refused.
  ///   - provenance: What `model.safetensors` and checkpoints say besides.
  ///   - ranks: Those that train the model together, the course being divided among them. The first writes all files.
  ///   - misfit: Why a checkpoint with some other provenance is not one of this training, as the end of a sentence; nil
  ///     if it is.
  public init(
    _ course: any Course, files: TrainingFiles, metadata: [String: String],
    provenance: [String: String] = [:], ranks: any Ranks = OneRank(),
    misfit: @escaping ([String: String]) -> String? = { _ in nil }
  ) {
    self.course = course
    self.files = files
    self.metadata = metadata
    self.provenance = provenance
    self.ranks = ranks
    self.misfit = misfit
  }

  /// Trains to the end, from the last checkpoint if there is one.
  /// - Parameters:
  ///   - resumed: Receives the number of updates that a checkpoint saved.
  ///   - progress: Receives each update; what it throws interrupts the training, to be resumed.
  ///   - shouldStop: Whether to save a checkpoint and stop; asked after each row of the log.
  /// - Throws: `TrainingError`, what the course or `progress` throws, or `CancellationError` if it was stopped.
  public func perform(
    resumed: (Int) -> Void = { _ in }, progress: (CourseRecord) throws -> Void = { _ in },
    shouldStop: () -> Bool = { false }
  ) throws {
    var log = CourseLog(of: course)
    var saved: Int?
    if ranks.agree(FileManager.default.fileExists(atPath: files.checkpoint.path)) {
      try resume(&log)
      resumed(course.updatesDone)
      saved = course.updatesDone
    }
    try requireSameBeginning()
    while course.updatesDone < course.updates {
      let record = try course.advance()
      guard record.loss.isFinite && record.gradientNorm.isFinite else {
        throw diverged(after: record, saved)
      }
      log.append(record)
      try progress(record)
      let isLast = course.updatesDone == course.updates
      let isKept = course.updatesDone.isMultiple(of: course.updatesBetweenKeptModels)
      let isStopped =
        !isLast && course.updatesDone.isMultiple(of: course.updatesPerRow)
        && ranks.any(shouldStop())
      let isSaved =
        isStopped || course.updatesDone.isMultiple(of: course.updatesBetweenCheckpoints)
      if isLast || isKept || isSaved {
        // A step of a finite gradient may still leave the floats, or parameters that no sum of them can hold.
        guard course.parameters.all.sumOfSquares.isFinite && course.predictsNumbers() else {
          throw diverged(after: record, saved)
        }
      }
      // Before the checkpoint: a training that goes on from one has kept all models up to there.
      if isKept && ranks.leads { try keep() }
      if isSaved && !isLast {
        try save(log)
        saved = course.updatesDone
      }
      if isStopped { throw CancellationError() }
    }
    log.finishRow()
    guard ranks.leads else { return }
    try log.write(to: files)
    try files.finish(
      course.parameters, updates: course.updatesDone, metadata: metadata, provenance: provenance)
  }

  /// Refuses ranks that would each train a model of their own.
  private func requireSameBeginning() throws {
    let weights = course.parameters.tensors.map { $0.matrix.sumOfSquares.bitPattern }
    let beginning =
      "after \(course.updatesDone) updates with weights \(weights.reduce(0) { $0 &* 31 &+ $1 })"
    let all = ranks.exchange(Array(beginning.utf8)).map { String(decoding: $0, as: UTF8.self) }
    for (rank, found) in all.enumerated() where found != all[0] {
      throw RanksError.otherBeginning(rank: rank, found: found, expected: all[0])
    }
  }

  /// - Parameter saved: The updates done at the last checkpoint, if there is one.
  private func diverged(after record: CourseRecord, _ saved: Int?) -> TrainingError {
    let tensors =
      course.gradient.tensors.map { ("the gradient of '\($0.tensor.name)'", $0.matrix) }
      + course.parameters.tensors.map { ("'\($0.tensor.name)'", $0.matrix) }
    return .diverged(
      update: record.update, learningRate: record.learningRate,
      tensor: tensors.first { !$0.1.sumOfSquares.isFinite }?.0, advice: course.adviceOnDivergence,
      checkpoint: saved == nil ? nil : files.checkpoint.relativePath, saved: saved ?? 0)
  }

  private var tensorMetadata: [String: String] { metadata.merging(provenance) { $1 } }

  private func keep() throws {
    var metadata = tensorMetadata
    metadata[Key.updatesDone] = "\(course.updatesDone)"
    try Checkpoint.write(
      course.parameters, metadata: metadata, to: files.keptModel(after: course.updatesDone),
      replacing: true)
  }

  private func save(_ log: CourseLog) throws {
    // All ranks are asked for their part of it.
    let state = course.savedState()
    guard ranks.leads else { return }
    try log.write(to: files)
    var metadata = tensorMetadata
    metadata[Key.updatesDone] = "\(course.updatesDone)"
    metadata[Key.updates] = "\(course.updates)"
    metadata[Key.log] = log.checksum
    try Checkpoint.write(
      course.parameters, others: course.moments, more: state, metadata: metadata,
      to: files.checkpoint, replacing: true)
  }

  private func resume(_ log: inout CourseLog) throws {
    let (file, found) = try Checkpoint.open(files.checkpoint)
    func isOther(_ reason: String) -> TrainingError {
      .otherCheckpoint(path: files.checkpoint.relativePath, reason: reason)
    }
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key != Key.programVersion {
      guard let found = file.metadata[key], found != value else { continue }
      throw isOther("it was made with \(key) \(found), expected \(value)")
    }
    if let reason = misfit(file.metadata) { throw isOther(reason) }
    guard found == course.parameters.configuration else {
      throw isOther("it holds a model of another shape")
    }
    guard let done = file.metadata[Key.updatesDone].flatMap(Int.init) else {
      throw isOther("it does not say after how many updates it was written")
    }
    // Checkpoints of earlier programs do not all tell how many updates there are in all.
    let updates = file.metadata[Key.updates] ?? "\(course.updates)"
    guard updates == "\(course.updates)", (0...course.updates).contains(done) else {
      throw isOther(
        "it was written after \(done) of \(updates) updates, expected \(course.updates)")
    }
    try Checkpoint.fill(course.parameters, from: file)
    for (prefix, tensors) in course.moments {
      try Checkpoint.fill(tensors, from: file, prefix: prefix)
    }
    try course.resume(after: done, from: file)
    guard ranks.leads else { return }
    try log.read(files.log, updates: done)
    if let said = file.metadata[Key.log], said != log.checksum {
      throw TrainingError.logDamaged(
        path: files.log.relativePath, line: 1,
        found: "rows with the SHA-256 \(log.checksum), not \(said)")
    }
  }
}

extension TrainingFiles {
  /// Writes a trained model and what it is, and removes the checkpoint.
  fileprivate func finish(
    _ parameters: Parameters, updates: Int, metadata: [String: String],
    provenance: [String: String]
  ) throws {
    let description = ModelDescription(
      model: parameters.configuration, parameters: parameters.count, updates: updates,
      metadata: metadata)
    try AtomicFile.write(try description.json(), to: configuration, replacing: true)
    try Checkpoint.write(
      parameters, metadata: metadata.merging(provenance) { $1 }, to: model, replacing: true)
    if FileManager.default.fileExists(atPath: checkpoint.path) {
      try FileManager.default.removeItem(at: checkpoint)
    }
  }
}

/// What `config.json` says of a model.
public struct ModelDescription: Codable, Equatable, Sendable {
  public let model: ModelConfiguration
  /// The number of parameters.
  public let parameters: Int
  /// The updates of its training; nil if they are not known.
  public let updates: Int?
  /// Its method, training seed and the version of the program.
  public let metadata: [String: String]

  public init(
    model: ModelConfiguration, parameters: Int, updates: Int?, metadata: [String: String]
  ) {
    self.model = model
    self.parameters = parameters
    self.updates = updates
    self.metadata = metadata
  }

  /// The file's bytes: sorted keys, for people to read.
  public func json() throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(self)) + Array("\n".utf8)
  }
}

/// Why a training stopped.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// The loss, the gradient, the parameters or what they predict are no numbers any more. Names the first tensor that
  /// is not finite, if one is not, and the last checkpoint with the updates done before it, if there is one.
  case diverged(
    update: Int, learningRate: Double, tensor: String?, advice: String, checkpoint: String?,
    saved: Int)
  /// The checkpoint belongs to another training.
  case otherCheckpoint(path: String, reason: String)
  /// The log has fewer updates than the checkpoint.
  case logCutShort(path: String, expected: Int, found: Int)
  /// A row of the log is not what its updates left.
  case logDamaged(path: String, line: Int, found: String)

  private static func place(_ tensor: String?) -> String {
    guard let tensor else { return "its tensors are finite, what it predicts is not" }
    return "\(tensor) is the first tensor that is not finite"
  }

  private static func wayOn(_ checkpoint: String?, _ saved: Int) -> String {
    guard let checkpoint else {
      return "There is no checkpoint before it; with --overwrite it begins anew."
    }
    return "\(checkpoint), after update \(saved), is the last good checkpoint; with --go-on, "
      + "`distill train` goes on from it at another rate."
  }

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .diverged(let update, let learningRate, let tensor, let advice, let checkpoint, let saved):
      """
      The training left what floats can hold after update \(update), at a learning rate of \(learningRate): \
      \(Self.place(tensor)). \(advice) \(Self.wayOn(checkpoint, saved))
      """
    case .otherCheckpoint(let path, let reason):
      """
      \(path) is the checkpoint of another training: \(reason). Move it away to train from the \
      beginning, or train in another folder.
      """
    case .logCutShort(let path, let expected, let found):
      """
      \(path) should hold \(expected) updates, but holds \(found). Move it and the checkpoint \
      beside it away, and run the same `distill train` again.
      """
    case .logDamaged(let path, let line, let found):
      """
      \(path):\(line): “\(found.prefix(180))” is not what the updates left. Move the file and the checkpoint \
      beside it away, and run the same `distill train` again.
      """
    }
  }
}
