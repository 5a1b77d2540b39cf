// attention: what frozen transformers attend to in what they have lived through, early and late, as a table and a
// picture. A window is read as one context from its beginning; while it was lived, a full context had been cut.

internal import Evaluation
internal import Foundation
internal import LinearAlgebra
internal import Models
internal import Pictures
internal import Randomness
internal import Reports
internal import Tasks
internal import TensorFiles

/// Looks at the attention of a run's AD models in its first held-out tasks.
public struct AttentionStage {
  private let run: Run
  private let method = AlgorithmDistillation()
  private let tasks: [TaskID]
  private let firstSteps: [Int]
  private let command: String

  /// The stage of a run.
  /// - Parameters:
  ///   - taskCount: How many tasks to act in, the first ones of the first test set.
  ///   - lateStep: The step at whose next episode the late window begins; the early one is the first.
  ///   - command: What the files say made them.
  public init(_ run: Run, taskCount: Int, lateStep: Int, command: String) throws {
    self.run = run
    tasks = Array(try run.experiment.tasks(in: run.experiment.testedSplits[0]).prefix(taskCount))
    firstSteps = [0, lateStep]
    self.command = command
  }

  /// Writes NAME.csv and NAME.png into a folder.
  /// - Parameter overwriting: Whether files that another command made are replaced.
  public func perform(_ name: String, into folder: String, overwriting: Bool = false) throws {
    if !overwriting {
      try requireOwn(table: "\(folder)/\(name).csv", beside: ["png"], command: command)
    }
    let seeds = run.folder.trainedSeeds(of: method)
    guard !seeds.isEmpty else {
      throw StageError.notYet(
        missing: run.folder.models(of: method),
        command: commandText("train", "--run", run.folder.path, "--method", method.name))
    }
    let configuration = method.model(in: run.experiment)
    guard configuration.model.architecture == .transformer else {
      throw StageError.attendsToNothing(path: run.folder.path)
    }
    let looked = try look(configuration, seeds)
    try makeFolder(folder)
    try writeFile(looked.table.csv, to: "\(folder)/\(name).csv")
    run.console.wrote("\(folder)/\(name).csv")
    let file = "\(folder)/\(name).png"
    try AtomicFile.write(
      PNG.encode(looked.picture), to: URL(fileURLWithPath: file), replacing: true)
    run.console.wrote(file)
  }

  /// The shares of all heads, and the picture of the first model in the first task.
  private func look(
    _ configuration: ModelConfiguration, _ seeds: [Int]
  ) throws -> (table: AttentionTable, picture: Picture) {
    let shape = ShareShape(configuration, windows: firstSteps.count)
    var shares = CellMeans(tasks: tasks.count, trainSeeds: seeds.count, width: shape.count)
    var even = [Double](repeating: 0, count: shape.count)
    var starts = [Double](repeating: 0, count: firstSteps.count)
    var squares: [Picture] = []
    let streams = seeds.count * tasks.count
    let line = run.console.progress("attention of \(method.name):", total: streams, unit: "streams")
    let pass = TransformerPass(configuration, windowCount: 1, renderer: run.family.renderer)
    for (seedIndex, seed) in seeds.enumerated() {
      let parameters = try run.parameters(of: method, trainSeed: seed)
      for (taskIndex, task) in tasks.enumerated() {
        let first = (taskIndex * seeds.count + seedIndex) * shape.count
        let isFirst = taskIndex == 0 && seedIndex == 0
        for (number, lived) in try live(parameters, in: task, trainSeed: seed).enumerated() {
          starts[number] += Double(lived.firstStep) / Double(streams)
          _ = pass.forward(lived.window.batch, windows: 0..<1, parameters)
          let layers = (0..<configuration.model.layers).map {
            pass.attention(layer: $0, window: 0)
          }
          for (index, place) in shape.places.enumerated() where place.window == number {
            let found = lived.window.shares(of: place.part, in: layers[place.layer][place.head])
            guard let found else {
              throw StageError.contextOfOneEpisode(
                path: run.folder.path, steps: configuration.contextSteps,
                episode: run.family.interface.episodeLength)
            }
            shares.values[first + index] = found.attended
            even[index] += found.even / Double(streams)
          }
          if isFirst { squares += layers.map { square(lived.window, $0) } }
        }
        line.advance(by: 1)
      }
    }
    line.finish()
    let bootstrap = Bootstrap(
      tasks: tasks.count, trainSeeds: seeds.count, seed: run.seed.seed(for: "bootstrap"))
    let estimates = bootstrap.estimates(of: shares)
    let rows = shape.places.enumerated().map { index, place in
      AttentionRow(
        firstStep: starts[place.window], layer: place.layer + 1, head: place.head + 1,
        part: place.part, share: estimates[index], even: even[index])
    }
    return (
      AttentionTable(rows, tasks: tasks.count, trainSeeds: seeds.count, command: command),
      Picture.sheet(squares, perRow: configuration.model.layers, gap: 8)
    )
  }

  /// Acts in a task until the last window is full, and returns the windows with the steps lived before each.
  private func live(
    _ parameters: Parameters, in task: TaskID, trainSeed: Int
  ) throws -> [(firstStep: Int, window: AttendedWindow)] {
    let length = parameters.configuration.contextSteps
    var conditions = method.rolloutConditions(in: run.configuration)
    conditions.watchedTask = task
    let enough = (firstSteps.max() ?? 0) + length + run.family.interface.episodeLength
    var episodes = enough / run.family.interface.episodeLength + 1
    while true {
      let rollout = InContextRollout(
        episodes: episodes, seedsPerTask: 1, conditions: conditions,
        seed: run.seed.seed(for: "evaluate", trainSeed))
      let steps = try rollout.run(parameters, in: run.family, tasks: [task], workers: 1)[0].steps
      let starts = firstSteps.compactMap { first in
        steps.indices.first { $0 >= first && steps[$0].startsEpisode }
      }
      if starts.count == firstSteps.count, starts.allSatisfy({ $0 + length <= steps.count }) {
        return starts.map {
          (
            $0,
            AttendedWindow(
              Array(steps[$0..<$0 + length]),
              tokensPerStep: parameters.configuration.model.tokensPerStep)
          )
        }
      }
      // Episodes that end early are shorter.
      episodes *= 2
    }
  }
}

/// How the shares of a stream lie in a row of numbers.
private struct ShareShape {
  struct Place {
    let window: Int
    let layer: Int
    let head: Int
    let part: AttendedPart
  }

  let places: [Place]
  var count: Int { places.count }

  init(_ configuration: ModelConfiguration, windows: Int) {
    let (layers, heads) = (configuration.model.layers, configuration.model.heads)
    places = (0..<windows).flatMap { window in
      (0..<layers).flatMap { layer in
        (0..<heads).flatMap { head in
          AttendedPart.allCases.map {
            Place(window: window, layer: layer, head: head, part: $0)
          }
        }
      }
    }
  }
}

// MARK: The picture

extension AttentionStage {
  /// The mean attention of a layer's heads: from each token, downwards, to each before it, rightwards, relative to the
  /// most that the token gives to any. Above the diagonal, where nothing can be attended to, every second episode is
  /// grey and a token that tells of a reward is red.
  private func square(_ window: AttendedWindow, _ heads: [Matrix]) -> Picture {
    let count = window.tokenCount
    var pixels: [UInt8] = []
    pixels.reserveCapacity(count * count * 3)
    for query in 0..<count {
      let weights = (0...query).map { key in heads.reduce(0) { $0 + $1[query, key] } }
      let most = max(weights.max() ?? 0, Float.leastNormalMagnitude)
      for key in 0..<count {
        guard key > query else {
          // White to blue; a root shows what is small.
          let depth = (weights[key] / most).squareRoot()
          pixels += [225, 190, 90].map { UInt8(255 - depth * $0) }
          continue
        }
        if window.tellsOfReward(key) {
          pixels += [214, 69, 65]
        } else {
          pixels += window.episode(of: key) % 2 == 0 ? [255, 255, 255] : [232, 232, 232]
        }
      }
    }
    return Picture(rows: count, columns: count, pixels: pixels)
  }
}
