// A run in pools, from models without training to the page: the way of the watched stream is written beside
// the returns, and the page shows it with what the agent sees.

import Contexts
import Evaluation
import Experiments
import Foundation
import LearningHistories
import Models
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `A run in pools` {
  private let scratch: ScratchFolder
  private let run: Run
  private let configuration: ExperimentConfiguration

  /// Histories of a learner that has hardly begun, and models of AD and ED that never learned.
  init() throws {
    scratch = try ScratchFolder()
    var configuration = ExperimentConfiguration()
    configuration.task[WatermazeSettings.self].pools = 6
    configuration.task[WatermazeSettings.self].episodeLength = 12
    (configuration.split.heldOut, configuration.split.validation) = (2, 1)
    (configuration.model.width, configuration.model.heads) = (16, 2)
    (configuration.model.layers, configuration.model.feedForward) = (1, 16)
    var source = DQNSettings()
    (source.actors, source.episodes) = (2, 10)
    configuration.source = SourceSettings(source)
    configuration.collect.historiesPerTask = 2
    configuration.context.steps = 24
    (configuration.evaluate.episodes, configuration.evaluate.seeds) = (3, 2)
    self.configuration = configuration
    let folder = RunFolder(scratch.file("run"))
    _ = try folder.adopt(configuration)
    run = Run(
      folder: folder, configuration: configuration, console: Console(isQuiet: true), workers: 2)
    try CollectStage(run).perform()
    for method in Registry.standardMethods { try writeModel(of: method) }
  }

  private var family: WatermazeFamily {
    WatermazeFamily(configuration.task[WatermazeSettings.self])
  }
  private var paths: URL { URL(fileURLWithPath: scratch.file("run/evaluation/paths.csv")) }

  private func writeModel(of method: any Method) throws {
    let files = run.folder.model(method, trainSeed: 0)
    try makeFolder(files.path)
    let transformer = ModelConfiguration(
      model: configuration.model, interface: family.interface,
      contextSteps: configuration.context.steps)
    try Checkpoint.write(
      Parameters(transformer, seed: Seed(2)), to: URL(fileURLWithPath: files.model))
    try Data("update,loss,accuracy\n1,2,0.1\n".utf8).write(to: URL(fileURLWithPath: files.log))
  }

  private func evaluate(_ methods: EvaluatedMethod...) throws {
    try EvaluateStage(run, methods: methods, splits: [.heldOut]).perform()
  }

  @Test func `leaves the way of the first held-out task's first stream beside its returns`() throws
  {
    try evaluate(.ad)
    let rows = try PathTable(contentsOf: paths).rows
    let returns = try ReturnsTable(contentsOf: URL(fileURLWithPath: run.folder.returns)).rows
    let first = try #require(configuration.makeSplit().heldOut.min())
    #expect(rows.allSatisfy { $0.task == first.index && $0.method == "ad" && $0.trainSeed == 0 })
    #expect(Set(rows.map(\.episode)) == [1, 2, 3])
    let stream = returns.filter { $0.task == first.index && $0.evalSeed == 0 }
    #expect(rows.count == (stream.last?.envSteps ?? 0) + 3)
    #expect(rows.filter { $0.step == 0 }.allSatisfy { $0.x == 0 && $0.y == 0 })
    #expect(rows.contains { $0.x != 0 || $0.y != 0 })
    #expect(rows.allSatisfy { $0.x * $0.x + $0.y * $0.y <= 1 })
  }

  @Test func `keeps ways as it keeps returns, and makes them anew with them`() throws {
    try evaluate(.ad)
    let once = try String(contentsOf: paths, encoding: .utf8)
    try evaluate(.ad, .ed)
    let both = try PathTable(contentsOf: paths)
    #expect(PathTable(both.rows.filter { $0.method == "ad" }).csv == once)
    #expect(both.rows.contains { $0.method == "ed" })
    // As if the evaluation had been broken off before its returns were written.
    try FileManager.default.removeItem(atPath: run.folder.returns)
    try evaluate(.ad, .ed)
    #expect(try PathTable(contentsOf: paths) == both)
  }

  @Test func `shows ways and pictures on its page`() throws {
    try evaluate(.ad, .ed)
    try ReportStage(run).perform()
    let html = try String(contentsOfFile: run.folder.report, encoding: .utf8)
    #expect(html.contains("The way through a task, from above"))
    #expect(html.components(separatedBy: "<circle class=\"world\"").count == 1 + 2 * 2)
    let history = try HistorySet(reading: URL(fileURLWithPath: run.folder.histories))
      .histories(of: configuration.makeSplit().training)[0]
    let pictures = html.components(separatedBy: "src=\"data:image/png;base64,").count - 1
    #expect(pictures == history.steps(ofEpisode: 0).count)
    #expect(html.contains("<td>evaluate/held-out/ad/seed-0</td>"))
  }
}
