// train: a model learns, from histories or online, as its method says.

internal import Foundation
internal import LearningHistories
internal import Models
internal import Randomness
internal import Ranks
internal import TensorFiles
internal import Training

/// Trains the models of one method that a run folder lacks, or finishes them. Several ranks train each model together;
/// what lies in the folder is for the first of them to say.
public struct TrainStage {
  private let run: Run
  private let method: any Method
  private let parts: [ModelPart]
  private let overrides: [SettingOverride]?

  /// The stage of a run.
  /// - Parameters:
  ///   - method: What to train.
  ///   - seeds: A model for each.
  ///   - overrides: The learning rate, and what belongs to it, that trainings go on with from their last checkpoint;
  ///     nil trains as the run says.
  public init(
    _ run: Run, method: any Method, seeds: [Int], goingOnWith overrides: [SettingOverride]? = nil
  ) {
    self.run = run
    self.method = method
    self.overrides = overrides
    parts = seeds.map { Plan.model(of: method, trainSeed: $0, in: run.experiment) }
  }

  /// Trains the models one after the other.
  public func perform() throws {
    let missing = try parts.filter { part in
      let folder = run.folder.model(method, trainSeed: part.trainSeed)
      guard run.ranks.agree(part.state(in: run.folder) == .done) else { return true }
      // Still there if the training was killed between its last file and the removal of this one.
      if run.ranks.leads { try removeIfPresent(folder.checkpoint) }
      run.console.kept(folder.path)
      return false
    }
    guard !missing.isEmpty else { return }
    if method.needs == .tasks { try run.requireWorlds("\(method.name) has nothing to act in") }
    try run.experiment.requireMemory(for: missing, workers: run.workers)
    var validation: [History] = []
    var shown: [History]?
    func courses(_ configuration: ExperimentConfiguration) throws -> (Int) throws -> any Course {
      try method.courses(
        in: Experiment(configuration, dividedAs: run.split),
        learningFrom: {
          if let shown { return shown }
          let set = try run.histories()
          validation = set.histories(of: run.configuration.validationTasks(of: run.split))
          let found = set.histories(of: run.configuration.shownTasks(of: run.split))
          shown = found
          return found
        }, workers: run.workers)
    }
    let planned = try courses(run.configuration)
    for part in missing {
      try train(part) { changes in
        let course =
          changes.isEmpty
          ? try planned(part.trainSeed)
          : try courses(try run.configuration.with(changes, planning: method))(part.trainSeed)
        try divide(course)
        if !validation.isEmpty {
          let count = course.validate(on: validation, seed: run.seed.seed(for: "validation"))
          run.console.say("validate on \(count) of \(validation.count) histories of other tasks")
        }
        return course
      }
    }
  }

  /// - Parameter makeCourse: Is given what the course's settings are changed in on the way.
  private func train(
    _ part: ModelPart, _ makeCourse: ([ChangedSettings]) throws -> any Course
  ) throws {
    let folder = run.folder.model(method, trainSeed: part.trainSeed)
    try run.requireFolder()
    let lock = run.ranks.leads ? try lock(folder.path) : nil
    defer { withExtendedLifetime(lock) {} }
    // Another process may have trained it since it was found missing.
    guard run.ranks.agree(part.state(in: run.folder) != .done) else {
      return run.console.kept(folder.path)
    }
    let changes = try run.changes(of: part, goingOnWith: overrides)
    let course = try makeCourse(changes)
    let origin = try ModelOrigin(part, in: run)
    let training = TrainingRun(
      course, files: TrainingFiles(in: URL(fileURLWithPath: folder.path)),
      metadata: origin.metadata.merging(["program_version": programVersion]) { $1 },
      provenance: origin.provenance.merging(ChangedSettings.metadata(of: changes)) { $1 },
      ranks: run.ranks
    ) { metadata in
      origin.difference(from: metadata, ofSameHistories: true)
        .map { "it was made with \($0.what) \($0.found), expected \($0.expected)" }
    }
    for change in changes { run.console.say("go on  \(change.words)") }
    var memory = MemoryPeak()
    let seconds = try run.timed("train/\(method.name)/seed-\(part.trainSeed)") { amounts in
      var line: ProgressLine?
      func begin(after done: Int) -> ProgressLine {
        let begun = run.console.progress(
          "training \(method.name), seed \(part.trainSeed):", total: course.updates,
          alreadyDone: done, unit: "updates")
        line = begun
        return begun
      }
      try Interruption.finishingUnits {
        try training.perform { done in
          run.console.say("resume \(folder.checkpoint) after \(done) updates")
          _ = begin(after: done)
        } progress: { record in
          (line ?? begin(after: 0)).advance(note: course.note(on: record))
          memory.look()
          amounts["updates", default: 0] += 1
          amounts["environment_steps", default: 0] += course.stepsPerUpdate
        } shouldStop: {
          Interruption.isRequested
        }
      }
      line?.finish()
    }
    let needed = memory.bytes > 0 ? ", with \(bytesText(memory.bytes)) of memory" : ""
    run.console.wrote("\(folder.model) in \(duration(seconds ?? 0))\(needed)")
  }

  /// Leaves a course its share, where there are other ranks.
  private func divide(_ course: any Course) throws {
    guard run.ranks.count > 1 else { return }
    try course.divide(among: run.ranks)
    let bytes = course.parameters.count * MemoryLayout<Float>.size
    run.console.say(
      "divide each update among \(run.ranks.count) ranks; each hands on \(bytes) bytes of gradients"
    )
  }

  /// Makes a model's folder, and waits until no other process writes into it.
  private func lock(_ path: String) throws -> FolderLock {
    try makeFolder(path)
    return try FolderLock(of: URL(fileURLWithPath: path)) { run.console.waits(path) }
  }
}
