// `distill export hub`: folders for Hugging Face's hub, whose cards say what the files say and nothing else.

import Evaluation
import Foundation
import LearningHistories
import TestSupport
import Testing

/// A finished run of the preset `tiny`, made once.
private let tiny = Result {
  let scratch = try ScratchFolder()
  try expectSuccess(["run", "tiny", "--methods", "ad", "--out", scratch.file("run"), "-q"])
  return scratch
}

@Suite struct `Folders for the hub` {
  private let scratch: ScratchFolder
  private let run: String

  init() throws {
    scratch = try ScratchFolder()
    run = try tiny.get().file("run")
  }

  private func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

  @Test func `of a model hold all that evaluates it, and a card with the run's results`() throws {
    let model = "\(run)/models/ad/seed-0"
    let outcome = try distill("export", "hub", model, "--out", scratch.file("hub"))
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("the card names no licence"))
    #expect(outcome.output.hasSuffix("wrote  \(scratch.file("hub"))\n"))
    #expect(
      scratch.files
        == ["hub", "hub/README.md", "hub/config.json", "hub/config.yaml", "hub/model.safetensors"])
    for name in ["model.safetensors", "config.json"] {
      #expect(bytes(scratch.file("hub/\(name)")) == bytes("\(model)/\(name)"))
    }
    let card = try scratch.text("hub/README.md")
    #expect(card.hasPrefix("---\nlibrary_name: \"algorithm-distillation\"\n"))
    let summary = try EvaluationSummary(
      json: try #require(bytes("\(run)/evaluation/summary.json")))
    let split = try #require(summary.splits["held-out"])
    for (method, label) in [("ad", "AD"), ("source", "Source learner")] {
      let found = try #require(split.methods[method])
      let text = [found.firstEpisode, found.lastTenth].map { figure in
        let numbers = ([figure.mean] + figure.ci95).map { String(format: "%.2f", $0) }
        return "\(numbers[0]) [\(numbers[1]), \(numbers[2])]"
      }
      #expect(card.contains("| held-out | \(label) | \(text[0]) | \(text[1]) in episode "))
    }
    #expect(card.contains("random actions earn \(String(format: "%.2f", split.random ?? 0))"))
    #expect(
      card.contains("value: \(split.methods["ad"]?.lastTenth.mean.description.prefix(4) ?? "")"))
    let manifest = try HistoryManifest(
      reading: URL(fileURLWithPath: "\(run)/histories/manifest.json"))
    #expect(card.contains("| learned from | histories of a3c ("))
    #expect(card.contains(") on \(manifest.shards.count) tasks |"))
    try expectSuccess(
      ["evaluate", "--model", scratch.file("hub"), "--episodes", "2", "--eval-seeds", "1"])
  }

  @Test func `of a model alone say no more than its file does`() throws {
    try FileManager.default.copyItem(
      atPath: "\(run)/models/ad/seed-0/model.safetensors", toPath: scratch.file("m.safetensors"))
    try expectSuccess(
      ["export", "hub", scratch.file("m.safetensors"), "--out", scratch.file("hub"), "--license"]
        + ["cc-by-4.0"])
    #expect(
      scratch.files
        == ["hub", "hub/README.md", "hub/config.json", "hub/model.safetensors", "m.safetensors"])
    let card = try scratch.text("hub/README.md")
    #expect(card.hasPrefix("---\nlicense: \"cc-by-4.0\"\n"))
    for word in ["Results", "model-index", "learned from", "updates", "config.yaml", "evaluate"] {
      #expect(!card.contains(word), "\(word)")
    }
    #expect(card.contains("distill serve ."))
    let own = try scratch.text("hub/config.json")
    let whole = try String(contentsOfFile: "\(run)/models/ad/seed-0/config.json", encoding: .utf8)
    // What stands last has no comma.
    func lines(_ text: String) -> Set<String> {
      Set(
        text.split(separator: "\n").map { $0.hasSuffix(",") ? String($0.dropLast()) : String($0) })
    }
    #expect(own.contains("\"parameters\""))
    #expect(lines(own).isSubset(of: lines(whole)))
  }

  @Test func `of histories hold the set, and a card with its counts and curve`() throws {
    try expectSuccess(
      ["export", "hub", run, "--out", scratch.file("hub"), "--license", "mit", "-q"])
    let set = try HistorySet(reading: URL(fileURLWithPath: "\(run)/histories"))
    #expect(
      scratch.files
        == ["hub", "hub/README.md", "hub/manifest.json"]
        + set.manifest.shards.map { "hub/\($0.name)" })
    let card = try scratch.text("hub/README.md")
    #expect(card.hasPrefix("---\nlicense: \"mit\"\n"))
    #expect(card.contains("| episodes | \(set.episodeCount) |\n| steps | \(set.stepCount) |"))
    let tenths = LearningCurve.returnByTenth(of: set.histories).map {
      String(format: "%.2f", $0)
    }
    #expect(card.contains("| mean return of an episode | \(tenths.joined(separator: " | ")) |"))
    let inspected = try distill("inspect", scratch.file("hub"))
    #expect(inspected.errors == "")
    #expect(inspected.output.contains("all checksums agree"))
  }

  @Test(
    .enabled(
      if: Python.canImport("huggingface_hub"),
      "python3 cannot import huggingface_hub; name one that can in PYTHON"))
  func `have cards that the hub's own package reads`() throws {
    let (model, data) = (scratch.file("model"), scratch.file("data"))
    try expectSuccess(
      ["export", "hub", "\(run)/models/ad/seed-0", "--out", model, "--license", "mit", "-q"])
    try expectSuccess(["export", "hub", run, "--out", data, "--license", "mit", "-q"])
    let script = """
      import sys
      from huggingface_hub import DatasetCard, ModelCard, metadata_load
      model = ModelCard.load(sys.argv[1]).data
      assert model.license == "mit" and model.library_name == "algorithm-distillation", model
      assert model.pipeline_tag == "reinforcement-learning" and "dark-room" in model.tags, model
      result, = model.eval_results
      assert result.dataset_type == "dark-room" and result.metric_type == "mean_reward", result
      data = DatasetCard.load(sys.argv[2]).data
      assert data.license == "mit" and data.task_categories == ["reinforcement-learning"], data
      features = metadata_load(sys.argv[2])["dataset_info"]["features"]
      assert features[0] == {"name": "observations", "sequence": "uint8", "length": 2}, features
      print(result.metric_value, data.size_categories, [f["name"] for f in features])
      """
    let result = try Python.run(script, "\(model)/README.md", "\(data)/README.md")
    #expect(result.status == 0, "\(result.output)")
    #expect(result.output.hasSuffix("['observations', 'actions', 'rewards']\n"))
  }

  @Test func `are whole, or not there`() throws {
    let taken = try scratch.write("mine", to: "taken/README.md")
    let refused = try distill("export", "hub", run, "--out", scratch.file("taken"))
    #expect(refused.status == 73)
    #expect(try String(contentsOfFile: taken, encoding: .utf8) == "mine")
    try scratch.write("nothing", to: "bad/model.safetensors")
    let bad = try distill("export", "hub", scratch.file("bad"), "--out", scratch.file("hub"))
    #expect(bad.status == 65)
    #expect(bad.errors.hasPrefix("Error: \(scratch.file("bad"))/model.safetensors"))
    let missing = try distill(
      "export", "hub", scratch.file("none.safetensors"), "--out", scratch.file("hub"))
    #expect(missing.status == 66)
    #expect(!scratch.files.contains { $0.hasPrefix("hub") })
    #expect(
      try distill("export", "npz", run, "--out", scratch.file("a.npz"), "--license", "mit").status
        == 64)
  }
}
