// The smallest whole experiment, in seconds: record a learner in 20 of 25 rooms, train a transformer
// on the recordings, let it act with frozen weights in the other five, and print its learning curve.

import AlgorithmDistillation
import Foundation

let seed = Seed(0)
let family = DarkRoomFamily(size: 5, episodeLength: 15)
let split = TaskSplit(of: family, heldOut: 5, validation: 0, seed: seed)
let folder = FileManager.default.temporaryDirectory.appendingPathComponent("smallest-\(UUID())")
defer { try? FileManager.default.removeItem(at: folder) }

// Half of the learners have learned another room first: they show how a wrong guess is given up.
var source = A3CSettings()
(source.actors, source.episodes, source.learningRate) = (4, 150, 3e-3)
(source.hiddenLayers, source.hiddenWidth, source.entropyBonus) = (1, 32, 0.03)
try HistoryCollector(
  family: family, tasks: split.training, split: split, learner: A3C(source), historiesPerTask: 32,
  priorTaskFraction: 0.5, seed: seed, folder: folder, fingerprint: "smallest"
).collect(workers: 2)

// Windows of 90 steps that show every tenth episode of a history.
var (context, model, training) = (ContextSettings(), ModelSettings(), TrainingSettings())
(context.steps, context.maskProbability, model.width, model.layers) = (90, 0, 32, 2)
(training.updates, training.windowsPerUpdate, training.learningRate) = (800, 24, 3e-3)
let shape = ModelConfiguration(model: model, interface: family.interface, contextSteps: 90)
let (set, files) = (try HistorySet(reading: folder), TrainingFiles(in: folder))
let sampler = try WindowSampler(
  histories: set.histories, settings: context, selection: .learning(subsampling: 10))
let course = HistoryCourse(shape, training, sampler: sampler, seed: seed, workers: 2)
try TrainingRun(course, files: files, metadata: [:]).perform()

// An empty context; no weight changes any more.
let rollout = InContextRollout(episodes: 40, seedsPerTask: 20, conditions: .init(), seed: seed)
let streams = try rollout.run(
  Checkpoint.read(files.model), in: family, tasks: split.heldOut, workers: 2)
for episode in stride(from: 0, to: 40, by: 3) {
  let mean = streams.map { $0.returns[episode] }.reduce(0, +) / Double(streams.count)
  print("episode \(episode + 1)\t" + String(repeating: "#", count: Int(4 * mean)), mean)
}
