// train: a training run as `distill train` does it, windows drawn, log and checkpoints kept.

internal import ArgumentParser
internal import Foundation
internal import Models
internal import Randomness
internal import Training

struct Train: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Trains on random histories; environment steps a second.")

  @Option(help: "Of the model, its context and its batch: fast, paper, wide or long.")
  var size: ModelSize
  @Option(help: "How long to measure.")
  var seconds = 5.0
  @Option(help: "Threads.")
  var workers = 2

  /// Updates before time is taken.
  private static let warmUpUpdates = 2
  /// Updates that are timed at least.
  private static let fewestUpdates = 2

  func run() throws {
    try withTemporaryFolder { folder in
      let sampler = try RandomHistories().sampler(
        for: size, in: folder.appendingPathComponent("histories"))
      let course = HistoryCourse(
        size.configuration(), size.training, sampler: sampler, seed: Seed(0), workers: workers)
      let training = TrainingRun(course, files: TrainingFiles(in: folder), metadata: [:])
      var timed: Stopwatch?
      var updates = 0
      var elapsed = 0.0
      do {
        try training.perform(progress: { record in
          if record.update == Self.warmUpUpdates { timed = Stopwatch() }
          guard let timed, record.update > Self.warmUpUpdates else { return }
          updates += 1
          elapsed = timed.seconds
          if elapsed >= seconds && updates >= Self.fewestUpdates { throw Enough() }
        })
      } catch is Enough {}
      let rate = Double(updates * size.windows * size.contextSteps) / elapsed
      try printLine(
        Speed(
          loop: "train", size: size.rawValue, stepsPerSecond: rate, updates: updates,
          gigaflops: rate * Double(size.operationsPerStep) / 1e9, workers: workers,
          greatestMegabytes: residentMegabytes()))
    }
  }

  private struct Speed: Encodable {
    let loop: String
    let size: String
    let stepsPerSecond: Double
    let updates: Int
    /// Of the model, in thousands of millions a second.
    let gigaflops: Double
    let workers: Int
    let greatestMegabytes: Int
  }
}

/// The most memory that the process has held, as Linux tells it; 0 elsewhere.
func residentMegabytes() -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
  return (line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0)
    / 1_024
}
