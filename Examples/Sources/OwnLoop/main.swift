// A trained model in a loop of one's own: it never saw a room with this goal, its weights are frozen, and it gets better.

import AlgorithmDistillation
import Foundation

let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
  .appendingPathComponent("../../..").standardizedFileURL
let agent = try InContextAgent(
  reading: repository.appendingPathComponent("data/models/dark-room/model.safetensors"),
  seed: Seed(1))

/// An agent's cell in a room of 9 × 9, whose goal pays 1 on each step that ends there.
var (x, y) = (4, 4)
let goal = (x: 7, y: 3)  // held out of the training
for episode in 1...30 {
  (x, y) = (4, 4)
  var sum: Float = 0
  for step in 1...20 {
    switch try agent.act(on: Observation(UInt8(x), UInt8(y))) {
    case 0: x = max(x - 1, 0)
    case 1: x = min(x + 1, 8)
    case 2: y = max(y - 1, 0)
    case 3: y = min(y + 1, 8)
    default: break  // stays
    }
    let reward: Float = (x, y) == goal ? 1 : 0
    sum += reward
    try agent.observe(reward: reward, endsEpisode: step == 20)
  }
  print("episode \(episode)\t" + String(repeating: "#", count: Int(sum)))
}
