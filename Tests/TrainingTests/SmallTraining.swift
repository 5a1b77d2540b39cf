import Contexts
import Foundation
import LearningHistories
import Models
import Randomness
import Ranks
import Tasks
import TestSupport
import Training

/// A training of a few thousand parameters in a folder.
struct SmallTraining {
  /// The folder of the histories it learns from, and of all it leaves.
  var folder: URL
  var model = ModelSettings()
  var settings = TrainingSettings()
  /// What the model's files say of it.
  var metadata = ["method": "ad"]
  /// The task whose histories are not learned from but measured.
  var validationTask: TaskID?
  /// Whether they are, where there are any.
  var isMeasured = true
  /// Whether the model is shown pictures instead of components.
  var showsPictures = false

  /// A training of 230 updates: two checkpoints on the way, and an end between checkpoints.
  init(in folder: URL) {
    self.folder = folder
    (model.width, model.layers, model.heads, model.feedForward) = (8, 1, 2, 8)
    model.dropout = 0.1
    settings.updates = 230
    settings.windowsPerUpdate = 3
    settings.warmUpUpdates = 10
    settings.learningRate = 0.01
  }

  /// Where the model goes.
  var output: URL { folder.appendingPathComponent("model") }
  /// The files of the model.
  var files: TrainingFiles { TrainingFiles(in: output) }

  /// Trains, or goes on.
  func perform(
    workers: Int = 1, seed: UInt64 = 1, resumed: (Int) -> Void = { _ in },
    progress: (CourseRecord) throws -> Void = { _ in }, ranks: any Ranks = OneRank()
  ) throws {
    var context = ContextSettings()
    (context.steps, context.episodeSubsampling) = (12, 2)
    let family = TellingFamily()
    // Only the first rank records.
    let recorded = ranks.leads ? try histories(of: family) : nil
    _ = ranks.agree(true)
    let set = try recorded ?? histories(of: family)
    try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
    let interface = TaskInterface(
      observationSizes: family.interface.observationSizes,
      sight: showsPictures ? Picture.sight : .cells, actionCount: family.interface.actionCount,
      episodeLength: family.interface.episodeLength, rewards: family.interface.rewards)
    let course = HistoryCourse(
      ModelConfiguration(
        model: model, interface: interface, contextSteps: context.steps),
      settings,
      sampler: try WindowSampler(
        histories: set.histories.filter { $0.task != validationTask }, settings: context,
        selection: .learning(subsampling: 2)),
      renderer: showsPictures ? Picture() : nil, seed: Seed(seed), workers: workers)
    if let validationTask, isMeasured {
      _ = course.validate(on: set.histories(of: [validationTask]), seed: Seed(7))
    }
    if ranks.count > 1 { try course.divide(among: ranks) }
    try TrainingRun(course, files: files, metadata: metadata, ranks: ranks)
      .perform(resumed: resumed, progress: progress)
  }

  /// Trains until an update throws.
  func interrupt(at update: Int, workers: Int = 1) throws {
    do {
      try perform(
        workers: workers,
        progress: { record in
          if record.update == update { throw Interruption() }
        })
    } catch is Interruption {}
  }

  /// The histories, recorded when first asked for.
  private func histories(of family: TellingFamily) throws -> HistorySet {
    let place = folder.appendingPathComponent("histories")
    let learner = TellingLearner(streamCount: 1)
    try HistoryCollector(
      family: family, tasks: [TaskID(0), TaskID(1)],
      split: TaskSplit(of: family, heldOut: 0, validation: 0, seed: Seed(1)), learner: learner,
      historiesPerTask: 1, seed: Seed(1), folder: place, fingerprint: "f"
    ).collect(workers: 1)
    return try HistorySet(reading: place)
  }
}

/// Six by eight pixels that follow from the components.
private struct Picture: Renderer {
  static let sight = Sight.image(rows: 6, columns: 8)

  func draw(_ observation: Observation, into bytes: inout MutableSpan<UInt8>) {
    for index in bytes.indices {
      bytes[index] = UInt8(truncatingIfNeeded: (Int(observation[index % 4]) + 7) * (index + 11))
    }
  }
}

/// What is thrown to interrupt a training.
struct Interruption: Error {}
