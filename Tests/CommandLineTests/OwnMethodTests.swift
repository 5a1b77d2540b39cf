// A method of a library user's own, in this one file: the command line, the stages, the report and compare find it.

import AlgorithmDistillation
import ArgumentParser
import DistillCommand
import Foundation
import TestSupport
import Testing

/// AD on the later half of histories, with a section of settings of its own.
private struct LateDistillation: Method {
  struct Settings: MethodSettings {
    static let section = "late"

    /// The share of each history, from its end, that is shown.
    var shownFraction = 0.5

    var problems: [(key: String, message: String)] {
      (0...1).contains(shownFraction)
        ? [] : [("shownFraction", "must be in 0 ... 1, not \(shownFraction)")]
    }
  }

  var name: String { "late-ad" }
  var label: String { "AD, late" }
  var summary: String { "algorithm distillation, on the later half of histories" }
  var colour: Int { 6 }
  var rank: Int { 7 }
  var needs: MethodNeeds { .histories }
  var settings: (any MethodSettings.Type)? { Settings.self }
  var sections: [String] { ["context", "model", "train", "late"] }
  var conditions: [Condition] { [.trueRewards, .hiddenRewards] }

  func model(in experiment: Experiment) -> ModelConfiguration {
    AlgorithmDistillation().model(in: experiment)
  }

  func extent(in configuration: ExperimentConfiguration) -> (updates: Int, stepsPerUpdate: Int) {
    AlgorithmDistillation().extent(in: configuration)
  }

  func courses(
    in experiment: Experiment, learningFrom histories: () throws -> [History], workers: Int
  ) throws -> (Int) throws -> any Course {
    let configuration = experiment.configuration
    let sampler = try WindowSampler(
      histories: try histories(), settings: configuration.context,
      selection: .converged(lastFraction: configuration[Settings.self].shownFraction))
    let model = model(in: experiment)
    return { trainSeed in
      HistoryCourse(
        model, configuration.train, sampler: sampler, renderer: experiment.family.renderer,
        seed: experiment.seed.seed(for: "late", trainSeed), workers: workers)
    }
  }
}

/// Runs `distill` as a program would that has the method.
private func perform(_ arguments: String...) throws {
  var command = try Distill.parseAsRoot(arguments)
  try command.run()
}

/// What `distill` prints for `--help`.
private func help(_ subcommand: String) -> String {
  do {
    try perform(subcommand, "--help")
    return ""
  } catch {
    return Distill.fullMessage(for: error)
  }
}

/// Each test in a process of its own, since what is added is there for the rest of a process, and would be in the
/// settings of other tests.
@Suite struct `A method in a file of its own` {
  @Test func `is in the help of the stages that take methods`() async {
    await #expect(processExitsWith: .success) {
      Registry.add(method: LateDistillation())
      for subcommand in ["run", "plan", "train", "evaluate"] {
        #expect(help(subcommand).contains("late-ad"), "\(subcommand)")
      }
    }
  }

  @Test func `is trained, evaluated, reported and compared`() async {
    await #expect(processExitsWith: .success) {
      Registry.add(method: LateDistillation())
      let scratch = try ScratchFolder()
      let folder = scratch.file("run")
      let preset = "\(repository)/data/presets/tiny.yaml"
      try perform(
        "collect", "--preset", preset, "--out", folder, "--quiet", "--set",
        "late.shown_fraction=0.6")
      try perform("train", "--run", folder, "--method", "late-ad", "--quiet")
      try perform(
        "evaluate", "--run", folder, "--methods", "late-ad,late-ad-rewards-hidden,source", "-q")
      try perform("report", "--run", folder, "--quiet")
      try perform(
        "compare", "--figure", "late", "Late=\(folder):late-ad", "--out", scratch.file("figures"),
        "--quiet")
      let log = try String(
        contentsOfFile: "\(folder)/models/late-ad/seed-0/training.csv", encoding: .utf8)
      #expect(log.hasPrefix("update,learning_rate,loss"))
      let table = try ReturnsTable(contentsOf: URL(fileURLWithPath: RunFolder(folder).returns))
      #expect(
        Set(table.selections.map(\.method)) == ["late-ad", "late-ad-rewards-hidden", "source"])
      let page = try String(contentsOfFile: RunFolder(folder).report, encoding: .utf8)
      #expect(page.contains("AD, late") && page.contains("AD, late, rewards hidden"))
      let figure = try String(contentsOfFile: scratch.file("figures/late.csv"), encoding: .utf8)
      #expect(figure.contains("Late,late-ad,held-out"))
      #expect(
        try RunFolder(folder).readConfiguration()[LateDistillation.Settings.self].shownFraction
          == 0.6
      )
    }
  }

  @Test func `is bound by its own section`() async {
    await #expect(processExitsWith: .success) {
      Registry.add(method: LateDistillation())
      let scratch = try ScratchFolder()
      let folder = scratch.file("run")
      let preset = "\(repository)/data/presets/tiny.yaml"
      try perform("collect", "--preset", preset, "--out", folder, "--quiet")
      try perform("train", "--run", folder, "--method", "late-ad", "--quiet")
      #expect {
        try perform(
          "train", "--run", folder, "--method", "late-ad", "--quiet", "--set",
          "late.shown_fraction=0.9")
      } throws: {
        "\($0)".contains("late.shown_fraction: 0.5 there, 0.9 here")
          && "\($0)".contains("models/late-ad")
      }
    }
  }
}
