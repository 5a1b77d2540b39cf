// Records a learner of one's own in dark rooms and prints how it learned.

import AlgorithmDistillation
import Foundation

let family = DarkRoomFamily(size: 5, episodeLength: 15)
let split = TaskSplit(of: family, heldOut: 5, validation: 0, seed: Seed(0))
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("monte-carlo-\(UUID())")
defer { try? FileManager.default.removeItem(at: folder) }

try HistoryCollector(
  family: family, tasks: split.training, split: split,
  learner: Stepwise(MonteCarlo(episodes: 400)), historiesPerTask: 8, seed: Seed(0),
  folder: folder, fingerprint: "monte-carlo"
).collect(workers: 2)

let curve = LearningCurve(of: try HistorySet(reading: folder).histories, in: family).overall
print("random actions earn \(curve.randomReturn), the best \(curve.optimalReturn)")
for (tenth, mean) in curve.returnByTenth.enumerated() {
  print("tenth \(tenth + 1)\t", String(format: "%.2f", mean))
}
