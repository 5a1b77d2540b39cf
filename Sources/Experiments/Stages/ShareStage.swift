// run --part: one share of a run. Other processes, here or on other machines that see the folder, make the others; they
// meet in the files alone. Refuses to go on where only other shares can, unless it may wait for them. The tables and the
// report are left to the plain run at the end, which finds all parts made.

internal import Foundation
internal import LearningHistories
internal import Tasks

/// Makes the parts of a run that are a share's, each as soon as what it needs is there.
public struct ShareStage {
  private let run: Run
  private let share: Share
  private let parts: [any Part]
  private let kinds: [PartKind]
  private let minutesToWait: Int

  /// Seconds between two looks at the folder.
  private static let betweenLooks = 1.0

  /// The share of a run.
  /// - Parameters:
  ///   - run: A run that has a share.
  ///   - methods: Whose models the whole run has.
  ///   - kind: What is made of the share; nil for everything.
  ///   - minutesToWait: How long to wait, while nothing changes, for what other shares make.
  public init(_ run: Run, methods: [any Method], kind: PartKind?, minutesToWait: Int) throws {
    guard let share = run.share else {
      preconditionFailure("the run has no share, but is all of one")
    }
    self.run = run
    self.share = share
    self.minutesToWait = minutesToWait
    kinds = kind.map { [$0] } ?? PartKind.allCases
    // Imported histories are there, and the source that lived them may not be.
    let isImported = run.configuration.source.isImported
    let evaluated = EvaluateStage(
      run, methods: EvaluatedMethod.all(of: methods), splits: run.experiment.testedSplits
    ).methods
    parts = try Plan(run.experiment, methods: methods).parts.filter { part in
      if let returns = part as? ReturnsPart { return evaluated.contains(returns.evaluated) }
      return !(isImported && part is HistoriesPart)
    }
  }

  /// Makes what is missing of the share.
  /// - Throws: `ShareError.needsOthers` once the rest needs what other shares have not made in time.
  public func perform() throws {
    let own = share.own(of: parts).filter { kinds.contains($0.kind) }
    let missing = own.filter { !isDone($0) }
    run.console.say(
      "part \(share): \(own.count) of \(parts.count(where: { kinds.contains($0.kind) })) parts of the run, "
        + "\(own.count - missing.count) of them done")
    try run.experiment.requireMemory(for: missing, workers: run.workers)
    let byKey = Dictionary(uniqueKeysWithValues: parts.map { ($0.key, $0) })
    var patience = Patience(minutes: minutesToWait)
    while true {
      let missing = own.filter { !isDone($0) }
      guard !missing.isEmpty else { break }
      let needs = missing.map { part in
        (part: part, others: part.needs.filter { byKey[$0].map { !isDone($0) } ?? false })
      }
      let ready = needs.filter(\.others.isEmpty).map(\.part)
      guard ready.isEmpty else {
        try make(ready)
        patience = Patience(minutes: minutesToWait)
        continue
      }
      let others = needs.flatMap(\.others).reduce(into: [String]()) { keys, key in
        if !keys.contains(key) { keys.append(key) }
      }
      try wait(for: others, for: needs[0].part.key, &patience)
    }
    run.console.say("part \(share) is done")
  }

  /// Whether a part is made. A folder of histories that has a manifest has all of them.
  private func isDone(_ part: any Part) -> Bool {
    if let histories = part as? HistoriesPart, hasManifest(histories.folder) { return true }
    return part.state(in: run.folder) == .done
  }

  private func hasManifest(_ folder: String) -> Bool {
    FileManager.default.fileExists(
      atPath: "\(run.folder.path)/\(folder)/\(ShardSchema.manifestName)")
  }

  // MARK: Making

  /// Makes the first of some parts, with those that are made in the same sitting.
  private func make(_ ready: [any Part]) throws {
    switch ready[0] {
    case let first as HistoriesPart:
      let together = ready.compactMap { $0 as? HistoriesPart }.filter { $0.folder == first.folder }
      try record(first.folder, only: together.map(\.task))
    case let first as ModelPart:
      let together = ready.compactMap { $0 as? ModelPart }.filter {
        $0.method.name == first.method.name
      }
      if first.method.needs == .histories { try completeTraining() }
      try TrainStage(run, method: first.method, seeds: together.map(\.trainSeed)).perform()
    default:
      let together = ready.compactMap { $0 as? ReturnsPart }
      let methods = together.reduce(into: [EvaluatedMethod]()) { methods, part in
        if !methods.contains(part.evaluated) { methods.append(part.evaluated) }
      }
      let splits = run.experiment.testedSplits.filter { split in
        together.contains { $0.split == split }
      }
      try EvaluateStage(run, methods: methods, splits: splits)
        .perform(only: Set(together.map(\.key)))
    }
  }

  private func record(_ folder: String, only tasks: [TaskID]) throws {
    let split = run.experiment.testedSplits.first {
      "\(run.folder.path)/\(folder)" == run.folder.sourceHistories(on: $0)
    }
    if let split {
      try run.recordSource(on: split, only: tasks)
    } else {
      try run.recordTraining(only: tasks)
    }
    run.console.wrote("\(run.folder.path)/\(folder): the histories of \(tasks.count) tasks")
  }

  /// Writes the manifest of the training tasks' histories, all of which are there, unless it is there, too.
  private func completeTraining() throws {
    guard !run.configuration.source.isImported, !hasManifest("histories") else { return }
    try run.recordTraining(only: [])
  }

  // MARK: Waiting

  /// How long it may go on that nothing changes.
  private struct Patience {
    let end: Double
    /// What was missing at the last look.
    var missing: [String] = []

    init(minutes: Int) { end = ProcessInfo.processInfo.systemUptime + 60 * Double(minutes) }
  }

  private func wait(for others: [String], for part: String, _ patience: inout Patience) throws {
    if others != patience.missing {
      if minutesToWait > 0 {
        run.console.say(
          "wait   \(part) needs \(ShareError.list(others)); at most \(minutesToWait) min for the next of them"
        )
      }
      patience = Patience(minutes: minutesToWait)
      patience.missing = others
    }
    guard ProcessInfo.processInfo.systemUptime < patience.end else {
      throw ShareError.needsOthers(
        share: share, part: part, missing: others, waited: minutesToWait)
    }
    Thread.sleep(forTimeInterval: Self.betweenLooks)
  }
}
