// One model's training by RL² from the first update to the last, in a folder: what it leaves, and how it goes on
// after an interruption with the same bytes as if there had been none.

internal import Foundation
public import Models
public import Randomness
public import Tasks
internal import TensorFiles

/// Trains a model by RL² and leaves it in a folder, with the files of any training.
public struct RL2Run<Family: TaskFamily>: Sendable {
  private let configuration: ModelConfiguration
  private let settings: RL2Settings
  private let family: Family
  private let tasks: [TaskID]
  private let seed: Seed
  private let files: TrainingFiles
  private let metadata: [String: String]

  /// How many updates share a row of the log.
  public static var updatesPerRow: Int { 20 }
  /// How many updates lie between two checkpoints.
  public static var updatesBetweenCheckpoints: Int { 400 }

  /// A training, not yet begun.
  /// - Parameters:
  ///   - tasks: Of which trials draw theirs.
  ///   - seed: The seed of this model alone.
  ///   - metadata: What else the model's files shall say of it, such as method and seed.
  public init(
    _ configuration: ModelConfiguration, _ settings: RL2Settings, in family: Family,
    tasks: [TaskID], seed: Seed, files: TrainingFiles, metadata: [String: String]
  ) {
    self.configuration = configuration
    self.settings = settings
    self.family = family
    self.tasks = tasks
    self.seed = seed
    self.files = files
    self.metadata = metadata
  }

  /// Trains to the end, from the last checkpoint if there is one.
  /// - Parameters:
  ///   - workers: The threads to work on; changes no bit.
  ///   - resumed: Receives the number of updates that a checkpoint saved.
  ///   - progress: Receives each update; what it throws interrupts the training, to be resumed.
  public func perform(
    workers: Int, resumed: (Int) -> Void = { _ in }, progress: (RL2Record) throws -> Void
  ) throws {
    let trainer = try RL2Trainer(
      configuration, settings, in: family, tasks: tasks, seed: seed, workers: workers)
    var log = RL2Log()
    if FileManager.default.fileExists(atPath: files.checkpoint.path) {
      log = try resume(trainer)
      resumed(trainer.updatesDone)
    }
    while trainer.updatesDone < settings.updates {
      let record = try trainer.update()
      guard record.loss.isFinite && record.gradientNorm.isFinite else {
        throw TrainingError.policyDiverged(
          update: record.update, learningRate: record.learningRate)
      }
      log.append(record, endsRow: trainer.updatesDone % Self.updatesPerRow == 0)
      try progress(record)
      if trainer.updatesDone % Self.updatesBetweenCheckpoints == 0 { try save(trainer, log) }
    }
    log.finish()
    try AtomicFile.write(log.csv, to: files.log, replacing: true)
    try files.finish(
      trainer.parameters, updates: trainer.updatesDone, metadata: metadata)
  }

  private func save(_ trainer: RL2Trainer<Family.World>, _ log: RL2Log) throws {
    try AtomicFile.write(log.csv, to: files.log, replacing: true)
    var metadata = metadata
    metadata["updates_done"] = "\(trainer.updatesDone)"
    metadata["total_updates"] = "\(settings.updates)"
    try Checkpoint.write(
      trainer.parameters,
      others: [("first_moment/", trainer.firstMoment), ("second_moment/", trainer.secondMoment)],
      more: trainer.savedLives(), metadata: metadata, to: files.checkpoint, replacing: true)
  }

  private func resume(_ trainer: RL2Trainer<Family.World>) throws -> RL2Log {
    let (file, found) = try Checkpoint.open(files.checkpoint)
    guard found == configuration, let done = file.metadata["updates_done"].flatMap(Int.init),
      file.metadata["total_updates"] == "\(settings.updates)", (0...settings.updates).contains(done)
    else { throw TrainingError.otherCheckpoint(path: files.checkpoint.relativePath) }
    try trainer.resume(after: done, from: file) { parameters, first, second in
      try Checkpoint.fill(parameters, from: file)
      try Checkpoint.fill(first, from: file, prefix: "first_moment/")
      try Checkpoint.fill(second, from: file, prefix: "second_moment/")
    }
    return try RL2Log(reading: files.log, rows: done / Self.updatesPerRow)
  }
}

/// training.csv of RL²: a row for some successive updates, with the returns of the trials that ended in them.
struct RL2Log {
  private static let header =
    "update,steps,learning_rate,loss,entropy,gradient_norm,trials,first_episode,last_episode"
  private var rows: [String] = []
  private var pending: [RL2Record] = []

  init() {}

  /// The first rows of a file.
  init(reading url: URL, rows count: Int) throws {
    let text =
      FileManager.default.fileExists(atPath: url.path)
      ? try String(contentsOf: url, encoding: .utf8) : ""
    let lines = text.split(separator: "\n").map(String.init)
    guard lines.first == Self.header, lines.count > count else {
      throw TrainingError.logCutShort(
        path: url.relativePath, expected: count, found: max(0, lines.count - 1))
    }
    rows = Array(lines[1..<count + 1])
  }

  /// The whole file.
  var csv: String { ([Self.header] + rows).joined(separator: "\n") + "\n" }

  mutating func append(_ record: RL2Record, endsRow: Bool) {
    pending.append(record)
    if endsRow { finish() }
  }

  /// Writes what is not yet in a row. Where no trial ended, the fields of returns are empty.
  mutating func finish() {
    guard let last = pending.last else { return }
    func mean(_ value: (RL2Record) -> Double) -> Double {
      pending.reduce(0) { $0 + value($1) } / Double(pending.count)
    }
    let trials = pending.reduce(0) { $0 + $1.trials }
    func perTrial(_ value: (RL2Record) -> Double) -> String {
      trials == 0 ? "" : "\(pending.reduce(0) { $0 + value($1) } / Double(trials))"
    }
    rows.append(
      """
      \(last.update),\(last.steps),\(last.learningRate),\(mean(\.loss)),\(mean(\.entropy)),\
      \(mean(\.gradientNorm)),\(trials),\(perTrial(\.firstReturns)),\(perTrial(\.lastReturns))
      """)
    pending.removeAll(keepingCapacity: true)
  }
}
