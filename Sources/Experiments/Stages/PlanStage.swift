// plan: the parts of a run, what is there of them, and what the rest takes. Writes nothing.

internal import Foundation
internal import TensorFiles

/// Lists the parts of a run.
public struct PlanStage {
  private let experiment: Experiment
  private let folder: RunFolder?
  private let parts: [any Part]
  private let console: Console
  private let workers: Int

  /// The parts of an experiment in a folder, which need not exist.
  public init(
    _ experiment: Experiment, in folder: RunFolder?, parts: [any Part], console: Console,
    workers: Int
  ) {
    self.experiment = experiment
    self.folder = folder
    self.parts = parts
    self.console = console
    self.workers = workers
  }

  /// Parts of a run.
  public init(_ run: Run, parts: [any Part]) {
    self.init(
      run.experiment, in: run.folder, parts: parts, console: run.console, workers: run.workers)
  }

  /// The parts of a whole run: of a run folder, a preset or a file.
  /// - Parameters:
  ///   - methods: Whose models; nil for those that are there, or the standard ones.
  ///   - share: Whose parts; nil for all.
  public init(
    _ subject: String, methods: [any Method]?, overrides: [SettingOverride], console: Console,
    workers: Int, share: Share? = nil
  ) throws {
    let folder = RunFolder(subject)
    let isRun = FileManager.default.fileExists(atPath: folder.configuration)
    let chosen = methods ?? (isRun ? folder.trainedMethods : Registry.standardMethods)
    let configuration =
      isRun
      ? try folder.readConfiguration().with(overrides, planning: chosen)
      : try ExperimentConfiguration(
        from: try Presets.standard().file(subject), overrides: overrides, planning: chosen)
    let experiment = Experiment(configuration)
    let parts = try Plan(experiment, methods: chosen).parts
    self.init(
      experiment, in: isRun ? folder : nil, parts: share?.own(of: parts) ?? parts,
      console: console, workers: workers)
  }

  /// Says what there is and what is missing.
  /// - Parameter listingEveryPart: Whether each task's histories have a line of their own.
  public func perform(listingEveryPart: Bool = false) throws {
    let estimator = Estimator(experiment, workers: workers)
    let groups = listingEveryPart ? parts.map { [$0] } : groupedParts
    let line = console.progress(
      "measuring samples of the work:", total: groups.count, unit: "kinds")
    var rows: [PlanRow] = []
    for group in groups {
      rows.append(try row(of: group, estimator))
      line.advance()
    }
    line.finish()
    let all = rows.compactMap(\.rest).reduce(PartEstimate(), +)
    PlanRow.say(rows + [PlanRow(name: "all that is missing", state: "", rest: all)], on: console)
    let missing = rows.count { $0.rest != nil }
    if missing == 0 { console.say("nothing is missing") }
  }

  /// Histories of one folder together, everything else by itself.
  private var groupedParts: [[any Part]] {
    var groups: [[any Part]] = []
    for part in parts {
      if let part = part as? HistoriesPart,
        let last = groups.last?.last as? HistoriesPart, last.folder == part.folder
      {
        groups[groups.count - 1].append(part)
      } else {
        groups.append([part])
      }
    }
    return groups
  }

  private func row(of group: [any Part], _ estimator: Estimator) throws -> PlanRow {
    let states = group.map { part in folder.map { part.state(in: $0) } ?? .missing }
    let missing = zip(group, states).filter { $0.1 != .done }.map(\.0)
    let rest = try missing.reduce(nil as PartEstimate?) { sum, part in
      try (sum ?? PartEstimate()) + part.estimate(by: estimator)
    }
    guard group.count == 1 else {
      let name = "\(((group[0] as? HistoriesPart)?.folder) ?? "") (\(group.count) tasks)"
      let done = group.count - missing.count
      return PlanRow(
        name: name, state: missing.isEmpty ? "done" : done == 0 ? "missing" : "\(done) done",
        rest: rest)
    }
    let state =
      switch states[0] {
      case .missing: "missing"
      case .begun(let what): what
      case .done: "done"
      }
    return PlanRow(name: group[0].key, state: state, rest: rest)
  }
}
