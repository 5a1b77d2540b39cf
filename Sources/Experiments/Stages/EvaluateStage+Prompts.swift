// What contexts begin with: the source's episodes on the same task, or a user's file, which is looked through
// before anything is evaluated. Which file the returns of a name are of is noted beside them.

internal import Contexts
internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Models
package import Tasks
internal import TensorFiles

/// A file of histories that was found fit to be shown.
struct PromptFile {
  /// The tasks of its rows: the one of the file.
  let split: EvaluatedSplit
  let path: String
  let shard: HistoryShard
  let checksum: String
}

/// The last prompts of the source's, which serve every model on their split.
struct PromptCache {
  private var key: (split: EvaluatedSplit, beginning: Condition.Beginning)?
  private var prompts: [TaskID: [[ContextStep]]] = [:]

  /// Prompts for a part, made unless they are the last.
  mutating func prompts(
    _ part: ReturnsPart, make: () throws -> [TaskID: [[ContextStep]]]
  ) rethrows -> [TaskID: [[ContextStep]]] {
    let wanted = (split: part.split, beginning: part.evaluated.condition.beginning)
    if let key, key == wanted { return prompts }
    prompts = try make()
    key = wanted
    return prompts
  }
}

extension EvaluateStage {
  /// Half a context: of a full one the older half would be dropped before the first prediction.
  private var promptSteps: Int { max(1, run.configuration.context.steps / 2) }

  /// The last episodes of the source on each task, as many as half a context holds.
  func convergedPrompts(_ split: EvaluatedSplit) throws -> [TaskID: [[ContextStep]]] {
    try sourceHistories(split).mapValues { histories in
      histories.map { Demonstration(endOf: $0, steps: promptSteps).contextSteps }
    }
  }

  /// The episodes at which the source first earns a share of each task's optimum, as many as half a context
  /// holds; says what they earn.
  func prompts(
    at percent: Int, _ split: EvaluatedSplit
  ) throws -> [TaskID: [[ContextStep]]] {
    let tasks = try run.experiment.tasks(in: split)
    let optima = try run.family.optima(of: tasks)
    let histories = try sourceHistories(split)
    var shares: [Double] = []
    var prompts: [TaskID: [[ContextStep]]] = [:]
    for task in tasks {
      guard let optimal = optima[task] else { continue }
      let shown = (histories[task] ?? []).map {
        Demonstration(
          of: $0, firstEarning: optimal * Double(percent) / 100, steps: promptSteps)
      }
      shares += shown.map { $0.meanReturn / optimal }
      prompts[task] = shown.map(\.contextSteps)
    }
    let earned = String(
      format: "%.1f", 100 * shares.reduce(0, +) / Double(max(1, shares.count)))
    run.console.say(
      "prompts at \(percent) % of the optimum on \(split.rawValue) tasks earn \(earned) %")
    return prompts
  }

  /// The last episodes of each history of a file.
  func prompts(of file: PromptFile) -> [TaskID: [[ContextStep]]] {
    [
      file.shard.task: file.shard.histories.map {
        Demonstration(endOf: $0, steps: promptSteps).contextSteps
      }
    ]
  }

  /// Looks through a file, all of it.
  /// - Throws: `PromptError` if it is none of histories of the run's tasks, or others than those that returns are
  ///   there of.
  func open(_ path: String) throws -> PromptFile {
    guard FileManager.default.fileExists(atPath: path) else {
      throw PromptError.missing(path: path)
    }
    let split = EvaluatedSplit(ofFile: path)
    let temporary = FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-prompt-\(UUID().uuidString)")
    // A shard is mapped, so that its file may go once it is open.
    defer { try? FileManager.default.removeItem(at: temporary) }
    do {
      let shard = try HistoryShard(reading: try shardFile(of: path, in: temporary))
      try shard.require(livedIn: run.family)
      let file = PromptFile(
        split: split, path: path, shard: shard, checksum: try shard.sha256())
      run.console.read(path)
      if run.split.training.contains(shard.task) {
        run.console.say(
          "note: \(path) is of task \(shard.task), one of the training tasks: models have learned from histories of "
            + "it, so that what they earn there tests nothing")
      }
      return file
    } catch let error as HistoryError {
      throw PromptError.unusable(error)
    }
  }

  /// A file of arrays as a shard in a folder; any other as it is.
  private func shardFile(of path: String, in folder: URL) throws -> URL {
    let file = URL(fileURLWithPath: path)
    let isShard =
      file.pathExtension == "safetensors"
      && (try? TensorFile(reading: file).metadata["schema"]) != nil
    let isArrays =
      file.pathExtension == "npz"
      || (!isShard && (try? ArrayFile(reading: file).names.contains("actions")) == true)
    guard isArrays else { return file }
    let arrays = try StepArrays(reading: file, ImportHints())
    let survey = try ArraySurvey(arrays, known: run.family.interface)
    guard survey.tasks.count == 1 else {
      throw ImportError.unusable(
        path: path, reason: "a prompt is of one task, and it has steps of \(survey.tasks.count)")
    }
    try arrays.write(
      HistorySetDescription(
        family: .init(name: run.family.name, settings: [:]), interface: run.family.interface,
        tasks: survey.tasks, split: TaskSplit(training: survey.tasks, heldOut: []),
        learner: .init(name: "prompt", settings: [:]), origin: .imported),
      to: folder)
    return folder.appendingPathComponent(ShardSchema.fileName(ofShard: 0))
  }

  /// Notes which files returns are made of, by the names of their splits.
  func note(_ files: [PromptFile]) throws {
    guard !files.isEmpty else { return }
    let path = run.folder.promptFiles
    let isThere = FileManager.default.fileExists(atPath: path)
    var noted: [String: String] = [:]
    if isThere {
      let text = try readText(path, ifMissing: "")
      noted = try JSONDecoder().decode([String: String].self, from: Data(text.utf8))
    }
    for file in files {
      let name = file.split.rawValue
      if let there = noted[name], there != file.checksum {
        throw PromptError.otherContents(
          path: file.path, split: name, expected: there, found: file.checksum)
      }
      noted[name] = file.checksum
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
    try writeFile(String(decoding: try encoder.encode(noted), as: UTF8.self) + "\n", to: path)
  }
}

extension TaskFamily {
  /// The optimum of each task, of which a prompt can be at a share.
  /// - Throws: `PromptError.optimumNotKnown` if one is not known.
  package func optima(of tasks: [TaskID]) throws(PromptError) -> [TaskID: Double] {
    var optima: [TaskID: Double] = [:]
    for task in tasks {
      guard let optimum = optimalReturn(of: task) else { throw .optimumNotKnown(family: name) }
      optima[task] = optimum
    }
    return optima
  }
}
