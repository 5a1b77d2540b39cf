// Records A3C in a family of one's own and prints how it learned.

import AlgorithmDistillation
import Foundation

let family = CorridorFamily(length: 15)
let split = TaskSplit(of: family, heldOut: 3, validation: 0, seed: Seed(0))
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("corridors-\(UUID())")
defer { try? FileManager.default.removeItem(at: folder) }

var source = A3CSettings()
(source.actors, source.episodes, source.learningRate) = (4, 200, 3e-3)
(source.hiddenLayers, source.hiddenWidth) = (1, 32)
try HistoryCollector(
  family: family, tasks: split.training, split: split, learner: A3C(source),
  historiesPerTask: 8, seed: Seed(0), folder: folder, fingerprint: "corridors"
).collect(workers: 2)

let curve = LearningCurve(of: try HistorySet(reading: folder).histories, in: family).overall
print("random actions earn \(curve.randomReturn), the best \(curve.optimalReturn ?? .nan)")
for (tenth, mean) in curve.returnByTenth.enumerated() {
  print("tenth \(tenth + 1)\t", String(format: "%.2f", mean))
}
