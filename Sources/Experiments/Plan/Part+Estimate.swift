// What each kind of part takes: amounts from the settings, rates from an estimator's samples.

internal import Evaluation
internal import Foundation
internal import LearningHistories
internal import Models
internal import SourceAlgorithms
internal import Tasks
internal import Training

extension HistoriesPart {
  /// Bytes that a shard takes beside its steps and episodes: the header and what is kept of each history.
  private static let bytesOfHeader = 1_600
  private static let bytesPerHistory = 8

  /// The histories of the task.
  private func histories(in configuration: ExperimentConfiguration) -> Int {
    guard isOfSource else { return configuration.collect.historiesPerTask }
    let streams = configuration.source.makeLearner().streamCount
    return (configuration.evaluate.seeds + streams - 1) / streams * streams
  }

  /// The recording of the task, in which every episode has at least a step.
  public func leastMemory(in experiment: Experiment, workers: Int) -> Int {
    let episodes =
      histories(in: experiment.configuration)
      * experiment.configuration.source.makeLearner().episodesPerStream
    let perStep =
      ShardSchema.bytesPerStep(of: experiment.family.interface) + MemoryLayout<Float>.size
    return 2 * episodes * (perStep + ShardSchema.bytesPerEpisode)
  }

  public func estimate(by estimator: Estimator) throws -> PartEstimate {
    let sample = try estimator.recordingSample()
    let configuration = estimator.experiment.configuration
    let histories = histories(in: configuration)
    let episodes = histories * configuration.source.makeLearner().episodesPerStream
    let steps = Int((Double(episodes) * sample.meanLength).rounded())
    let perStep = ShardSchema.bytesPerStep(of: estimator.experiment.family.interface)
    return PartEstimate(
      steps: steps,
      bytes: steps * perStep + episodes * ShardSchema.bytesPerEpisode
        + histories * Self.bytesPerHistory + Self.bytesOfHeader,
      // The recordings of some tasks that are under way, and one that is being joined, written and read again.
      memory: estimator.memoryOfProgram + sample.memory
        + (estimator.workers + 4) * steps * (perStep + MemoryLayout<Float>.size),
      seconds: Double(steps) / max(sample.stepsPerSecond, 1))
  }
}

extension Estimator {
  /// The bytes of the histories that a part is made from: it maps their files, and reads all of them.
  fileprivate func mappedBytes(of part: some Part) throws -> Int {
    let folders = part.needs.compactMap(HistoriesPart.folder(ofKey:))
    return try Dictionary(grouping: folders, by: \.self).reduce(0) { sum, tasks in
      // All shards of a folder are of one size.
      let one = HistoriesPart(task: TaskID(0), index: 0, folder: tasks.key, sections: [])
      return try sum + tasks.value.count * one.estimate(by: self).bytes
    }
  }
}

extension ModelPart {
  public func leastMemory(in experiment: Experiment, workers: Int) -> Int {
    method.leastMemory(in: experiment, workers: workers)
  }

  public func estimate(by estimator: Estimator) throws -> PartEstimate {
    let sample = try estimator.trainingSample(of: method)
    let (updates, stepsPerUpdate) = method.extent(in: estimator.experiment.configuration)
    let parameters = method.model(in: estimator.experiment).parameterCount
    // About the bytes of a row, in training.csv and in training.tfevents.
    let bytesPerUpdate = 70 + 105
    return try PartEstimate(
      steps: updates * stepsPerUpdate,
      bytes: (1 + sample.keptModels) * parameters * MemoryLayout<Float>.size
        + updates * bytesPerUpdate,
      memory: estimator.memoryOfProgram + sample.memory + estimator.mappedBytes(of: self),
      seconds: Double(updates) * sample.secondsPerUpdate)
  }
}

extension ReturnsPart {
  /// The model and its packed weights, for each worker's streams.
  public func leastMemory(in experiment: Experiment, workers: Int) -> Int {
    guard let method = evaluated.method else { return 0 }
    return 3 * method.model(in: experiment).parameterCount * MemoryLayout<Float>.size
  }

  public func estimate(by estimator: Estimator) throws -> PartEstimate {
    let experiment = estimator.experiment
    let settings = experiment.configuration.evaluate
    let tasks = try experiment.tasks(in: split).count
    let seeds = evaluated.condition.isControl ? settings.controlSeeds : settings.seeds
    let rows = tasks * seeds * settings.episodes
    // About the bytes of a row, which stands in the part's own file and in the joined one; returns that are no
    // whole numbers are longer.
    let bytesPerRow = 2 * (experiment.family.interface.rewards == nil ? 46 : 36)
    guard let method = evaluated.method else {
      return try PartEstimate(
        bytes: rows * bytesPerRow,
        memory: estimator.memoryOfProgram + estimator.mappedBytes(of: self))
    }
    let lengths = try estimator.recordingSample()
    let sample = try estimator.rolloutSample(of: method)
    // Models come to act as the source does once it has learned.
    let stepsOfStream = Double(settings.episodes) * lengths.lateLength
    let filling = min(stepsOfStream, sample.fillingSteps) / max(sample.fillingSteps, 1)
    let ofGroups =
      filling * sample.fillingSeconds
      + max(0, stepsOfStream - sample.fillingSteps) * sample.secondsPerStep
    return try PartEstimate(
      steps: Int((Double(tasks * seeds) * stepsOfStream).rounded()),
      bytes: rows * bytesPerRow,
      memory: estimator.memoryOfProgram + sample.memory + estimator.mappedBytes(of: self)
        + rows * MemoryLayout<ReturnsTable.Row>.stride,
      seconds: ofGroups * Double(tasks * seeds) / Double(sample.streams))
  }
}
