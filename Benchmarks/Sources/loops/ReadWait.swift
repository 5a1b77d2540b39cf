// read-wait: how much of a training step is spent waiting for windows when the histories do not fit into
// memory. A control group holds the process to less memory than the set has, where that is permitted;
// otherwise the set is thrown out of memory after every update.

internal import ArgumentParser
internal import Contexts
internal import Foundation
internal import Models
internal import Randomness
internal import Training

struct ReadWait: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains on more histories than fit into memory; the share of time spent waiting.")

  @Option(help: "How long to measure, each time.")
  var seconds = 10.0
  @Option(help: "How often to measure with windows fetched ahead; once more without.")
  var repetitions = 3
  @Option(help: "Of the set of histories.")
  var megabytes = 2_048
  @Option(help: "That the process may use, files included.")
  var memoryMegabytes = 512
  @Option(help: "A folder for the set, instead of the system's for temporary files.")
  var folder: String?

  private static let size = ModelSize.fast
  private static let workers = 2
  /// Of each history; enough for a context.
  private static let episodes = 6_000
  private static let historiesPerTask = 64
  /// Two for the observation, one each for the action and the reward.
  private static let bytesPerStep = 4

  func run() throws {
    try withTemporaryFolder(under: folder) { folder in
      let perTask = Self.historiesPerTask * Self.episodes * 20 * Self.bytesPerStep
      let histories = RandomHistories(
        tasks: min(81, megabytes * 1_048_576 / perTask + 1),
        historiesPerTask: Self.historiesPerTask, episodes: Self.episodes)
      let sampler = try histories.sampler(for: Self.size, in: folder)
      let memory = ScarceMemory(folder: folder, megabytes: memoryMegabytes)
      defer { memory.end() }
      memory.evict()
      let faults = majorFaults()
      let timed = Stopwatch()
      let ahead = (0..<repetitions).map { _ in
        waitingShare(sampler, fetchingAhead: true, memory)
      }
      let faultRate = Double(majorFaults() - faults) / timed.seconds
      let whenNeeded = waitingShare(sampler, fetchingAhead: false, memory)
      try printLine(
        Waiting(
          loop: "read-wait", waitingShares: ahead, shareWithoutPrefetching: whenNeeded,
          setMegabytes: folderMegabytes(folder), memoryMegabytes: memoryMegabytes,
          limitedBy: memory.limitedBy, faultsPerSecond: faultRate))
    }
  }

  /// The share of the time that a training waits for windows.
  private func waitingShare(
    _ sampler: WindowSampler, fetchingAhead: Bool, _ memory: ScarceMemory
  ) -> Double {
    let settings = Self.size.training
    let trainer = Trainer(
      Self.size.configuration(), settings, seed: Seed(0), workers: Self.workers)
    var batch = trainer.makeBatch()
    let windows = WindowPrefetcher(
      sampler, updates: 0..<(fetchingAhead ? settings.updates : 0), seed: Seed(0),
      batch: trainer.makeBatch())
    var waited = 0.0
    func fetch() {
      guard !fetchingAhead else { return windows.next(&batch) }
      let timed = Stopwatch()
      sampler.fill(&batch, update: trainer.updatesDone, seed: Seed(1))
      waited += timed.seconds
    }
    fetch()
    _ = trainer.update(on: batch)
    let before = fetchingAhead ? windows.secondsWaited : waited
    var elapsed = 0.0
    while elapsed < seconds {
      let timed = Stopwatch()
      fetch()
      _ = trainer.update(on: batch)
      elapsed += timed.seconds
      memory.evictIfUnlimited()
    }
    return ((fetchingAhead ? windows.secondsWaited : waited) - before) / elapsed
  }

  private struct Waiting: Encodable {
    let loop: String
    let waitingShares: [Double]
    /// When the training thread draws its windows itself.
    let shareWithoutPrefetching: Double
    let setMegabytes: Int
    let memoryMegabytes: Int
    let limitedBy: String
    /// Pages that were read from the disk.
    let faultsPerSecond: Double
  }
}

private func folderMegabytes(_ folder: URL) throws -> Int {
  try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    .reduce(0) { sum, file in
      sum + (try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0)
    } / 1_048_576
}
