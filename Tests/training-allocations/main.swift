// Trains a few updates and then counts what two more allocate: a program of its own, since it puts its
// allocator in the place of the C library's. `--print` shows where from.
//
//   training-allocations pre-norm|paper|pictures|recurrent WORKERS [--print]

import AllocationCounter
import Contexts
import Layers
import Models
import Randomness
import Tasks
import Training

/// Pools that are seen in first person, if a shape shows pictures.
private func pools(_ shape: String) -> WatermazeFamily? {
  shape == "pictures" ? WatermazeFamily() : nil
}

/// A model of the paper's kind, one that sees pictures, or the default one.
private func configuration(_ shape: String) -> ModelConfiguration {
  var model = ModelSettings()
  if let pools = pools(shape) {
    model.sight.dropout = 0.1
    return ModelConfiguration(model: model, interface: pools.interface, contextSteps: 20)
  }
  if shape == "recurrent" { (model.architecture, model.layers) = (.lstm, 2) }
  if shape == "paper" {
    (model.normPlacement, model.tokensPerStep) = (.post, 3)
    (model.dropout, model.attentionDropout) = (0.1, 0.5)
  }
  return ModelConfiguration(
    model: model, interface: DarkRoomFamily().interface, contextSteps: shape == "paper" ? 80 : 200)
}

/// A cell, or a place in the pool.
private func observation(_ shape: String, using random: inout Random) -> Observation {
  guard shape == "pictures" else {
    return Observation(UInt8(random.below(9)), UInt8(random.below(9)))
  }
  return PoolView(
    position: PoolPoint(x: random.below(150) - 75, y: random.below(150) - 75),
    heading: random.below(Pool.headings), platform: TaskID(random.below(10))
  ).observation
}

/// The allocations of two updates, after two that warm up.
private func allocations(_ shape: String, workers: Int) -> Int {
  var settings = TrainingSettings()
  (settings.updates, settings.warmUpUpdates, settings.windowsPerUpdate) = (10, 0, 16)
  let trainer = Trainer(
    configuration(shape), settings, seed: Seed(0), workers: workers,
    renderer: pools(shape)?.renderer)
  var batch = trainer.makeBatch()
  var random = Seed(0).random(for: "batch")
  for window in 0..<batch.windowCount {
    for step in 0..<batch.stepCount {
      batch.set(
        window: window, step: step,
        observation: observation(shape, using: &random),
        action: random.below(5), reward: Float(random.below(2)), lossWeight: 1)
    }
  }
  for _ in 0..<2 { _ = trainer.update(on: batch) }
  allocations_begin()
  for _ in 0..<2 { _ = trainer.update(on: batch) }
  return allocations_end()
}

let arguments = CommandLine.arguments
guard arguments.count >= 3, let workers = Int(arguments[2]) else {
  fatalError("training-allocations pre-norm|paper|pictures|recurrent WORKERS [--print]")
}
print(allocations(arguments[1], workers: workers))
if arguments.contains("--print") { allocations_print() }
