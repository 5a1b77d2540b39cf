// A model for Hugging Face's hub: model.safetensors, config.json, the config.yaml of its run, and a card with how it was
// trained and what it earned.

internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Models
internal import Reports
internal import Tables
internal import Tasks
internal import TensorFiles
internal import Training
internal import Yams

/// The folder of a model, and its card.
struct ModelCard: HubCard {
  private let file: String
  private let description: ModelDescription
  private let hasDescription: Bool
  private let place: RunFolder?
  private let settings: ExperimentConfiguration?
  private let manifest: HistoryManifest?
  private let summary: EvaluationSummary?
  private let license: String?

  /// Reads the model, and what lies beside it or in its run folder.
  /// - Throws: `CheckpointError`, or what is wrong with a file beside it.
  init(ofModel path: String, license: String?) throws {
    self.license = license
    file = modelFile(at: path)
    let url = URL(fileURLWithPath: file)
    let opened = try Checkpoint.open(url)
    let shape = opened.configuration
    let count = try Checkpoint.read(opened).count
    let beside = ModelFolder(path: url.deletingLastPathComponent().relativePath).configuration
    let data = FileManager.default.contents(atPath: beside)
    let found = data.flatMap { try? JSONDecoder().decode(ModelDescription.self, from: $0) }
    // Another model's is of no use.
    let own = found.flatMap { $0.model == shape && $0.parameters == count ? $0 : nil }
    hasDescription = own != nil
    let known = ["method", "train_seed", "program_version"]
    description =
      own
      ?? ModelDescription(
        model: shape, parameters: count, updates: nil,
        metadata: opened.file.metadata.filter { known.contains($0.key) })
    place = settingsFolder(ofModel: file)
    settings = try place?.readConfiguration()
    manifest = try Self.ifThere(place?.manifest) { try HistoryManifest(reading: $0) }
    summary = try Self.ifThere(place?.summary) {
      try EvaluationSummary(json: Data(try WholeFile.bytes(of: $0)), file: $0.relativePath)
    }
  }

  private static func ifThere<Value>(_ path: String?, _ read: (URL) throws -> Value) throws
    -> Value?
  {
    guard let path, FileManager.default.fileExists(atPath: path) else { return nil }
    return try read(URL(fileURLWithPath: path))
  }

  var copied: [(from: String, name: String)] {
    let beside = URL(fileURLWithPath: file).deletingLastPathComponent().relativePath
    var files = [(file, "model.safetensors")]
    if hasDescription { files.append((ModelFolder(path: beside).configuration, "config.json")) }
    if let place { files.append((place.configuration, "config.yaml")) }
    return files
  }

  var written: [(name: String, text: String)] {
    guard !hasDescription, let json = try? description.json() else { return [] }
    return [("config.json", String(decoding: json, as: UTF8.self))]
  }

  // MARK: What is known

  private var method: String? { description.metadata["method"] }
  private var registered: (any Method)? { method.flatMap(Registry.method(named:)) }
  private var family: HistoryManifest.Described? {
    settings.map {
      HistoryManifest.Described(name: $0.task.family, settings: $0.task.described)
    }
  }

  private var name: String {
    [method ?? "model", family?.name].compactMap { $0 }.joined(separator: "-")
  }

  /// A row of results: what acted, and what it earned.
  private struct Result {
    let split: String
    let label: String
    let isClaim: Bool
    let found: EvaluationSummary.MethodSummary
  }

  /// What the method earned from an empty context, with true rewards and hidden ones, and the source beside it.
  private var results: [Result] {
    guard let summary, let registered else { return [] }
    let own = (Condition.all + registered.conditions).filter { $0.beginning == .empty }
      .map { EvaluatedMethod(registered, $0).name }
    let names = Set(own + [EvaluatedMethod.source.name])
    return summary.splits.keys.sorted().flatMap { split in
      let methods = summary.splits[split]?.methods ?? [:]
      return methods.keys.filter(names.contains).sorted {
        (resultStyles[$0]?.rank ?? .max, $0) < (resultStyles[$1]?.rank ?? .max, $1)
      }.compactMap { name in
        methods[name].map {
          Result(
            split: split, label: resultStyles[name]?.label ?? name,
            isClaim: name == registered.name,
            found: $0)
        }
      }
    }
  }

  // MARK: Front matter

  func text() throws -> String {
    var front = FrontMatter()
    front.add("license", license.map(FrontMatter.quoted))
    front.add("library_name", FrontMatter.quoted("algorithm-distillation"))
    front.add("pipeline_tag", FrontMatter.quoted("reinforcement-learning"))
    let tags =
      ["reinforcement-learning", "in-context-reinforcement-learning", "algorithm-distillation"]
      + [method, family?.name].compactMap { $0 }
    front.add("tags", FrontMatter.list(tags))
    front.add("model-index", modelIndex)
    return try front.text() + "\n" + body
  }

  /// The final returns as the hub's pages of models show them; nil if there are none.
  private var modelIndex: Node? {
    let claims = results.filter(\.isClaim)
    guard !claims.isEmpty, let family else { return nil }
    let entries = claims.map { result in
      FrontMatter.map([
        (
          "task",
          FrontMatter.map([("type", FrontMatter.quoted("reinforcement-learning"))])
        ),
        (
          "dataset",
          FrontMatter.map([
            ("name", FrontMatter.quoted("\(family.name), \(result.split) tasks")),
            ("type", FrontMatter.quoted(family.name)),
          ])
        ),
        (
          "metrics",
          .sequence([
            FrontMatter.map([
              ("type", FrontMatter.quoted("mean_reward")),
              ("name", FrontMatter.quoted("mean return, \(lastEpisodes(result.found))")),
              ("value", Node(roundedNumber(result.found.lastTenth.mean))),
            ])
          ])
        ),
      ])
    }
    return .sequence([
      FrontMatter.map([
        ("name", FrontMatter.quoted(name)), ("results", .sequence(Node.Sequence(entries))),
      ])
    ])
  }

  private func lastEpisodes(_ found: EvaluationSummary.MethodSummary) -> String {
    let last = ReturnsGrid.lastTenth(of: found.episodes)
    return last.count == 1
      ? "episode \(found.episodes)" : "episodes \(last.lowerBound)–\(found.episodes)"
  }

  // MARK: Text

  private var body: String {
    let what = registered.map { "\($0.label), \($0.summary)" } ?? method ?? "A model"
    return """
      # \(name)

      \(what): a model that learns a task while it acts in it, with frozen weights. It reads what it saw, did and earned, \
      episode after episode. Made by \(cardProgram).

      ## The model and its training

      \(markdownTable(["", ""], facts))
      \(place == nil ? "The" : "Every setting stands in `config.yaml`; the") tensors are \
      documented in AlgorithmDistillation's `data/schema.md`.
      \(resultsText)
      ## How to use it

      In Python, with AlgorithmDistillation's package (`pip install ./scripts/python`) and PyTorch:

      ```python
      from algorithm_distillation import Agent, load_model

      agent = Agent(load_model("model.safetensors"))
      action = agent.act(observation)
      agent.observe(reward=reward, ends=done)  # then the next observation: the context goes on from episode to episode
      ```
      \(commands)
      """
  }

  private var facts: [[String]] {
    let model = description.model
    let shape = model.model
    var rows: [[String]] = []
    func add(_ name: String, _ value: String?) {
      if let value { rows.append([name, value]) }
    }
    add("tasks", family?.text)
    if registered?.needs == .histories, let manifest {
      add("learned from", "histories of \(manifest.learner.text) on \(manifest.shards.count) tasks")
    }
    if let split = manifest?.split {
      add("roles of tasks", split.cardText)
    }
    add("updates", description.updates.map(String.init))
    add("training seed", description.metadata["train_seed"])
    add(
      "shape",
      shape.architecture == .lstm
        ? "LSTM of \(shape.layers) layers of \(shape.width) cells"
        : "transformer of \(shape.layers) layers, width \(shape.width), \(shape.heads) heads, feed-forward \(shape.feedForward)"
    )
    add("parameters", "\(description.parameters)")
    add("context", shape.architecture == .lstm ? nil : "\(model.contextSteps) steps")
    add("interface", "steps \(model.interface.text)")
    return rows
  }

  private var resultsText: String {
    let results = results
    guard !results.isEmpty else { return "" }
    let hasOptimum = results.contains { $0.found.lastTenth.shareOfOptimal != nil }
    let rows = results.map { result -> [String] in
      let found = result.found
      let share = found.lastTenth.shareOfOptimal.map { String(format: "%.0f %%", 100 * $0) } ?? ""
      let models = found.trainSeeds > 0 ? "\(found.trainSeeds) × " : ""
      return [
        result.split, result.label, figure(found.firstEpisode),
        "\(figure(found.lastTenth)) in \(lastEpisodes(found))",
      ] + (hasOptimum ? [share] : []) + ["\(found.tasks) × \(models)\(found.evalSeeds)"]
    }
    let bounds = (summary?.splits ?? [:]).sorted { $0.key < $1.key }.map { split, found in
      let optimal = found.optimal.map { ", the optimum is \(cardNumber($0))" } ?? ""
      let random = found.random.map { "random actions earn \(cardNumber($0))" } ?? ""
      return "On \(split) tasks \(random)\(optimal)."
    }
    let seeds = results.filter(\.isClaim).map(\.found.trainSeeds).max() ?? 0
    let models =
      seeds > 1
      ? "The numbers are means over \(seeds) models that were trained alike with different seeds, of which this is one. "
      : ""
    return """

      ## Results

      Mean return of an episode with its 95 % bootstrap interval over tasks and training seeds, from an empty context.

      \(markdownTable(
        ["tasks", "what acts", "first episode", "last tenth of the episodes"]
          + (hasOptimum ? ["of the optimum"] : []) + ["tasks × models × evaluations"], rows))
      \(models)\(bounds.joined(separator: " "))

      """
  }

  private func figure(_ figure: EvaluationSummary.Figure) -> String {
    "\(cardNumber(figure.mean)) [\(figure.ci95.map(cardNumber).joined(separator: ", "))]"
  }

  /// What `distill` does with the folder, as far as it can.
  private var commands: String {
    var lines: [String] = []
    if settings?.task.canBeActedIn == true && registered != nil {
      lines.append(
        "distill evaluate --model .   # acts in held-out tasks, and prints its learning curve")
    }
    // What the family draws is drawn with the settings that stand in `config.yaml`.
    if description.model.interface.sight.byteCount == 0 || place != nil {
      lines.append("distill serve .              # acts for a program in any language")
    }
    guard !lines.isEmpty else { return "" }
    return "\nOr, in this folder:\n\n```\n\(lines.joined(separator: "\n"))\n```"
  }
}
