// import: histories from elsewhere become the verified histories of a run folder, with a configuration that says so. A
// folder of histories is linked, arrays are read natively, and other formats go through the Python package. Nothing is
// left of what turns out to be bad.

internal import Contexts
internal import Foundation
internal import LearningHistories
internal import Tasks

/// The layouts that histories are read from.
public enum ImportFormat: String, CaseIterable, Sendable {
  /// A folder of histories as data/schema.md describes it.
  case set
  /// Arrays of NumPy's.
  case npz
  /// The same arrays in a safetensors file.
  case safetensors
  /// The environments of ad-eps.
  case adEps = "ad-eps"
  /// The files of headless-ad.
  case headlessAD = "headless-ad"
  /// The grids of DICP.
  case dicp
  /// XLand-100B and its kin.
  case xland
  /// A Minari data set.
  case minari
}

/// Imports histories into a new run folder.
public struct ImportStage {
  private let format: ImportFormat
  private let source: String
  private let folder: RunFolder
  private let base: ExperimentConfiguration
  private let overrides: [SettingOverride]
  private let console: Console
  /// What arrays do not say themselves.
  public var hints = ImportHints()
  /// The family of the tasks, where this program has it; nil if it has not.
  public var family: String?
  /// What the learner is called, where the source does not say.
  public var learner: String?
  /// Options of the Python converter, as they are typed.
  public var converterOptions: [String] = []

  /// - Parameters:
  ///   - base: Where the settings of context, model and training come from.
  ///   - overrides: Laid over what the set says.
  public init(
    _ format: ImportFormat, _ source: String, into folder: RunFolder,
    base: ExperimentConfiguration = ExperimentConfiguration(), overrides: [SettingOverride],
    console: Console
  ) {
    self.format = format
    self.source = source
    self.folder = folder
    self.base = base
    self.overrides = overrides
    self.console = console
  }

  /// Reads, checks, writes, and tells how the source learned.
  public func perform() throws {
    guard FileManager.default.fileExists(atPath: source) else {
      throw FileError.missing(
        path: source, advice: "Give the path of histories of the format \(format.rawValue).")
    }
    for path in [folder.histories, folder.configuration]
    where (try? FileManager.default.attributesOfItem(atPath: path)) != nil {
      throw ImportError.exists(path: path)
    }
    let isNew = !FileManager.default.fileExists(atPath: folder.path)
    let temporary = URL(fileURLWithPath: "\(folder.path)/histories.tmp")
    do {
      let imported = try bring(to: temporary)
      _ = try folder.adopt(imported, telling: console)
      do {
        try FileManager.default.moveItem(
          at: temporary, to: URL(fileURLWithPath: folder.histories))
      } catch {
        try removeIfPresent(folder.configuration)
        throw FileError(writing: folder.histories, error)
      }
    } catch {
      try? FileManager.default.removeItem(at: temporary)
      // Fails, as it should, where there is anything else in it.
      if isNew { try? FileManager.default.removeItem(atPath: folder.path) }
      throw error
    }
    console.wrote(folder.histories)
    try InspectStage(folder.histories, overrides: [], console: console).perform()
  }

  /// Puts a checked set under a temporary name.
  private func bring(
    to temporary: URL
  ) throws -> ExperimentConfiguration {
    switch format {
    case .set:
      let origin = URL(fileURLWithPath: source)
      let set = try whole(origin)
      guard set.manifest.origin == .imported else { throw ImportError.recorded(path: source) }
      let configuration = try configuration(of: set)
      try makeFolder(folder.path)
      do {
        try FileManager.default.createSymbolicLink(
          at: temporary, withDestinationURL: origin.resolvingSymlinksInPath())
      } catch {
        throw FileError(writing: temporary.path, error)
      }
      return configuration
    case .npz, .safetensors:
      let arrays = try StepArrays(reading: URL(fileURLWithPath: source), hints)
      let known = try family.map { try tasks(named: $0) }
      let survey = try ArraySurvey(arrays, known: known?.makeFamily().interface)
      let greatest = survey.tasks.max()?.index ?? 0
      var unknown = ImportedTasks()
      // The settings say how many there may be; first the number must be one.
      unknown.tasks = greatest == .max ? .max : max(2, greatest + 1)
      unknown.interface = survey.interface.json
      let configuration = try configuration(
        known ?? TaskSettings(unknown), learner: learner ?? "imported",
        episodes: survey.mostEpisodes)
      let split = try split(of: configuration, having: survey.tasks)
      try arrays.write(
        HistorySetDescription(
          family: .init(
            name: configuration.task.makeFamily().name,
            settings: known?.described ?? [:]),
          interface: survey.interface, tasks: survey.tasks, split: split,
          learner: .init(name: learner ?? "imported", settings: [:]), fingerprint: "",
          origin: .imported),
        to: temporary)
      return configuration
    case .adEps, .headlessAD, .dicp, .xland, .minari:
      try makeFolder(folder.path)
      try Converter(format: format).convert(
        source, to: temporary.path, converterOptions + (learner.map { ["--learner", $0] } ?? []))
      let set = try whole(temporary)
      let configuration = try configuration(of: set)
      let split = try split(of: configuration, having: set.manifest.tasks)
      try set.manifest.write(dividedAs: split, into: temporary)
      return configuration
    }
  }

  private func whole(_ folder: URL) throws -> HistorySet {
    let problems = HistorySet.problems(in: folder)
    guard problems.isEmpty else { throw DamagedHistories(problems: problems) }
    return try HistorySet(reading: folder)
  }

  /// The settings of a known family, those that are given on the command line laid over.
  private func tasks(named family: String) throws -> TaskSettings {
    let named = SettingOverride("--family", family, for: "task.family")
    let ofTasks = overrides.filter { $0.path?.hasPrefix("task.") == true }
    // How many tasks there are to divide is not known yet.
    var undivided = base
    (undivided.split.heldOut, undivided.split.validation, undivided.split.training) = (1, 0, 0)
    undivided.context.tasks = 0
    return try undivided.with([named] + ofTasks).task
  }

  /// The configuration of a set: of a family that this program has, if it is the same.
  private func configuration(of set: HistorySet) throws -> ExperimentConfiguration {
    let manifest = set.manifest
    let known = try? TaskSettings(manifest.family, path: source)
    let isKnown = known?.canBeActedIn == true && known?.makeFamily().interface == manifest.interface
    if !isKnown && manifest.interface.sight.byteCount > 0 {
      throw ImportError.noWorlds(
        family: manifest.family.name, what: "it cannot draw the pictures that are observed")
    }
    var tasks = TaskSettings(ImportedTasks(manifest))
    if isKnown, let known { tasks = known }
    let split = manifest.split
    let roles = format == .set ? (split.heldOut.count, split.validation.count) : nil
    return try configuration(
      tasks, learner: manifest.learner.name,
      episodes: set.histories.map(\.episodeCount).max() ?? 1, roles: roles)
  }

  /// - Parameter roles: How many tasks are held out and validate, where the set says so.
  private func configuration(
    _ tasks: TaskSettings, learner: String, episodes: Int, roles: (Int, Int)? = nil
  ) throws -> ExperimentConfiguration {
    var source = ImportedSource()
    source.name = learner
    source.episodes = episodes
    var configuration = base
    configuration.task = tasks
    configuration.source = SourceSettings(source)
    configuration.collect = CollectionSettings()
    let count = tasks.makeFamily().taskCount
    if let roles {
      (configuration.split.heldOut, configuration.split.validation) = roles
      configuration.split.training = 0
    } else if count < 4 * (base.split.heldOut + base.split.validation) {
      // A fifth tests and a tenth tunes, where the usual numbers would leave little to train on.
      configuration.split.heldOut = max(1, count / 5)
      configuration.split.validation = count / 10
    }
    return try configuration.with(
      overrides.filter { $0.path?.hasPrefix("task.") != true || family == nil })
  }

  /// The split of a configuration.
  private func split(
    of configuration: ExperimentConfiguration, having tasks: [TaskID]
  ) throws -> TaskSplit {
    let split = configuration.makeSplit()
    let all = Set(Split.allCases.flatMap(split.tasks(in:)))
    let family = configuration.task.makeFamily()
    if let stranger = tasks.first(where: { !(0..<family.taskCount).contains($0.index) }) {
      throw ImportError.unusable(
        path: source,
        reason: "it has histories of task \(stranger), but '\(family.name)' has the tasks 0 to "
          + "\(family.taskCount - 1)")
    }
    guard tasks.contains(where: { split.training.contains($0) }) else {
      throw ImportError.unusable(
        path: source,
        reason:
          "none of its \(tasks.count) tasks is one to train on; lower split.held_out or choose another seed "
          + "with --set")
    }
    // Tasks beyond a limited number of training tasks have a role as well, so that a manifest can name them.
    let others = tasks.filter { !all.contains($0) }
    return TaskSplit(
      training: split.training, validation: split.validation + others, heldOut: split.heldOut)
  }
}
