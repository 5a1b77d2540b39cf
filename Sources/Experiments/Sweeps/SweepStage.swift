// sweep: every point is a run of its own, in an ordinary run folder; histories are recorded once for all points whose
// settings agree on them. In order: the stage, the making of a run, the histories that runs share. The listing stands in
// SweepStage+Plan.swift, the table and the figure in CompareStage+Sweep.swift.

internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Tasks
internal import TensorFiles
internal import Training

/// Makes the points of a sweep, or what is missing of them, and the table and figure of them all.
public struct SweepStage {
  let sweep: Sweep
  let folder: SweepFolder
  /// Nil for the tasks that test each point.
  private let splits: [EvaluatedSplit]?
  /// Recorded histories to use where settings agree.
  private let given: RunFolder?
  let console: Console
  let workers: Int

  /// The stage of a sweep.
  /// - Parameters:
  ///   - path: The sweep's folder, to make or to go on with.
  ///   - split: The tasks that models act in; nil for those that test.
  ///   - histories: A run whose histories are used by all points that would record the same; nil for none.
  public init(
    _ sweep: Sweep, in path: String, on split: EvaluatedSplit?, histories: String?,
    console: Console, workers: Int
  ) {
    self.sweep = sweep
    folder = SweepFolder(path)
    splits = split.map { [$0] }
    given = histories.map { RunFolder($0) }
    self.console = console
    self.workers = workers
  }

  /// Makes what is missing of a share of the points, then the table and the figure of all points that are there.
  /// A point that fails does not stop the others.
  /// - Parameter overwriting: Whether what other settings made is made again.
  public func perform(_ share: Share = .whole, overwriting: Bool = false) throws {
    let mine = share.of(sweep.runs)
    try check(mine)
    try makeFolder("\(folder.path)/histories")
    let runs = try mine.map { try open($0, overwriting) }
    var failures: [(label: String, error: any CommandError)] = []
    for (index, (described, run)) in zip(mine, runs).enumerated() {
      let name = described.labels.joined(separator: "; ")
      if isDone(described, run.experiment) {
        console.kept("\(run.folder.path) (\(name))")
        continue
      }
      console.say("point  \(index + 1) of \(mine.count): \(name)")
      do {
        try make(described, run)
      } catch let error as any CommandError {
        console.say("failed \(name): \(error)")
        failures.append((name, error))
      }
    }
    let lock = try FolderLock(of: URL(fileURLWithPath: folder.path))
    defer { withExtendedLifetime(lock) {} }
    try putTogether()
    if !failures.isEmpty { throw SweepError.failed(failures, of: mine.count) }
  }

  /// Refuses what cannot be made, before anything is written.
  private func check(_ runs: [SweepRun]) throws {
    if FileManager.default.fileExists(atPath: RunFolder(folder.path).configuration) {
      throw SweepError.isARun(path: folder.path)
    }
    let given = try givenManifest()
    var isUsed = false
    for described in runs {
      let experiment = experiment(of: described, given)
      try experiment.requireMemory(for: try parts(of: described, experiment), workers: workers)
      isUsed = isUsed || (given.map { uses($0, described, experiment) } ?? false)
    }
    // Of a share of the points it may be that others use them.
    if let path = self.given?.path, !isUsed,
      !sweep.runs.contains(where: { run in
        given.map { uses($0, run, experiment(of: run, $0)) } ?? false
      })
    {
      throw SweepError.unusedHistories(path: path)
    }
  }

  /// The point's folder with its settings and, if it learns from any, its histories or a link to where they will be.
  private func open(_ described: SweepRun, _ overwriting: Bool) throws -> Run {
    let point = folder.point(described.folder)
    let configuration = try point.adopt(
      described.configuration, overwriting: overwriting, telling: console)
    let run = Run(folder: point, configuration: configuration, console: console, workers: workers)
    guard learnsFromHistories(described) else { return run }
    if let path = given?.path, let manifest = try givenManifest(),
      uses(manifest, described, run.experiment)
    {
      try CollectStage(run).useHistories(of: path)
      // The roles of the tasks of imported histories stand in their manifest.
      return Run(folder: point, configuration: configuration, console: console, workers: workers)
    }
    if !configuration.source.isImported { try shareHistories(run) }
    return run
  }

  private func make(_ described: SweepRun, _ run: Run) throws {
    if learnsFromHistories(described) { try CollectStage(run).perform() }
    for method in described.methods {
      try TrainStage(run, method: method, seeds: run.configuration.trainSeeds).perform()
    }
    try EvaluateStage(
      run, methods: evaluated(described, run.experiment), splits: splits(of: run.experiment)
    ).perform()
  }

  /// Writes the table and the figure of the points that are there.
  private func putTogether() throws {
    try writeFile(sweep.file.text, to: folder.file)
    let given = try givenManifest()
    let done = try sweep.runs.filter { try isMadeAsDescribed($0, given) }
    let names = Set(done.map(\.folder))
    let points = sweep.points.filter { names.contains($0.folder) }
    if points.count < sweep.points.count {
      console.say(
        "\(points.count) of \(sweep.points.count) points are there; the table and the figure are of these"
      )
    }
    guard !points.isEmpty else { return }
    try CompareStage(command: "", console: Console(isQuiet: true))
      .putTogether(sweep, points, in: folder, on: splits)
    for file in [folder.table, folder.figure, folder.page] { console.wrote(file) }
  }

  /// Whether all of a run is there, made with the settings that it has now.
  private func isMadeAsDescribed(_ described: SweepRun, _ given: HistoryManifest?) throws -> Bool {
    let point = folder.point(described.folder)
    guard FileManager.default.fileExists(atPath: point.configuration) else { return false }
    var there = try point.readConfiguration()
    there.train.seeds = described.configuration.train.seeds
    return there == described.configuration && isDone(described, experiment(of: described, given))
  }
}

extension SweepStage {
  /// The experiment of a run, whose tasks have the roles that its histories say if those are imported.
  func experiment(of described: SweepRun, _ given: HistoryManifest?) -> Experiment {
    Experiment(
      described.configuration,
      dividedAs: described.configuration.source.isImported ? given?.split : nil)
  }

  /// The tasks that models act in.
  func splits(of experiment: Experiment) -> [EvaluatedSplit] { splits ?? experiment.testedSplits }

  /// What acts: the models, and the source where scores are shares of what it earns.
  private func evaluated(_ described: SweepRun, _ experiment: Experiment) -> [EvaluatedMethod] {
    described.methods.map { EvaluatedMethod($0) }
      + (experiment.family.scoring == .wholeAgainstSource ? [.source] : [])
  }

  /// The parts of a run, its histories among them.
  func parts(of described: SweepRun, _ experiment: Experiment) throws -> [any Part] {
    try Plan(
      experiment, methods: described.methods, evaluating: evaluated(described, experiment),
      on: splits(of: experiment)
    ).parts
  }

  /// Whether nothing is left to do: all parts are there, and the tables were joined after the last of them.
  func isDone(_ described: SweepRun, _ experiment: Experiment) -> Bool {
    let point = folder.point(described.folder)
    guard let all = try? parts(of: described, experiment) else { return false }
    // Histories are needed no more when the models are there; those of others may have other files.
    let parts = all.filter { !($0 is HistoriesPart) }
    guard parts.allSatisfy({ $0.state(in: point) == .done }) else { return false }
    func date(_ path: String) -> Date? {
      let attributes = try? FileManager.default.attributesOfItem(atPath: path)
      return attributes?[.modificationDate] as? Date
    }
    guard let joined = date(point.summary) else { return false }
    let returns = parts.filter { $0 is ReturnsPart }.flatMap(\.files)
    return returns.allSatisfy { (date("\(point.path)/\($0)") ?? .distantFuture) <= joined }
  }

  // MARK: Histories

  func learnsFromHistories(_ described: SweepRun) -> Bool {
    described.methods.contains { $0.needs == .histories }
  }

  /// The manifest of the histories that were given; nil if none were.
  func givenManifest() throws -> HistoryManifest? {
    guard let given else { return nil }
    let isRun = FileManager.default.fileExists(atPath: given.manifest)
    return try HistoryManifest(
      reading: URL(
        fileURLWithPath: isRun ? given.manifest : "\(given.path)/\(ShardSchema.manifestName)"))
  }

  /// Whether a run learns from given histories: those that it would record itself, or imported ones.
  func uses(
    _ manifest: HistoryManifest, _ described: SweepRun, _ experiment: Experiment
  ) -> Bool {
    guard learnsFromHistories(described) else { return false }
    let isImported = manifest.origin == .imported
    guard experiment.configuration.source.isImported == isImported else { return false }
    return isImported
      ? manifest.family.name == experiment.family.name
      : manifest.fingerprint == experiment.historiesFingerprint
  }

  /// Links a run's histories to where all runs of the sweep with the same ones have theirs, unless it has some.
  private func shareHistories(_ run: Run) throws {
    let name = run.experiment.historiesFingerprint
    try makeFolder(folder.histories(name))
    let manager = FileManager.default
    guard !manager.fileExists(atPath: run.folder.histories) else { return }
    do {
      // Relative, so that the folder of a sweep can be moved.
      try manager.createSymbolicLink(
        atPath: run.folder.histories, withDestinationPath: "../../histories/\(name)")
    } catch {
      throw FileError(writing: run.folder.histories, error)
    }
  }
}

extension Experiment {
  /// What the histories of the training tasks follow from, in short: equal for equal histories.
  var historiesFingerprint: String {
    configuration.fingerprint(
      recording: split.training, historiesPerTask: configuration.collect.historiesPerTask,
      priorTaskFraction: configuration.collect.priorTaskFraction)
  }
}
