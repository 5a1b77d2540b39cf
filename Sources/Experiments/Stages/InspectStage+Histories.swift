// What is said of learning histories: how many, whether every byte is as it was written, and how the
// source learned, against acting at random and acting best.

internal import Foundation
internal import LearningHistories
internal import SourceAlgorithms
internal import Tasks
internal import TensorFiles

extension InspectStage {
  /// A set of histories: size, wholeness, learning curve.
  func inspectHistories() throws {
    let folder = URL(fileURLWithPath: path)
    let problems = HistorySet.problems(in: folder)
    guard problems.isEmpty else { throw DamagedHistories(problems: problems) }
    let set = try HistorySet(reading: folder)
    let manifest = set.manifest
    let split = manifest.split
    let bytes = manifest.shards.reduce(0) { $0 + $1.bytes }
    let origin = manifest.origin == .imported ? "imported" : "recorded"
    console.say(
      """
      \(path): \(grouped(set.histories.count)) histories of \(set.shards.count) tasks
        \(origin)   \(manifest.learner.text) on \(manifest.family.text)
        size       \(grouped(set.episodeCount)) episodes, \(grouped(set.stepCount)) steps, \
      \(grouped(bytes)) bytes in \(set.shards.count) shards
        split      \(split.training.count) training, \(split.validation.count) validation, \
      \(split.heldOut.count) held-out tasks of seed \(manifest.seed)
        whole      all checksums agree\(special(set.shards))
      """)
    try sayCurve(of: set.histories, of: try knownFamily(manifest), named: manifest.family.name)
    if manifest.origin == .imported { warnIfFlat(set.histories) }
    let run = folder.deletingLastPathComponent().relativePath
    let isInRun =
      folder.lastPathComponent == "histories"
      && FileManager.default.fileExists(atPath: RunFolder(run).configuration)
    if manifest.origin == .imported && !isInRun {
      console.next("import", "set", path, "--out", "runs/NAME")
    } else {
      console.next("train", "--run", run, "--method", "ad")
    }
  }

  /// A shard: the histories of one task.
  func inspectShard() throws {
    let (shard, manifest) = try openShard()
    let origin =
      manifest.map { $0.origin == .imported ? "imported" : "recorded" } ?? "alone   "
    console.say(
      """
      \(path): a whole shard of \(shard.historyCount) histories of task \(shard.task)
        \(origin)   \(shard.learner) on \(shard.family)
        size       \(grouped(shard.episodeCount)) episodes, \(grouped(shard.stepCount)) steps, \
      \(grouped(shard.byteCount)) bytes\(special([shard]))
      """)
    guard let manifest else {
      try sayCurve(of: shard.histories, of: try knownFamily(of: shard), named: shard.family)
      console.next("evaluate", "--run", "RUN", "--prompt", path)
      return
    }
    try sayCurve(of: shard.histories, of: try knownFamily(manifest), named: shard.family)
    console.next("inspect", shard.url.deletingLastPathComponent().relativePath)
  }

  /// The shard at the path, every byte compared, and the manifest beside it; nil if there is none, when every step is
  /// looked at in its place.
  func openShard() throws -> (shard: HistoryShard, manifest: HistoryManifest?) {
    let file = URL(fileURLWithPath: path)
    let shard = try HistoryShard(reading: file)
    let folder = file.deletingLastPathComponent()
    let manifestFile = folder.appendingPathComponent(ShardSchema.manifestName)
    guard FileManager.default.fileExists(atPath: manifestFile.path) else {
      try shard.requirePossibleSteps()
      return (shard, nil)
    }
    let manifest = try HistoryManifest(reading: manifestFile)
    guard let entry = manifest.shards.first(where: { $0.name == file.lastPathComponent }) else {
      throw HistoryError.notAShard(path: path, reason: "the manifest beside it does not name it")
    }
    try shard.require(entry, verifyingChecksum: true)
    try shard.requirePossibleSteps()
    if let renderer = try knownFamily(manifest)?.renderer {
      try shard.require(drawableBy: renderer)
    }
    return (shard, manifest)
  }

  /// The worlds that a manifest describes.
  func makeFamily(_ manifest: HistoryManifest) throws -> any TaskFamily {
    try TaskSettings(manifest.family, path: path).makeFamily()
  }

  /// The worlds that a manifest describes; nil if the set is imported and this program has no such worlds.
  private func knownFamily(_ manifest: HistoryManifest) throws -> (any TaskFamily)? {
    try manifest.knownFamily(path: path)
  }

  /// The worlds of a shard without a manifest, with their usual settings; nil if its interface is another.
  func knownFamily(of shard: HistoryShard) throws -> (any TaskFamily)? {
    let settings = TaskSettings(family: shard.family)
    guard let settings, settings.canBeActedIn, settings.problems.isEmpty else { return nil }
    let family = settings.makeFamily()
    guard family.interface == shard.interface,
      (0..<family.taskCount).contains(shard.task.index)
    else { return nil }
    return family
  }

  /// A line for each thing that not every set has; nothing for a set that has none.
  private func special(_ shards: [HistoryShard]) -> String {
    guard let interface = shards.first?.interface else { return "" }
    let histories = shards.flatMap(\.histories)
    var lines: [(String, String)] = []
    if interface.sight.isCarried { lines.append(("observed", interface.sight.text)) }
    if interface.actionFactors.count > 1 {
      let factors = interface.actionFactors.map(String.init).joined(separator: " × ")
      lines.append(("actions", "\(factors) choices"))
    }
    if interface.rewards == nil {
      let scale = interface.rewardScale == 1 ? "" : ", read times \(interface.rewardScale)"
      lines.append(("rewards", "any finite number\(scale)"))
    }
    let asked = shards.count(where: \.hasExpertActions)
    if asked > 0 {
      lines.append(
        ("expert", "an expert's action at each step of \(asked) of \(shards.count) shards"))
    }
    if histories.contains(where: { $0.role != .behaviour }) {
      let roles = StreamRole.allCases.compactMap { role in
        let count = histories.count { $0.role == role }
        return count > 0 ? "\(grouped(count)) \(role)" : nil
      }
      lines.append(("roles", roles.joined(separator: ", ")))
    }
    let copies = shards.reduce(0) { $0 + $1.copyCount }
    if copies > 0 {
      let episodes = shards.reduce(0) { $0 + $1.episodeCount }
      lines.append(
        (
          "lineage",
          "copied from another before \(grouped(copies)) of \(grouped(episodes)) episodes"
        ))
    }
    return lines.map {
      "\n  " + $0.0.padding(toLength: 11, withPad: " ", startingAt: 0) + $0.1
    }.joined()
  }

  /// How the source learned, beside what its worlds make possible where this program knows them.
  private func sayCurve(
    of histories: [History], of family: (any TaskFamily)?, named name: String
  ) throws {
    if let family {
      say(LearningCurve(of: histories, in: family), of: family)
      return
    }
    let tenths = LearningCurve.returnByTenth(of: histories)
    console.say(
      "mean return of an episode, by tenth of the history\n"
        + row("", (1...10).map { "\($0)." }) + "\n"
        + row("all tasks", tenths.map { String(format: "%.2f", $0) })
        + "\nthis program has no worlds of \(name) to compare it with")
  }

  /// Warns of a source that does not learn: nothing can be distilled from it.
  private func warnIfFlat(_ histories: [History]) {
    let tenths = LearningCurve.returnByTenth(of: histories)
    guard let first = tenths.first, let last = tenths.last, last <= first else { return }
    console.say(
      String(
        format:
          "warning: the source does not improve (%.2f in the first tenth, %.2f in the last), so a model has "
          + "no learning to distil. Check the order of the episodes and the rewards.", first, last))
  }

  /// The curve as a table, and the tasks that the source learned least.
  private func say(_ curve: LearningCurve, of family: any TaskFamily) {
    // By the share of the optimum; where that is not known, by the return.
    let isKnown = curve.overall.optimalReturn != nil
    func learned(_ series: LearningCurve.Series) -> Double {
      (isKnown ? series.shareOfOptimumAtEnd : nil) ?? series.returnAtEnd
    }
    let ranked = curve.tasks.sorted { learned($0.series) < learned($1.series) }
    console.say(
      "mean return of an episode, by tenth of the history\n"
        + row("", (1...10).map { "\($0)." } + ["random", "best", "share"]))
    console.say(row("all tasks", figures(of: curve.overall)))
    for task in ranked.prefix(curve.tasks.count > 1 ? 3 : 0) {
      console.say(row("\(family.label(of: task.task))", figures(of: task.series)))
    }
    if let share = curve.overall.shareOfOptimumAtEnd {
      console.say(
        "in the last tenth the source earns \(percent(share)) of the best possible return")
    } else {
      console.say("the optimum of these tasks is not known")
    }
  }

  private func figures(of series: LearningCurve.Series) -> [String] {
    let returns = series.returnByTenth + [series.randomReturn]
    return returns.map { String(format: "%.2f", $0) }
      + [series.optimalReturn.map { String(format: "%.2f", $0) } ?? "-"]
      + [series.shareOfOptimumAtEnd.map(percent) ?? "-"]
  }

  private func row(_ name: String, _ cells: [String]) -> String {
    name.padding(toLength: 14, withPad: " ", startingAt: 0)
      + cells.map { String(repeating: " ", count: max(1, 7 - $0.count)) + $0 }.joined()
  }

  private func percent(_ share: Double) -> String { String(format: "%.1f %%", 100 * share) }
}

/// Histories that are not whole: everything that is wrong with them.
struct DamagedHistories: CommandError {
  let problems: [HistoryError]

  var description: String { problems.map(\.description).joined(separator: "\n") }
  var exitStatus: ExitStatus { problems.first?.exitStatus ?? .badData }
}

extension TaskSettings {
  /// The settings that a manifest notes.
  init(_ described: HistoryManifest.Described, path: String) throws(HistoryError) {
    var overlay = SettingsOverlay(over: TaskSettings(family: described.name) ?? TaskSettings())
    overlay.lay(["family": described.name].merging(described.settings) { first, _ in first })
    guard overlay.problems.isEmpty && overlay.settings.problems.isEmpty else {
      throw .unreadableManifest(
        path: "\(path)/manifest.json",
        reason: "this program knows no such family of tasks as \(described.name) with its settings")
    }
    self = overlay.settings
  }
}

extension HistoryManifest {
  /// The worlds that it describes; nil if the set is imported and this program has no such worlds.
  /// - Parameter path: How errors name the set.
  func knownFamily(path: String) throws -> (any TaskFamily)? {
    guard origin == .imported else {
      let known = try TaskSettings(family, path: path).makeFamily()
      guard known.interface == interface else {
        throw HistoryError.unreadableManifest(
          path: path,
          reason:
            "its tasks have the interface \(known.interface.text) by their settings, and are said to have \(interface.text)"
        )
      }
      return known
    }
    let settings = try? TaskSettings(family, path: path)
    guard let settings, settings.canBeActedIn else { return nil }
    let known = settings.makeFamily()
    return known.interface == interface ? known : nil
  }
}

extension HistoryManifest.Described {
  /// For people, such as `dark-room (episode_length 20, size 9)`.
  var text: String {
    let parts = settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
    return parts.isEmpty ? name : "\(name) (\(parts.joined(separator: ", ")))"
  }
}
