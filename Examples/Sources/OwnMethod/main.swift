// `distill` with a method of one's own, beside all that it has. Without arguments, it trains and evaluates the method
// in a small room:
//
//   swift run --package-path Examples -c release OwnMethod run tiny --methods ad,late-ad --out runs/late

import AlgorithmDistillation
import DistillCommand
import Foundation

Registry.add(method: LateDistillation())
guard CommandLine.arguments.count == 1 else {
  Distill.main()
  exit(0)
}

let yaml = """
  task: {size: 5, episode_length: 15}
  split: {held_out: 5, validation: 2}
  source: {actors: 4, episodes: 60, hidden_layers: 1, hidden_width: 32, learning_rate: 3.0e-3}
  collect: {histories_per_task: 4}
  context: {steps: 60}
  model: {width: 32, layers: 2, heads: 2, feed_forward: 64}
  train: {updates: 60, windows_per_update: 16, warm_up_updates: 10}
  late: {shown_fraction: 0.6}
  evaluate: {episodes: 10, seeds: 2}
  """
let path = FileManager.default.temporaryDirectory.appendingPathComponent("late-\(UUID())").path
defer { try? FileManager.default.removeItem(atPath: path) }
let method = LateDistillation()
let configuration = try ExperimentConfiguration(
  from: ConfigurationFile(name: "late.yaml", text: yaml), planning: [method])
let folder = RunFolder(path)
let run = Run(folder: folder, configuration: try folder.adopt(configuration), workers: 2)
try CollectStage(run).perform()
try TrainStage(run, method: method, seeds: configuration.trainSeeds).perform()
try EvaluateStage(
  run, methods: EvaluatedMethod.all(of: [method]), splits: run.experiment.testedSplits
).perform()
try ReportStage(run).perform()
