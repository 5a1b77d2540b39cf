import Evaluation
import Foundation
import Randomness
import Reports
import Tasks

/// The files of a run that never was: a square family with streams that find their goal at some
/// episode and then earn nearly all of its optimum.
struct InventedRun {
  var size = 5
  var heldOut = 4
  var episodes = 12
  var trainSeeds = 2
  var evalSeeds = 2
  /// Rows of a training log.
  var updates = 30
  /// Further methods of models, such as `ad-prompt-50`, with what they earn of the optimum.
  var prompted: [(name: String, level: Double)] = []

  /// Whether the optimum of its tasks is known.
  var knowsOptimum = true

  /// How its methods are drawn.
  static let styles: [String: SeriesStyle] = {
    let ad = SeriesStyle(label: "AD", colour: 0, rank: 0)
    let ed = SeriesStyle(label: "ED", colour: 1, rank: 1, remark: "trained on ends")
    var styles = [
      "ad": ad, "ed": ed,
      "source": SeriesStyle(label: "Source learner", colour: 2, rank: 2, role: .source),
      "ad-rewards-hidden": ad.hidingRewards(of: "ad"), "ad-prompted": ad.prompted(of: "ad"),
      "ed-prompted": ed.prompted(of: "ed"), "ad-prompt-file": ad.prompted(of: "ad", percent: nil),
    ]
    for percent in 1...100 {
      styles["ad-prompt-\(percent)"] = ad.prompted(of: "ad", percent: percent)
      styles["ed-prompt-\(percent)"] = ed.prompted(of: "ed", percent: percent)
    }
    return styles
  }()

  private var taskCount: Int { size * size }

  private func optimal(_ task: Int) -> Double {
    let centre = size / 2
    return Double(21 - max(1, abs(task % size - centre) + abs(task / size - centre)))
  }

  private var order: [Int] {
    var random = Seed(3).random(for: "split")
    var order = Array(0..<taskCount)
    random.shuffle(&order)
    return order
  }

  private func role(at place: Int) -> TaskPlace.Role {
    place < heldOut ? .heldOut : place < heldOut + 3 ? .validation : .training
  }

  /// Where the tasks lie and what they are for.
  var places: [TaskPlace] {
    order.enumerated().map { place, task in
      TaskPlace(
        task: task, column: task % size, row: task / size,
        label: "goal (\(task % size), \(task / size))", role: role(at: place),
        optimal: knowsOptimum ? optimal(task) : nil)
    }
  }

  var heldOutTasks: [Int] { order.prefix(heldOut).sorted() }

  /// Returns of one method: when a stream finds its goal, and what it earns then.
  private func rows(
    _ method: String, trained: Bool, episodes: Int, finding: Double, level: Double
  ) -> [ReturnsTable.Row] {
    var rows: [ReturnsTable.Row] = []
    let purpose = "invented-\(method)"
    for task in heldOutTasks {
      for trainSeed in 0..<(trained ? trainSeeds : 1) {
        for evalSeed in 0..<evalSeeds {
          var random = Seed(5).random(for: purpose, task, trainSeed, evalSeed)
          var isFound = false
          for episode in 1...episodes {
            let earned = isFound ? Double(random.uniform() * 0.3 + 0.7) * level * optimal(task) : 0
            let chance = finding * (0.4 + optimal(task) / 20)
            isFound = isFound || Double(random.uniform()) < chance
            rows.append(
              ReturnsTable.Row(
                method: method, split: "held-out", task: task,
                trainSeed: trained ? trainSeed : nil, evalSeed: evalSeed, episode: episode,
                envSteps: 20 * episode, return: earned.rounded()))
          }
        }
      }
    }
    return rows
  }

  /// Every episode.
  var returns: ReturnsTable {
    let methods: [(name: String, trained: Bool, finding: Double, level: Double)] =
      [
        ("ad", true, 0.06, 1), ("ed", true, 0.004, 0.8), ("ad-rewards-hidden", true, 0.0004, 0.5),
        ("ad-prompted", true, 1, 0.98), ("ed-prompted", true, 1, 1), ("source", false, 0.016, 1),
      ] + prompted.map { ($0.name, true, 1, $0.level) }
    return ReturnsTable(
      methods.flatMap { method in
        rows(
          method.name, trained: method.trained,
          episodes: method.name == "source" ? 2 * episodes : episodes, finding: method.finding,
          level: method.level)
      })
  }

  /// Everything that a report shows.
  func input() throws -> ReportInput {
    let returns = returns
    let references = heldOutTasks.map {
      ReferenceReturns(
        split: "held-out", task: $0, random: 0.25, optimal: knowsOptimum ? optimal($0) : nil)
    }
    let summary = try EvaluationSummary(
      of: returns, references: references, seed: Seed(1), episodes: episodes)
    var input = ReportInput(
      title: "Invented room", split: "held-out", returns: returns, summary: summary, seed: Seed(1))
    input.styles = Self.styles
    input.trainingLogs = try ["ad", "ed"].flatMap { method in
      try (0..<trainSeeds).map { try log(method, seed: $0) }
    }
    let optimum = optimal(heldOutTasks[0])
    input.sourceCurve = SourceCurve(
      meanReturns: (1...25 * episodes / 4).map { episode in
        let share = Double(episode) / Double(episodes)
        return optimum * share * share / (1 + share * share)
      }, random: 0.25, optimal: knowsOptimum ? optimum : nil, histories: 4_160)
    input.sourcesEnd = 0.8 * optimum
    input.places = places
    input.idealExplorer = IdealExplorer(size: size, episodeLength: 20)
      .expectedReturns(goals: heldOutTasks, episodes: episodes)
    input.scene = scene
    input.paths = paths
    input.frames = FrameStrip(
      files: Array(repeating: Self.greyPixel, count: 30), rows: 18, columns: 24,
      caption: "The first episode, <as> seen.")
    input.times = [
      StageTime(stage: "collect", seconds: 61.54, amounts: [("environment_steps", 1_234_567)]),
      StageTime(stage: "train/ad/seed-0", seconds: 3725, amounts: [("updates", 4_000)]),
    ]
    input.configuration = "seed: 1\ntask:\n  size: \(size) # <b>not bold</b>\n"
    input.timings = "{\n  \"collect_seconds\" : 61.5\n}\n"
    return input
  }

  /// The first task from above.
  private var scene: TaskScene {
    TaskScene(
      task: heldOutTasks[0], label: "goal at the <left>",
      outline: MapCircle(x: 0, y: 0, radius: 1), goal: MapCircle(x: -0.5, y: 0.25, radius: 0.11)
    )
  }

  /// Ways that wander less from episode to episode.
  private var paths: PathTable {
    var rows: [PathTable.Row] = []
    for (method, skill) in [("ad", 0.08), ("ed", 0.01), ("ad-prompted", 1)] {
      var random = Seed(6).random(for: method)
      for episode in 1...episodes {
        var (x, y, step) = (0.0, 0.0, 0)
        let pull = min(skill * Double(episode), 1) * 0.3
        while step <= 40 {
          rows.append(
            PathTable.Row(
              method: method, split: "held-out", trainSeed: 0, task: heldOutTasks[0],
              episode: episode, step: step, x: x, y: y))
          if abs(x + 0.5) + abs(y - 0.25) < 0.1 { break }
          x = min(max(x + pull * (-0.5 - x) + 0.06 * Double(random.normal()), -0.7), 0.7)
          y = min(max(y + pull * (0.25 - y) + 0.06 * Double(random.normal()), -0.7), 0.7)
          step += 1
        }
      }
    }
    return PathTable(rows)
  }

  /// A PNG file of one pixel.
  static let greyPixel: [UInt8] = Array(
    Data(
      base64Encoded:
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGOomLYKAANCAbkKDdeAAAAAAElFTkSuQmCC"
    )
      ?? Data())

  private func log(_ method: String, seed: Int) throws -> TrainingLog {
    var random = Seed(8).random(for: method, seed)
    var lines = ["update,learning_rate,loss,accuracy,gradient_norm"]
    for update in 1...updates {
      let share = Double(update) / Double(updates)
      let noise = Double(random.normal()) * 0.02
      let loss = (method == "ad" ? 0.75 : 0.25) + 1.2 / (1 + 25 * share) + noise
      lines.append("\(update * 2),0.001,\(loss),\(1 - loss / 2.2),0.5")
    }
    return try TrainingLog(
      csv: lines.joined(separator: "\n"), method: method, seed: seed, file: "training.csv")
  }
}
