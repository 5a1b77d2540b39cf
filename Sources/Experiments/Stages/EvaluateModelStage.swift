// evaluate --model: one model acts, and its curve is printed at once. No run folder is needed, only the settings that
// say in which tasks.

internal import Evaluation
internal import Foundation
internal import Models
internal import Randomness
internal import Tasks
internal import TensorFiles

/// Lets a model act in the tasks of a split and prints what it earns.
public struct EvaluateModelStage {
  private let experiment: Experiment
  private let method: any Method
  private let trainSeed: Int
  private let parameters: Parameters
  /// The tasks that the model learned from, as far as its file tells.
  private let learnedFrom: Set<TaskID>
  private let file: String
  private let console: Console
  private let workers: Int

  /// The stage of a model file or a folder that holds `model.safetensors`. The settings are those of the `config.yaml`
  /// beside it, or of the run folder that it lies in.
  /// - Throws: `EvaluateModelError`, `CheckpointError`, or what is wrong with the settings.
  public init(model path: String, overrides: [SettingOverride], console: Console, workers: Int)
    throws
  {
    self.console = console
    self.workers = workers
    file = modelFile(at: path)
    let opened = try Checkpoint.open(URL(fileURLWithPath: file))
    let metadata = opened.file.metadata
    guard let place = settingsFolder(ofModel: file) else {
      throw EvaluateModelError.noSettings(path: file)
    }
    let name = metadata["method"] ?? "(none)"
    guard let method = Registry.method(named: name) else {
      throw EvaluateModelError.method(
        path: file, found: name, known: Registry.methods.map(\.name))
    }
    self.method = method
    trainSeed = metadata["train_seed"].flatMap(Int.init) ?? 0
    experiment = Experiment(
      try place.readConfiguration().with(overrides, planning: [method]))
    let expected = method.model(in: experiment)
    guard expected.interface == opened.configuration.interface else {
      throw EvaluateModelError.otherTasks(path: file, settings: place.configuration)
    }
    parameters = try Checkpoint.read(opened)
    learnedFrom = ModelOrigin.tasks(in: metadata)
  }

  /// The table of returns, of which nothing is written unless a file is named.
  /// - Parameters:
  ///   - split: Where it acts; the first of the tested splits if nil.
  ///   - out: A table to write, which must not be there.
  public func perform(
    split: EvaluatedSplit?, episodes: Int, seeds: Int, out: String?
  ) throws {
    if let out, FileManager.default.fileExists(atPath: out) { throw StageError.exists(path: out) }
    let split = split ?? experiment.testedSplits[0]
    let tasks = try experiment.tasks(in: split)
    if [.heldOut, .validation].contains(split), let task = tasks.first(where: learnedFrom.contains)
    {
      throw ModelOriginError.learnedFrom(path: file, task: task.index, split: split.rawValue)
    }
    console.read(file)
    let line = console.progress(
      "acting in \(tasks.count) \(split.rawValue) tasks:", total: tasks.count * seeds * episodes,
      unit: "episodes")
    let streams = try InContextRollout(
      episodes: episodes, seedsPerTask: seeds,
      conditions: method.rolloutConditions(in: experiment.configuration),
      seed: experiment.seed.seed(for: "evaluate", trainSeed)
    ).run(parameters, in: experiment.family, tasks: tasks, workers: workers) {
      line.advance(by: $0.episodes)
    }
    line.finish()
    say(streams, tasks, split)
    guard let out else { return }
    let rows = streams.flatMap { stream in
      stream.returns.indices.map { episode in
        ReturnsTable.Row(
          method: method.name, split: split.rawValue, task: stream.task.index,
          trainSeed: trainSeed, evalSeed: stream.evaluationSeed, episode: episode + 1,
          envSteps: stream.environmentSteps[episode], return: stream.returns[episode])
      }
    }
    try ReturnsTable(rows).write(to: URL(fileURLWithPath: out))
    console.wrote(out)
  }

  /// The mean return by episode, ever more episodes to a line, with a bar up to the optimum.
  private func say(_ streams: [StreamReturns], _ tasks: [TaskID], _ split: EvaluatedSplit) {
    let family = experiment.family
    let optima = tasks.compactMap(family.optimalReturn(of:))
    let random = mean(tasks.map(family.randomReturn(of:)))
    let best = optima.count == tasks.count ? mean(optima) : nil
    let count = streams.first?.returns.count ?? 0
    var lines: [(name: String, value: Double)] = [("random actions", random)]
    var start = 0
    for end in [1, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1000, .max] where start < count {
      let last = min(end, count)
      let name =
        last == start + 1 ? "episode \(last)" : "episodes \(start + 1)–\(last)"
      let means = streams.map { mean(Array($0.returns[start..<last])) }
      lines.append((name, mean(means)))
      start = last
    }
    if let best { lines.append(("optimum", best)) }
    let least = min(0, lines.map(\.value).min() ?? 0)
    let most = max(lines.map(\.value).max() ?? 1, least + 1e-9)
    let width = lines.map(\.name.count).max() ?? 0
    console.say(
      "\(method.name) on \(tasks.count) \(split.rawValue) tasks of \(family.name), \(streams.count / max(tasks.count, 1)) "
        + "streams each; mean return of an episode")
    for (name, value) in lines {
      let share = (value - least) / (most - least)
      let bar = String(repeating: "#", count: Int((40 * share).rounded()))
      let padding = String(repeating: " ", count: width - name.count)
      console.say("  \(name)\(padding)  \(String(format: "%8.3f", value))  \(bar)")
    }
  }

  private func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(max(values.count, 1))
  }
}

/// The file of a model that is named by its path or by that of its folder.
func modelFile(at path: String) -> String {
  let inFolder = "\(path)/model.safetensors"
  return FileManager.default.fileExists(atPath: inFolder) ? inFolder : path
}

/// Where a model's `config.yaml` lies: beside it, or in the run folder that it lies in as
/// `RUN/models/METHOD/seed-N/model.safetensors`; nil if there is none.
func settingsFolder(ofModel file: String) -> RunFolder? {
  let folder = URL(fileURLWithPath: file).deletingLastPathComponent()
  return [folder, folder.appendingPathComponent("../../..").standardizedFileURL]
    .map { RunFolder($0.relativePath) }
    .first { FileManager.default.fileExists(atPath: $0.configuration) }
}

/// Why a model cannot be evaluated by itself.
public enum EvaluateModelError: CommandError, Equatable {
  /// No settings say which tasks are its.
  case noSettings(path: String)
  /// It names a method that there is not.
  case method(path: String, found: String, known: [String])
  /// The settings describe tasks with another interface.
  case otherTasks(path: String, settings: String)

  /// What is wrong and what to do.
  public var description: String {
    switch self {
    case .noSettings(let path):
      "there is no config.yaml beside \(path), nor does it lie in a run folder, so its tasks are not known. Copy the run's config.yaml beside it."
    case .method(let path, let found, let known):
      "\(path) was made by the method '\(found)', expected one of \(known.joined(separator: ", ")). Evaluate it with the program that made it."
    case .otherTasks(let path, let settings):
      "\(path) was trained on tasks with other observations, actions or rewards than \(settings) describes. Use the config.yaml of its own run."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .noSettings: .missingInput
    case .method, .otherTasks: .badData
    }
  }
}
