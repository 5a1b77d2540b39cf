// A set of histories for Hugging Face's hub: its manifest and shards, and a card with what learned in which tasks, and
// how it rose.

internal import Foundation
internal import LearningHistories
internal import Tasks
internal import Yams

/// The folder of a set, and its card.
struct DatasetCard: HubCard {
  private let historySet: HistorySet
  private let folder: String
  private let family: (any TaskFamily)?
  private let license: String?

  /// - Throws: If a recorded set's family is not known any more.
  init(of set: HistorySet, license: String?) throws {
    historySet = set
    self.license = license
    folder = set.folder.path
    family = try set.manifest.knownFamily(path: set.folder.path)
  }

  private var manifest: HistoryManifest { historySet.manifest }

  var copied: [(from: String, name: String)] {
    (["manifest.json"] + manifest.shards.map(\.name)).map { ("\(folder)/\($0)", $0) }
  }

  var written: [(name: String, text: String)] { [] }

  // MARK: Front matter

  func text() throws -> String {
    var front = FrontMatter()
    front.add("license", license.map(FrontMatter.quoted))
    front.add("pretty_name", FrontMatter.quoted(title))
    front.add("task_categories", FrontMatter.list(["reinforcement-learning"]))
    front.add(
      "tags",
      FrontMatter.list([
        "reinforcement-learning", "learning-histories", "algorithm-distillation",
        manifest.family.name, manifest.learner.name,
      ]))
    front.add("size_categories", FrontMatter.list([Self.sizeCategory(of: historySet.stepCount)]))
    front.add("dataset_info", FrontMatter.map([("features", features)]))
    // The hub shows no tables of safetensors files.
    front.add("viewer", Node("false"))
    return try front.text() + "\n" + body
  }

  /// The hub's name for so many rows.
  static func sizeCategory(of rows: Int) -> String {
    let bounds = ["1K", "10K", "100K", "1M", "10M", "100M", "1B", "10B", "100B", "1T"]
    var bound = 1_000
    for (index, name) in bounds.enumerated() {
      if rows < bound { return index == 0 ? "n<1K" : "\(bounds[index - 1])<n<\(name)" }
      bound *= 10
    }
    return "n>1T"
  }

  /// What a step is made of. A shape of several numbers is a list of them, row by row.
  private var features: Node {
    let interface = manifest.interface
    func feature(_ name: String, _ type: String, _ length: Int?) -> Node {
      let named = [("name", FrontMatter.quoted(name))]
      let type = FrontMatter.quoted(type)
      guard let length else { return FrontMatter.map(named + [("dtype", type)]) }
      return FrontMatter.map(named + [("sequence", type), ("length", Node("\(length)"))])
    }
    let observed =
      interface.sight.isCarried ? interface.sight.carriedCount : interface.observationSizes.count
    let hasFloats = if case .floats = interface.sight { true } else { false }
    let action = interface.actionFactors.allSatisfy { $0 <= 256 } ? "uint8" : "uint16"
    let factors = interface.actionFactors.count
    var features: [Node] = []
    if observed > 0 {
      features.append(feature("observations", hasFloats ? "float32" : "uint8", observed))
    }
    features.append(feature("actions", action, factors > 1 ? factors : nil))
    features.append(feature("rewards", rewardType, nil))
    if historySet.shards.allSatisfy(\.hasExpertActions) {
      features.append(feature("expert_actions", action, factors > 1 ? factors : nil))
    }
    return .sequence(Node.Sequence(features))
  }

  /// The smallest type that holds each reward, as in shards.
  private var rewardType: String {
    guard let rewards = manifest.interface.rewards, rewards.allSatisfy({ $0 == $0.rounded() })
    else {
      return "float32"
    }
    if rewards.allSatisfy({ (0...255).contains($0) }) { return "uint8" }
    return rewards.allSatisfy { (-128...127).contains($0) } ? "int8" : "float32"
  }

  // MARK: Text

  private var title: String {
    "Learning histories of \(manifest.learner.name) on \(manifest.family.name)"
  }

  private var body: String {
    let origin = manifest.origin == .imported ? "imported into" : "recorded by"
    return """
      # \(title)

      Everything that a reinforcement-learning agent lived on each of \(historySet.shards.count) tasks, from its first episode to its \
      last: what in-context reinforcement learning is trained on. The set was \(origin) \(cardProgram).

      \(markdownTable(["", ""], [
        ["learner", manifest.learner.text], ["tasks", manifest.family.text],
        ["interface", "steps \(manifest.interface.text)"],
        ["roles of tasks", manifest.split.cardText],
        ["histories", "\(historySet.histories.count)"], ["episodes", "\(historySet.episodeCount)"],
        ["steps", "\(historySet.stepCount)"],
      ]))
      ## How the learner improved

      \(curve)
      ## How to read it

      With AlgorithmDistillation's Python package (`pip install ./scripts/python`), which needs NumPy alone:

      ```python
      from algorithm_distillation import HistorySet; histories = HistorySet(".")  # histories[0].observations, .actions, .rewards
      ```

      Or one task at a time, with what AlgorithmDistillation's `data/schema.md` says of the tensors:

      ```python
      from safetensors.numpy import load_file; shard = load_file("\(manifest.shards[0].name)")
      ```

      `distill inspect .` checks every byte against the checksums of `manifest.json`, which has the roles of the tasks \
      too.\(manifest.origin == .imported ? " `distill import set . --out RUN` makes a run of it, which models are trained on." : "")

      """
  }

  /// The mean return in each tenth of a history, and what it is worth where the tasks are known.
  private var curve: String {
    let tenths = LearningCurve.returnByTenth(of: historySet.histories)
    let table = markdownTable(
      ["tenth of a history"] + (1...tenths.count).map(String.init),
      [["mean return of an episode"] + tenths.map(cardNumber)])
    guard let family else { return table }
    let overall = LearningCurve(of: historySet.histories, in: family).overall
    let optimal = overall.optimalReturn.map { ", the optimum is \(cardNumber($0))" } ?? ""
    return table
      + "\nRandom actions earn \(cardNumber(overall.randomReturn)) in these tasks\(optimal).\n"
  }
}
