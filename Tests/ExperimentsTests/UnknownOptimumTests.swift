// A family whose optimum nobody knows, from histories to the page: what is missing is said, and nothing fails.

import Contexts
import Evaluation
import Experiments
import Foundation
import LearningHistories
import Models
import Reports
import SourceAlgorithms
import Tasks
import TestSupport
import Testing
import Training

/// The settings of `DimRooms`.
private struct DimRoomsSettings: FamilySettings {
  static let family = "dim-rooms"

  var problems: [(key: String, message: String)] { [] }
  func makeFamily() -> any TaskFamily { DimRooms() }
}

/// Rooms whose optimum nobody knows.
private struct DimRooms: TaskFamily {
  private let rooms = DarkRoomFamily(size: 3, episodeLength: 4)
  var name: String { DimRoomsSettings.family }
  var interface: TaskInterface { rooms.interface }
  var taskCount: Int { rooms.taskCount }
  func task(_ id: TaskID) -> DarkRoom { rooms.task(id) }
  func label(of id: TaskID) -> String { rooms.label(of: id) }
  func optimalReturn(of id: TaskID) -> Double? { nil }
}

@Suite struct `A family whose optimum is not known` {
  private let scratch: ScratchFolder
  private let run: Run

  /// A run of it with a small model of AD.
  init() throws {
    scratch = try ScratchFolder()
    var configuration = ExperimentConfiguration()
    configuration.task = TaskSettings(DimRoomsSettings())
    (configuration.split.heldOut, configuration.split.validation) = (2, 1)
    configuration.source[TabularQLearningSettings.self].episodes = 40
    configuration.collect.historiesPerTask = 2
    (configuration.model.width, configuration.model.heads) = (8, 2)
    (configuration.model.layers, configuration.model.feedForward) = (1, 8)
    configuration.context.steps = 16
    (configuration.train.updates, configuration.train.warmUpUpdates) = (2, 1)
    (configuration.evaluate.episodes, configuration.evaluate.seeds) = (6, 2)
    let folder = RunFolder(scratch.file("run"))
    run = Run(
      folder: folder, configuration: try folder.adopt(configuration),
      console: Console(isQuiet: true), workers: 2)
    try CollectStage(run).perform()
    try TrainStage(run, method: AlgorithmDistillation(), seeds: [0]).perform()
  }

  private func evaluate(_ methods: [EvaluatedMethod], _ prompts: [Prompt] = []) throws {
    try EvaluateStage(run, methods: methods, splits: [.heldOut], prompts: prompts).perform()
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: path, encoding: .utf8)
  }

  @Test func `has a summary and a page that say so`() throws {
    try evaluate([.ad, .source])
    let summary = try text(run.folder.summary)
    #expect(!summary.contains("optimal") && !summary.contains("env_steps_to"))
    #expect(summary.contains("\"random\""))
    try ReportStage(run).perform()
    let html = try text(run.folder.report)
    #expect(html.components(separatedBy: "The optimum of these tasks is not known").count == 2)
    #expect(!html.contains(">Optimal<"))
    // The source's end is that of its forty episodes, of which the figure shows six.
    let folder = URL(fileURLWithPath: scratch.file("run/evaluation/source-held-out"))
    let end = LearningCurve(of: try HistorySet(reading: folder).histories, in: DimRooms()).overall
      .returnAtEnd
    let label = String(format: "%.2f", end)
    #expect(html.contains(">Source, at its end<tspan class=\"quiet\" dx=\"6\">\(label)<"))
  }

  @Test func `has histories that can be inspected as a curve without shares`() throws {
    let histories = try HistorySet(reading: URL(fileURLWithPath: run.folder.histories)).histories
    let curve = LearningCurve(of: histories, in: DimRooms())
    #expect(curve.overall.shareOfOptimumAtEnd == nil)
    #expect(curve.overall.returnAtEnd > curve.overall.randomReturn)
  }

  @Test func `has no prompts at a share of it, and says what to do before anything is evaluated`()
    throws
  {
    let error = #expect(throws: PromptError.self) { try evaluate([.ad], [.percent(50)]) }
    #expect(
      error?.description
        == "the optimum of tasks of 'dim-rooms' is not known, so no prompt can be at a share of it. "
        + "Give the path of a file of histories instead.")
    #expect(error?.exitStatus == .usage)
    #expect(!scratch.files.contains { $0.hasSuffix("returns.csv") })
  }

  @Test func `has prompts of converged episodes and of files all the same`() throws {
    try evaluate([.adPrompted])
    let histories = URL(fileURLWithPath: run.folder.histories)
    let shard = try #require(
      try FileManager.default.contentsOfDirectory(atPath: histories.path)
        .filter { $0.hasSuffix(".safetensors") }.min())
    try evaluate([.ad], [.file(path: histories.appendingPathComponent(shard).path)])
    let table = try ReturnsTable(contentsOf: URL(fileURLWithPath: run.folder.returns))
    #expect(Set(table.selections.map(\.method)) == ["ad", "ad-prompt-file", "ad-prompted"])
  }
}
