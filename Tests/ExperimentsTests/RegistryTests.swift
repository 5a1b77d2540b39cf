// What a library user's own families, learners and sections are once they are registered.

import Evaluation
import Experiments
import Foundation
import LearningHistories
import Models
import SourceAlgorithms
import Tasks
import TestSupport
import Testing
import Training

/// The settings of a method of a library user's own.
private struct OwnMethodSettings: MethodSettings {
  static let section = "own_method"

  var strength = 3

  var problems: [(key: String, message: String)] {
    (0...9).contains(strength) ? [] : [("strength", "must be 0 to 9, not \(strength)")]
  }
}

/// A method that trains as AD does, and is shown the late parts of histories alone.
private struct OwnMethod: Method {
  var name: String { "own-method" }
  var label: String { "Own" }
  var summary: String { "a method of a library user's own" }
  var colour: Int { 7 }
  var rank: Int { 9 }
  var needs: MethodNeeds { .histories }
  var settings: (any MethodSettings.Type)? { OwnMethodSettings.self }
  var sections: [String] { AlgorithmDistillation().sections + ["own_method"] }

  func model(in experiment: Experiment) -> ModelConfiguration {
    AlgorithmDistillation().model(in: experiment)
  }

  func extent(in configuration: ExperimentConfiguration) -> (updates: Int, stepsPerUpdate: Int) {
    AlgorithmDistillation().extent(in: configuration)
  }

  func courses(
    in experiment: Experiment, learningFrom histories: () throws -> [History], workers: Int
  ) throws -> (Int) throws -> any Course {
    try AlgorithmDistillation().courses(
      in: experiment, learningFrom: histories, workers: workers)
  }
}

@Suite struct `A registered family and learner` {
  private let yaml = """
    task:
      family: corridor
      cells: 9
    split:
      held_out: 2
      validation: 1
    source:
      algorithm: repetition
      episodes: 12
    collect:
      histories_per_task: 2
    context:
      steps: 20
    model:
      width: 8
      layers: 1
      heads: 2
      feed_forward: 8
    train:
      updates: 3
      warm_up_updates: 1
      windows_per_update: 2
    evaluate:
      episodes: 4
      seeds: 2
    """

  init() { OwnWorld.register() }

  @Test func `are named in configurations with their own keys`() throws {
    let configuration = try ExperimentConfiguration(from: yaml)
    #expect(configuration.task.family == "corridor")
    #expect(configuration.task[CorridorSettings.self].cells == 9)
    #expect(configuration.source[RepetitionSettings.self].episodes == 12)
    let text = try configuration.yaml
    #expect(text.contains("task:\n  family: corridor\n  cells: 9\n  episode_length: 10\nsplit:"))
    #expect(try ExperimentConfiguration(from: text) == configuration)
  }

  @Test(arguments: [
    (
      "task:\n  family: corrdor\n",
      "'task.family' must be one of bandit, dark-room, dark-room-hard, key-to-door, watermaze, cart-pole, "
        + "dials, corridor, gymnasium, not 'corrdor'; did you mean 'corridor'?"
    ),
    ("task:\n  family: corridor\n  cell: 9\n", "did you mean 'task.cells'?"),
    ("task:\n  family: corridor\n  cells: 2\n", "'task.cells': must be 3 to 99, not 2"),
    (
      "source:\n  algorithm: repetitoin\n",
      "'source.algorithm' must be one of a3c, dqn, gittins, noise-curriculum, posterior-sampling, q-learning, "
        + "thompson-sampling, ucb, repetition, not 'repetitoin'; did you mean 'repetition'?"
    ),
  ])
  func `are spoken of in mistakes`(yaml: String, message: String) {
    #expect {
      try ExperimentConfiguration(from: yaml)
    } throws: {
      "\($0)".contains(message)
    }
  }

  @Test func `go through all stages`() throws {
    let scratch = try ScratchFolder()
    let configuration = try ExperimentConfiguration(from: yaml)
    let folder = RunFolder(scratch.file("run"))
    let run = Run(
      folder: folder, configuration: try folder.adopt(configuration),
      console: Console(isQuiet: true), workers: 2)
    try CollectStage(run).perform()
    try TrainStage(run, method: AlgorithmDistillation(), seeds: configuration.trainSeeds).perform()
    try EvaluateStage(
      run, methods: EvaluatedMethod.all(of: [AlgorithmDistillation()]), splits: [.heldOut]
    ).perform()
    try ReportStage(run).perform()
    let manifest = try HistorySet(reading: URL(fileURLWithPath: folder.histories)).manifest
    #expect(manifest.family.name == "corridor" && manifest.learner.name == "repetition")
    let returns = try ReturnsTable(contentsOf: URL(fileURLWithPath: folder.returns))
    #expect(returns.rows(method: "ad", split: "held-out").count == 2 * 2 * 4)
    #expect(FileManager.default.fileExists(atPath: folder.report))
    try InspectStage(folder.histories, overrides: [], console: Console(isQuiet: true)).perform()
  }
}

/// Each test in a process of its own: the section would be in the settings of other tests.
@Suite struct `A registered section of a method` {
  @Test func `stands after the others' in files, and is read from them`() async {
    await #expect(processExitsWith: .success) {
      Registry.add(method: OwnMethod())
      let configuration = try ExperimentConfiguration(from: "own_method:\n  strength: 5\n")
      #expect(configuration[OwnMethodSettings.self].strength == 5)
      #expect(configuration != ExperimentConfiguration())
      let text = try configuration.yaml
      let sections = text.split(separator: "\n").filter { $0.hasSuffix(":") }
      #expect(sections.suffix(5) == ["ed:", "lstm:", "rl2:", "own_method:", "evaluate:"])
      #expect(try ExperimentConfiguration(from: text) == configuration)
    }
  }

  @Test func `is held to its problems`() async {
    await #expect(processExitsWith: .success) {
      Registry.add(method: OwnMethod())
      #expect {
        try ExperimentConfiguration(from: "own_method:\n  strength: -1\n")
      } throws: {
        "\($0)".contains("'own_method.strength': must be 0 to 9, not -1")
      }
    }
  }
}

@Suite struct `The registry` {
  /// Another family under a name that is taken.
  private struct SecondBandits: FamilySettings {
    static let family = "bandit"
    var problems: [(key: String, message: String)] { [] }
    func makeFamily() -> any TaskFamily { BanditFamily() }
  }

  /// A family whose name cannot be told from an option.
  private struct Unnamed: FamilySettings {
    static let family = "-Bandit"
    var problems: [(key: String, message: String)] { [] }
    func makeFamily() -> any TaskFamily { BanditFamily() }
  }

  /// Another method under a name that is taken.
  private struct SecondAD: Method {
    private let first = AlgorithmDistillation()
    var name: String { first.name }
    var label: String { first.label }
    var summary: String { first.summary }
    var colour: Int { first.colour }
    var rank: Int { first.rank }
    var needs: MethodNeeds { first.needs }
    var sections: [String] { first.sections }

    func model(in experiment: Experiment) -> ModelConfiguration { first.model(in: experiment) }

    func extent(in configuration: ExperimentConfiguration) -> (updates: Int, stepsPerUpdate: Int) {
      first.extent(in: configuration)
    }

    func courses(
      in experiment: Experiment, learningFrom histories: () throws -> [History], workers: Int
    ) throws -> (Int) throws -> any Course {
      try first.courses(in: experiment, learningFrom: histories, workers: workers)
    }
  }

  @Test func `takes a type once, however often it is added`() {
    OwnWorld.register()
    let count = Registry.families.count
    OwnWorld.register()
    #expect(Registry.families.count == count)
  }

  @Test func `refuses names that are taken or cannot be written`() async {
    await #expect(processExitsWith: .failure) { Registry.add(family: SecondBandits.self) }
    await #expect(processExitsWith: .failure) { Registry.add(family: Unnamed.self) }
    await #expect(processExitsWith: .failure) { Registry.add(method: SecondAD()) }
  }
}
