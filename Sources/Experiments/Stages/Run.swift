// What every stage is given: where, what, how loudly and on how many cores.

internal import Foundation
internal import LearningHistories
internal import LinearAlgebra
internal import Randomness
public import Ranks
internal import Tasks

/// One sitting at a run folder.
public struct Run: Sendable {
  /// Where everything lies.
  public let folder: RunFolder
  /// What is to be computed, with its worlds and split.
  public let experiment: Experiment
  /// Where it is told.
  public let console: Console
  /// Threads to work on; no result depends on it.
  public let workers: Int
  /// The share that this process makes while others make the rest; nil if it makes everything.
  public let share: Share?
  /// The processes that train each model together. The first alone writes.
  public let ranks: any Ranks

  public init(
    folder: RunFolder, configuration: ExperimentConfiguration, console: Console = Console(),
    workers: Int, share: Share? = nil, ranks: any Ranks = OneRank()
  ) {
    self.ranks = ranks
    self.folder = folder
    self.console = console
    self.workers = workers
    self.share = share
    // The maker of imported histories says which tasks test; recorded ones follow the settings.
    let manifest =
      configuration.source.isImported
      ? try? HistoryManifest(reading: URL(fileURLWithPath: folder.manifest)) : nil
    experiment = Experiment(configuration, dividedAs: manifest?.split)
  }

  /// What is to be computed.
  public var configuration: ExperimentConfiguration { experiment.configuration }
  /// The worlds.
  var family: any TaskFamily { experiment.family }
  /// Which tasks train, tune and test.
  var split: TaskSplit { experiment.split }
  /// What everything random follows from.
  var seed: Seed { experiment.seed }

  /// Does the work of a stage and adds its seconds to `timings.json`, or to the share's own file, also when it fails half-way.
  /// - Parameters:
  ///   - stage: Such as `collect` or `train/ad/seed-0`.
  ///   - work: Counts what it makes, by unit, in the amounts it is lent.
  /// - Returns: The seconds; nothing, and nothing is written, if the work made nothing.
  func timed(_ stage: String, _ work: (inout [String: Int]) throws -> Void) throws -> Double? {
    let start = ProcessInfo.processInfo.systemUptime
    var amounts: [String: Int] = [:]
    let result = Result { try work(&amounts) }
    let seconds = ProcessInfo.processInfo.systemUptime - start
    if !amounts.isEmpty && ranks.leads {
      let machine = Machine(workers: workers, blasCore: OpenBLAS.coreName)
      let recording = Result {
        try folder.record(stage, seconds: seconds, amounts: amounts, on: machine, by: share)
      }
      // Why the work failed is worth more than why its seconds could not be written.
      try result.get()
      try recording.get()
    }
    try result.get()
    return amounts.isEmpty ? nil : seconds
  }
}

extension Run {
  /// Refuses to make anything of a run whose folder has gone since it was opened: what was made then would lie in a
  /// folder that is none.
  func requireFolder() throws(RunFolderError) {
    guard FileManager.default.fileExists(atPath: folder.configuration) else {
      throw .gone(path: folder.configuration)
    }
  }

  /// What to do for histories that are not there.
  var missingHistories: StageError {
    let words =
      configuration.source.isImported
      ? ["import", "FORMAT", "PATH"] : ["collect", "--preset", "PRESET"]
    return .notYet(missing: folder.manifest, command: commandText(words + ["--out", folder.path]))
  }

  /// Refuses a run whose tasks only histories are known of.
  /// - Parameter what: What cannot be done, as the end of a sentence.
  func requireWorlds(_ what: String) throws {
    if !configuration.task.canBeActedIn {
      throw ImportError.noWorlds(family: family.name, what: what)
    }
  }

  /// Refuses a link to histories that have gone, before anything is made in their place.
  func requireNoDeadLink() throws {
    let manager = FileManager.default
    guard !manager.fileExists(atPath: folder.histories),
      let target = try? manager.destinationOfSymbolicLink(atPath: folder.histories)
    else { return }
    throw StageError.deadLink(path: folder.histories, target: target)
  }

  /// The recorded histories: a set that is whole and has the split of the configuration.
  func histories() throws -> HistorySet {
    guard FileManager.default.fileExists(atPath: folder.manifest) else {
      try requireNoDeadLink()
      throw missingHistories
    }
    let set = try checkedSet(in: folder.histories)
    try set.require(split)
    if !configuration.source.isImported {
      let collector = trainingCollector(into: folder.histories)
      try set.require(
        seed: seed, family: collector.describedFamily, learner: collector.describedLearner,
        historiesPerTask: configuration.collect.historiesPerTask)
    }
    if let renderer = family.renderer { try set.require(drawableBy: renderer) }
    console.read(
      "\(folder.histories) (\(set.histories.count) histories, \(bytesText(set.byteCount)))")
    return set
  }

  /// A set whose every byte has been looked at.
  func checkedSet(in folder: String) throws -> HistorySet {
    var line: ProgressLine?
    defer { line?.finish() }
    return try HistorySet(
      reading: URL(fileURLWithPath: folder), verifyingChecksums: true
    ) { done, total in
      let megabyte = 1_000_000
      let shown =
        line ?? console.progress("checking \(folder):", total: total / megabyte, unit: "MB")
      line = shown
      shown.advance(to: done / megabyte)
    }
  }
}

/// What a stage cannot do.
public enum StageError: CommandError, Equatable {
  /// What comes before it has not been made.
  case notYet(missing: String, command: String)
  /// Something is there already.
  case exists(path: String)
  /// A link leads to something that is not there.
  case deadLink(path: String, target: String)
  /// A file or folder to be made is there already, and nothing replaces it.
  case taken(path: String)
  /// Settings were given for something that has none.
  case noConfiguration(path: String)
  /// The path holds nothing that can be inspected.
  case nothingToInspect(path: String)

  /// A file that is to be written is there, and another command made it; nil if it says none.
  case madeOtherwise(path: String, by: String?, now: String)
  /// A part of the run does not fit the memory.
  case notEnoughMemory(part: String, needed: String, available: String)
  /// The run has no such set of tasks.
  case noSuchSplit(String, known: [String])
  /// A table has returns of a task that the family does not have.
  case noSuchTask(path: String, task: Int, count: Int)
  /// The run's AD models are recurrent.
  case attendsToNothing(path: String)
  /// A model's context holds no second episode.
  case contextOfOneEpisode(path: String, steps: Int, episode: Int)
  /// No row of the logs has a trial that ended of every model.
  case noTrialInLogs(path: String)

  /// What is missing or in the way, and what to do.
  public var description: String {
    switch self {
    case .notYet(let missing, let command): "\(missing) does not exist. Make it with '\(command)'."
    case .exists(let path):
      "\(path) exists already. Pass --overwrite to make it again, or choose another folder."
    case .deadLink(let path, let target):
      "\(path) is a link to \(target), which is not there. Move that back, pass --histories with its new place, or remove the link to record the histories here."
    case .taken(let path): "\(path) exists already and is left as it is. Choose another --out."
    case .noConfiguration(let path):
      "\(path) is no configuration, so --set has nothing to change. Leave it out."
    case .nothingToInspect(let path):
      "\(path) is no shard, set of histories, checkpoint, configuration or run folder."
    case .madeOtherwise(let path, let by, let now):
      "\(path) is there and was \(by.map { "made by '\($0)', not by '\(now)'" } ?? "not made by distill"). Choose another --out, or pass --overwrite to replace it."
    case .notEnoughMemory(let part, let needed, let available):
      "\(part) needs at least \(needed) of memory, but \(available) are free. Lower the model's width or layers, the context's steps or the windows of an update, or run it on a larger machine."
    case .noSuchSplit(let name, let known):
      "there are no tasks named '\(name)' to evaluate on. There are \(known.joined(separator: ", "))."
    case .noSuchTask(let path, let task, let count):
      "\(path) has returns of task \(task), but the tasks are 0 to \(count - 1). Move the folder it lies in away and run 'distill evaluate' again."
    case .attendsToNothing(let path):
      "the AD models of \(path) are recurrent and attend to nothing. Choose a run whose model.architecture is transformer."
    case .contextOfOneEpisode(let path, let steps, let episode):
      "a context of \(steps) steps holds no two episodes of up to \(episode) steps, so the models of \(path) attend to no earlier one. Choose a run with a longer context.steps."
    case .noTrialInLogs(let path):
      "the logs in \(path) have no row in which a trial of every model ended. Train with more rl2.steps."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .notYet, .deadLink: .missingInput
    case .exists, .madeOtherwise, .taken: .cannotCreate
    case .notEnoughMemory: .configuration
    case .noConfiguration, .noSuchSplit, .attendsToNothing, .contextOfOneEpisode: .usage
    case .nothingToInspect, .noTrialInLogs, .noSuchTask: .badData
    }
  }
}
