import Evaluation
import Foundation
import Randomness
import TestSupport
import Testing

@Suite struct `The summary of an evaluation` {
  /// Two tasks with optima 10 and 20, random returns 2 and 0; two streams each, of twelve episodes.
  private let curves: [[[Double]]] = [
    [
      [0, 2, 4, 5, 6, 8, 8, 8, 8, 8, 8, 8],
      [2, 2, 6, 7, 8, 8, 8, 8, 8, 8, 8, 8],
    ],
    [
      [Double](repeating: 0, count: 12),
      [4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20],
    ],
  ]

  private let references = [
    ReferenceReturns(split: "held-out", task: 3, random: 2, optimal: 10),
    ReferenceReturns(split: "held-out", task: 7, random: 0, optimal: 20),
  ]

  private func table(method: String = "ad", trainSeed: Int? = 5) -> ReturnsTable {
    ReturnsTable(
      curves.indices.flatMap { task in
        curves[task].indices.flatMap { evalSeed in
          curves[task][evalSeed].indices.map { episode in
            ReturnsTable.Row(
              method: method, split: "held-out", task: [3, 7][task], trainSeed: trainSeed,
              evalSeed: evalSeed, episode: episode + 1, envSteps: 20 * (episode + 1),
              return: curves[task][evalSeed][episode])
          }
        }
      })
  }

  private func methodSummary() throws -> EvaluationSummary.MethodSummary {
    let summary = try EvaluationSummary(of: table(), references: references, seed: Seed(0))
    return try #require(summary.splits["held-out"]?.methods["ad"])
  }

  @Test func `random and optimal are means over the split's tasks`() throws {
    let summary = try EvaluationSummary(of: table(), references: references, seed: Seed(0))
    #expect(summary.splits["held-out"]?.random == 1)
    #expect(summary.splits["held-out"]?.optimal == 15)
  }

  @Test func `the first episode is averaged over streams and tasks`() throws {
    let figure = try methodSummary().firstEpisode
    #expect(figure.mean == 1.5)
    #expect(figure.ci95 == [1, 2])
    #expect(figure.shareOfOptimal == 0.1)
  }

  @Test func `the last ten episodes are averaged over episodes, streams and tasks`() throws {
    let figure = try methodSummary().last10Episodes
    let expected = (7.1 + 7.7 + 0 + 2) / 4
    #expect(abs(figure.mean - expected) < Tolerance.exactArithmetic)
    #expect(figure.ci95.map { ($0 * 1000).rounded() } == [1000, 7400])
  }

  @Test func `streams that earn nothing in all episodes never found it`() throws {
    #expect(try methodSummary().neverFound == 0.25)
  }

  // Task 3 must reach 2 + 8/2 = 6, which the mean of its two streams first does in episode 4, and
  // 2 + 8 · 3/4 = 8 in episode 6. Task 7 must reach 10, in episode 12, and 15, never.
  // The median of 80 and 240 steps is 160.
  @Test func `steps to a share are the median over the tasks that reach it`() throws {
    let summary = try methodSummary()
    let toHalf = try #require(summary.envStepsTo50Percent)
    let toThreeQuarters = try #require(summary.envStepsTo75Percent)
    #expect(toHalf.median == 160.0 && toHalf.tasksReached == 2)
    #expect(toThreeQuarters.median == 120.0 && toThreeQuarters.tasksReached == 1)
  }

  // Of the mean over tasks and streams: 1.5, 1, 2.5, 3, 3.5, then 4 up to the 11th, and 9; of an optimum of 15.
  @Test func `the area is the mean return over the optimum`() throws {
    let summary = try methodSummary()
    let first = try #require(summary.area10)
    let all = try #require(summary.area100)
    #expect(abs(first.mean - (1.5 + 1 + 2.5 + 3 + 3.5 + 5 * 4) / 150) < Tolerance.exactArithmetic)
    #expect(abs(all.mean - (31.5 + 4 + 9) / (12 * 15)) < Tolerance.exactArithmetic)
    // The resamples are of one task or the other, or of both: 0.2 of 20 and 6.1 of 10 alone.
    #expect(abs(first.ci95[0] - 0.01) < Tolerance.exactArithmetic)
    #expect(abs(first.ci95[1] - 0.61) < Tolerance.exactArithmetic)
  }

  // Task 3 alone is at half of its 10 in episode 3 and at three quarters in episode 6; task 7 alone is at half of its
  // 20 in episode 12, and never further; both are at half of 15 in episode 12, at 9.
  @Test func `episodes to a share are the first at which the mean curve is there`() throws {
    let summary = try methodSummary()
    #expect(summary.episodesTo50Percent == EpisodeEstimate(episode: 12, ci95: [3, 12]))
    #expect(summary.episodesTo75Percent == EpisodeEstimate(episode: nil, ci95: [6, nil]))
    #expect(summary.episodesTo90Percent == EpisodeEstimate(episode: nil, ci95: [nil, nil]))
  }

  @Test func `an ideal explorer stands beside the methods`() throws {
    let summary = try EvaluationSummary(
      of: table(), references: references, ideal: ["held-out": [3, 9, 15, 15]], seed: Seed(0))
    let ideal = try #require(summary.splits["held-out"]?.ideal)
    #expect(abs(ideal.area10 - 42.0 / 60) < Tolerance.exactArithmetic)
    #expect(ideal.area100 == ideal.area10)
    #expect(
      [ideal.episodesTo50Percent, ideal.episodesTo75Percent, ideal.episodesTo90Percent] == [
        2, 3, 3,
      ]
    )
    #expect(try EvaluationSummary(json: summary.json(), file: "summary.json") == summary)
  }

  @Test func `tasks whose optimum is not above 0 have no pace`() throws {
    let costs = [
      references[0], ReferenceReturns(split: "held-out", task: 7, random: -9, optimal: -3),
    ]
    let summary = try EvaluationSummary(
      of: table(), references: costs, ideal: ["held-out": [1]], seed: Seed(0))
    #expect(summary.splits["held-out"]?.methods["ad"]?.area10 == nil)
    #expect(summary.splits["held-out"]?.methods["ad"]?.episodesTo50Percent == nil)
  }

  @Test func `a summary from before it told the pace is read`() throws {
    let text = String(decoding: try methodTable().json(), as: UTF8.self)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    // What was added are objects within a method, each with all its lines.
    let added = ["area_10", "area_100"] + [50, 75, 90].map { "episodes_to_\($0)_percent" }
    for key in added {
      guard let first = lines.firstIndex(where: { $0.contains("\"\(key)\"") }) else { continue }
      let indent = lines[first].prefix { $0 == " " }.count
      let end = String(repeating: " ", count: indent) + "}"
      let last = lines[first...].firstIndex { $0.hasPrefix(end) }
      lines.removeSubrange(first...(try #require(last)))
    }
    let earlier = try EvaluationSummary(json: Data(lines.joined(separator: "\n").utf8))
    #expect(earlier.splits["held-out"]?.methods["ad"]?.area10 == nil)
    #expect(earlier.splits["held-out"]?.methods["ad"]?.firstEpisode.mean == 1.5)
  }

  private func methodTable() throws -> EvaluationSummary {
    try EvaluationSummary(of: table(), references: references, seed: Seed(0))
  }

  @Test func `counts say what was averaged`() throws {
    let summary = try methodSummary()
    #expect(summary.episodes == 12)
    #expect(summary.tasks == 2)
    #expect(summary.trainSeeds == 1)
    #expect(summary.evalSeeds == 2)
  }

  @Test func `streams can be cut so that methods are compared at the same episode`() throws {
    let summary = try EvaluationSummary(
      of: table(), references: references, seed: Seed(0), episodes: 1)
    let method = try #require(summary.splits["held-out"]?.methods["ad"])
    #expect(method.episodes == 1)
    #expect(method.last10Episodes == method.firstEpisode)
  }

  @Test func `a method without training has no training seeds`() throws {
    let summary = try EvaluationSummary(
      of: table(method: "source", trainSeed: nil), references: references, seed: Seed(0))
    #expect(summary.splits["held-out"]?.methods["source"]?.trainSeeds == 0)
  }

  @Test func `what was written is read again`() throws {
    let summary = try EvaluationSummary(of: table(), references: references, seed: Seed(0))
    #expect(try EvaluationSummary(json: summary.json(), file: "summary.json") == summary)
  }

  @Test func `its file has snake-case keys in alphabetical order`() throws {
    let summary = try EvaluationSummary(of: table(), references: references, seed: Seed(0))
    let text = String(decoding: try summary.json(), as: UTF8.self)
    let keys = text.matches(of: #/"([a-z0-9_-]+)" :/#).map { String($0.1) }
    #expect(
      keys == [
        "splits", "held-out", "methods", "ad",
        "area_10", "ci95", "mean", "area_100", "ci95", "mean",
        "env_steps_to_50_percent", "median", "tasks_reached",
        "env_steps_to_75_percent", "median", "tasks_reached",
        "episodes", "episodes_to_50_percent", "ci95", "episode",
        "episodes_to_75_percent", "ci95", "episodes_to_90_percent", "ci95",
        "eval_seeds", "first_10_episodes", "ci95", "mean", "share_of_optimal",
        "first_episode", "ci95", "mean", "share_of_optimal",
        "last_10_episodes", "ci95", "mean", "share_of_optimal",
        "last_tenth", "ci95", "mean", "share_of_optimal",
        "never_found", "tasks", "train_seeds", "optimal", "random",
      ])
  }

  @Test func `without the optimum of every task has no share of it, and is read again`() throws {
    let unknown = [
      references[0], ReferenceReturns(split: "held-out", task: 7, random: 0, optimal: nil),
    ]
    let summary = try EvaluationSummary(of: table(), references: unknown, seed: Seed(0))
    let text = String(decoding: try summary.json(), as: UTF8.self)
    for key in [
      "optimal", "share_of_optimal", "env_steps_to_50_percent", "env_steps_to_75_percent", "ideal",
      "area_10", "area_100", "episodes_to_50_percent", "episodes_to_75_percent",
      "episodes_to_90_percent",
    ] {
      #expect(!text.contains("\"\(key)\""), "\(key)")
    }
    #expect(summary.splits["held-out"]?.random == 1)
    #expect(summary.splits["held-out"]?.methods["ad"]?.firstEpisode.mean == 1.5)
    #expect(try EvaluationSummary(json: Data(text.utf8), file: "summary.json") == summary)
  }

  @Test(arguments: [
    ("", "it is no JSON"), ("{}", "“splits” is missing"),
    (
      #"{"splits": {"held-out": {"random": "x", "methods": {}}}}"#,
      "something else than expected stands in splits/held-out/random"
    ),
    (#"{"splits": {"held-out": {"methods": {}}}}"#, "“random” is missing in splits/held-out"),
  ]) func `that is damaged is named, with what is wrong`(text: String, problem: String) {
    let error = #expect(throws: ReturnsError.self) {
      try EvaluationSummary(json: Data(text.utf8), file: "summary.json")
    }
    #expect(
      error?.description == "summary.json is no summary of an evaluation: \(problem). "
        + "Move the file away and run the same `distill evaluate` again, which makes it anew.")
  }

  @Test func `a task without exact returns is refused by name`() {
    let error = #expect(throws: ReturnsError.self) {
      try EvaluationSummary(of: table(), references: [references[0]], seed: Seed(0))
    }
    #expect(
      error?.description == "ad has returns of task 7 on held-out, but that task's random and "
        + "optimal returns were not given.")
  }
}
