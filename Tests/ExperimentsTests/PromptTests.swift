// Evaluating with demonstrations: models that never learned, a source that learns a little, and the files that
// are left. The models' first actions tell whether anything was in their contexts.

import Contexts
import Evaluation
import Experiments
import Foundation
import LearningHistories
import LinearAlgebra
import Models
import Randomness
import SourceAlgorithms
import Tasks
import TestSupport
import Testing

@Suite struct `An evaluation with prompts` {
  private let scratch: ScratchFolder
  private let run: Run
  private let configuration: ExperimentConfiguration

  /// Models of AD and ED that never learned.
  init() throws {
    scratch = try ScratchFolder()
    var configuration = ExperimentConfiguration()
    configuration.task[DarkRoomSettings.self].size = 5
    configuration.task[DarkRoomSettings.self].episodeLength = 6
    (configuration.split.heldOut, configuration.split.validation) = (2, 1)
    configuration.source[TabularQLearningSettings.self].episodes = 40
    (configuration.model.width, configuration.model.heads) = (16, 2)
    (configuration.model.layers, configuration.model.feedForward) = (1, 16)
    configuration.context.steps = 36
    (configuration.evaluate.episodes, configuration.evaluate.seeds) = (40, 2)
    self.configuration = configuration
    let folder = RunFolder(scratch.file("run"))
    _ = try folder.adopt(configuration)
    run = Run(
      folder: folder, configuration: configuration, console: Console(isQuiet: true), workers: 2)
    for method in Registry.standardMethods {
      let files = run.folder.model(method, trainSeed: 0)
      try makeFolder(files.path)
      let parameters = Parameters(
        ModelConfiguration(
          model: configuration.model, interface: configuration.task.makeFamily().interface,
          contextSteps: configuration.context.steps), seed: Seed(2))
      // With opinions: as they are drawn, weights of the head make all actions alike.
      for (tensor, matrix) in parameters.tensors where tensor == .headWeight {
        matrix.assign(matrix.values.map { 10 * $0 })
      }
      try Checkpoint.write(parameters, to: URL(fileURLWithPath: files.model))
    }
  }

  private func evaluate(_ methods: [EvaluatedMethod], _ prompts: [Prompt]) throws {
    try EvaluateStage(run, methods: methods, splits: [.heldOut], prompts: prompts).perform()
  }

  private var returns: ReturnsTable {
    get throws { try ReturnsTable(contentsOf: URL(fileURLWithPath: run.folder.returns)) }
  }

  /// A file whose learner stands on the goal, in a folder of its own.
  @discardableResult
  private func writeHistory(
    _ name: String = "mine", _ change: (inout HandWrittenShard) -> Void = { _ in }
  ) throws -> Prompt {
    var shard = HandWrittenShard(returns: [[0, 2, 6], [1, 6, 6, 6]])
    change(&shard)
    let path = scratch.file("\(name).safetensors")
    try? FileManager.default.removeItem(atPath: path)
    try shard.write(to: URL(fileURLWithPath: path))
    return .file(path: path)
  }

  @Test func `adds rows of each model and share, for every task, seed and episode`() throws {
    try evaluate([.ad, .ed], try Prompt.parsed("5,50"))
    let table = try returns
    #expect(
      table.selections.map(\.method) == [
        "ad-prompt-5", "ad-prompt-50", "ed-prompt-5", "ed-prompt-50",
      ])
    #expect(table.selections.allSatisfy { $0.split == "held-out" })
    #expect(table.rows.count == 4 * 2 * 2 * 40)
    let summary = try EvaluationSummary(
      json: Data(contentsOf: URL(fileURLWithPath: run.folder.summary)))
    #expect(summary.splits["held-out"]?.methods.count == 4)
  }

  @Test func `keeps what is there, and adds to it`() throws {
    try evaluate([.ad], [.percent(50)])
    let before = try returns
    try evaluate([.ad], [.percent(50), .percent(90)])
    let after = try returns
    #expect(
      Array(after.rows(method: "ad-prompt-50", split: "held-out")) == before.rows)
    #expect(after.rows.count == 2 * before.rows.count)
  }

  @Test func `of a file is on its one task, whichever that is, with the prompt and without`() throws
  {
    let prompt = try writeHistory("my,history")
    try evaluate([.ad, .ed], [prompt])
    let table = try returns
    #expect(table.selections.map(\.method) == ["ad", "ad-prompt-file", "ed", "ed-prompt-file"])
    #expect(table.rows.allSatisfy { $0.split == "file-my-history" && $0.task == 3 })
    #expect(table.rows.count == 4 * 2 * 40)
    let summary = try EvaluationSummary(
      json: Data(contentsOf: URL(fileURLWithPath: run.folder.summary)))
    #expect(summary.splits["file-my-history"]?.methods.count == 4)
  }

  @Test func `of other contents under the same name is refused and changes nothing`() throws {
    try evaluate([.ad], [try writeHistory()])
    let before = try returns
    let other = try writeHistory { $0.histories[0][0][0].action = 1 }
    let error = #expect(throws: PromptError.self) { try evaluate([.ad], [other]) }
    #expect(error?.exitStatus == .cannotCreate)
    #expect(error?.description.hasSuffix("Give the file another name.") == true)
    #expect(try returns == before)
    let renamed = try writeHistory("other") { $0.histories[0][0][0].action = 1 }
    try evaluate([.ad], [renamed])
    #expect(try returns.rows.count == 2 * before.rows.count)
  }

  @Test func `of a bad file is refused before anything is made`() throws {
    let bad: [(String, (inout HandWrittenShard) -> Void)] = [
      ("the family 'dark-rom', expected 'dark-room'", { $0.family = "dark-rom" }),
      ("the task 25, expected a task from 0 to 24", { $0.task = 25 }),
      (
        "in step 0 the action 9, expected an action from 0 to 4",
        { $0.histories[0][0][0].action = 9 }
      ),
    ]
    for (message, change) in bad {
      let file = try writeHistory("mine", change)
      let error = #expect(throws: PromptError.self) { try evaluate([.ad], [.percent(50), file]) }
      #expect(error?.exitStatus == .badData)
      #expect(
        error?.description == """
          \(scratch.file("mine.safetensors")) has \(message). Write the file as data/schema.md says, for \
          the tasks of this run.
          """)
    }
    let missing = #expect(throws: PromptError.self) {
      try evaluate([.ad], [.file(path: scratch.file("none.safetensors"))])
    }
    #expect(missing?.exitStatus == .missingInput)
    try scratch.write("no tensors", to: "text.safetensors")
    let text = #expect(throws: PromptError.self) {
      try evaluate([.ad], [.file(path: scratch.file("text.safetensors"))])
    }
    #expect(text?.exitStatus == .badData)
    #expect(!FileManager.default.fileExists(atPath: run.folder.evaluation))
  }

  @Test(arguments: [EvaluatedMethod.source, .adRewardsHidden, .adPrompted])
  func `of a method that has no room for one is refused`(method: EvaluatedMethod) throws {
    let error = #expect(throws: PromptError.self) { try evaluate([.ad, method], [.percent(5)]) }
    #expect(error == .notPromptable(method.name))
    #expect(error?.exitStatus == .usage)
  }

  @Test func `has controls act with the first of the seeds`() throws {
    let methods: [EvaluatedMethod] = [.ad, .adRewardsHidden, .adPrompted, .edPrompted]
    try evaluate(methods, [])
    let all = try returns
    try FileManager.default.removeItem(atPath: run.folder.evaluation)
    var fewer = configuration
    fewer.evaluate.controlFraction = 0.5
    let run = Run(
      folder: run.folder, configuration: fewer, console: Console(isQuiet: true), workers: 2)
    try EvaluateStage(run, methods: methods, splits: [.heldOut]).perform()
    #expect(try returns.rows == all.rows.filter { $0.method == "ad" || $0.evalSeed == 0 })
    #expect(try returns.rows.count == (2 + 3) * 2 * 40)
  }

  @Test func `acts on what it was shown`() throws {
    let still = try writeHistory("still") { $0.task = 12 }
    let moving = try writeHistory("moving") {
      $0.task = 12
      $0.histories = $0.histories.map { history in
        history.map { $0.map { HandWrittenShard.Step(cell: ($0.cell.0, 0), action: 0) } }
      }
    }
    // The same task, whose goal is where episodes start, and the same seeds: only contexts differ.
    try evaluate([.ad], [still, moving])
    let table = try returns
    func earned(_ method: String, _ split: String) -> [Double] {
      table.rows(method: method, split: split).map(\.return)
    }
    #expect(earned("ad", "file-still") == earned("ad", "file-moving"))
    #expect(earned("ad-prompt-file", "file-still") != earned("ad-prompt-file", "file-moving"))
  }
}

@Suite struct `What is typed as a prompt` {
  @Test func `is percentages with commas or one file`() throws {
    #expect(try Prompt.parsed("50") == [.percent(50)])
    #expect(try Prompt.parsed("1,25,100") == [.percent(1), .percent(25), .percent(100)])
    #expect(try Prompt.parsed("a,b 50.safetensors") == [.file(path: "a,b 50.safetensors")])
  }

  @Test(arguments: ["", "0", "101", "-5", "50%", "0.5", "5,,6", "5, 6", "history"])
  func `is nothing else`(text: String) {
    #expect(throws: PromptError.self) { try Prompt.parsed(text) }
  }
}

@Suite struct `A source on a test set` {
  @Test func `is recorded like one on held-out tasks`() throws {
    let scratch = try ScratchFolder()
    var configuration = ExperimentConfiguration()
    configuration.task[BanditSettings.self].bandits = 40
    configuration.task[BanditSettings.self].testBandits = 3
    (configuration.split.heldOut, configuration.split.validation) = (4, 4)
    configuration.source = SourceSettings(UpperConfidenceBoundSettings())
    (configuration.evaluate.episodes, configuration.evaluate.seeds) = (10, 2)
    let folder = RunFolder(scratch.file("run"))
    _ = try folder.adopt(configuration)
    let run = Run(
      folder: folder, configuration: configuration, console: Console(isQuiet: true), workers: 2)
    try EvaluateStage(run, methods: [.source], splits: run.experiment.testedSplits).perform()
    let table = try ReturnsTable(contentsOf: URL(fileURLWithPath: folder.returns))
    #expect(table.selections.map(\.split) == ["even", "odd", "uniform"])
    #expect(table.rows.count == 3 * 3 * 2 * 10)
    let set = try HistorySet(
      reading: URL(fileURLWithPath: scratch.file("run/evaluation/source-odd")))
    #expect(Set(set.shards.map(\.task)).isSubset(of: set.manifest.split.heldOut))
  }
}
