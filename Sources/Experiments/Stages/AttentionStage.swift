// attention: what frozen transformers attend to in what they have lived through, early and late, as a table and a
// picture. A window is read as one context from its beginning; while it was lived, a full context had been cut.

internal import Evaluation
internal import Foundation
internal import LinearAlgebra
internal import Pictures
internal import Randomness
internal import Reports
internal import Tasks
internal import TensorFiles
internal import Transformer

/// Looks at the attention of a run's AD models in its first held-out tasks.
package struct AttentionStage {
  private let run: Run
  private let tasks: [TaskID]
  private let firstSteps: [Int]
  private let command: String

  /// The stage of a run.
  /// - Parameters:
  ///   - taskCount: How many tasks to act in, the first ones of the first test set.
  ///   - lateStep: The step at whose next episode the late window begins; the early one is the first.
  ///   - command: What the files say made them.
  package init(_ run: Run, taskCount: Int, lateStep: Int, command: String) throws {
    self.run = run
    tasks = Array(try run.tasks(in: run.testedSplits[0]).prefix(taskCount))
    firstSteps = [0, lateStep]
    self.command = command
  }

  /// Writes NAME.csv and NAME.png into a folder.
  package func perform(_ name: String, into folder: String) throws {
    let seeds = run.folder.trainedSeeds(of: .ad)
    guard !seeds.isEmpty else {
      throw StageError.notYet(
        missing: run.folder.models(of: .ad),
        command: "distill train --run \(run.folder.path) --method ad")
    }
    let configuration = run.transformer(of: .ad)
    guard configuration.model.architecture == .transformer else {
      throw StageError.attendsToNothing(path: run.folder.path)
    }
    let shape = ShareShape(configuration, windows: firstSteps.count)
    var shares = CellMeans(tasks: tasks.count, trainSeeds: seeds.count, width: shape.count)
    var even = shares
    var starts = CellMeans(tasks: tasks.count, trainSeeds: seeds.count, width: firstSteps.count)
    var picture: Picture?
    let line = run.console.progress(
      "attention of ad:", total: seeds.count * tasks.count, unit: "streams")
    let pass = TransformerPass(configuration, windowCount: 1, renderer: run.family.renderer)
    for (seedIndex, seed) in seeds.enumerated() {
      let file = run.folder.model(.ad, trainSeed: seed).model
      run.console.read(file)
      let parameters = try Checkpoint.read(URL(fileURLWithPath: file), expecting: configuration)
      for (taskIndex, task) in tasks.enumerated() {
        let lived = try live(parameters, in: task, trainSeed: seed)
        let maps = lived.map { lived in
          _ = pass.forward(lived.window.batch, windows: 0..<1, parameters)
          return (0..<configuration.model.layers).map { pass.attention(layer: $0, window: 0) }
        }
        let cell = taskIndex * seeds.count + seedIndex
        for (index, lived) in lived.enumerated() {
          starts.values[cell * firstSteps.count + index] = Double(lived.firstStep)
        }
        for (index, place) in shape.places.enumerated() {
          guard
            let found = lived[place.window].window.shares(
              of: place.part, in: maps[place.window][place.layer][place.head])
          else {
            throw StageError.contextOfOneEpisode(
              path: run.folder.path, steps: configuration.contextSteps,
              episode: run.family.interface.episodeLength)
          }
          (shares.values[cell * shape.count + index], even.values[cell * shape.count + index]) =
            found
        }
        if picture == nil { picture = draw(lived.map(\.window), maps) }
        line.advance(by: 1)
      }
    }
    line.finish()
    let bootstrap = Bootstrap(
      tasks: tasks.count, trainSeeds: seeds.count, seed: run.seed.seed(for: "bootstrap"))
    let meanStarts = bootstrap.estimates(of: starts).map(\.mean)
    let rows = zip(
      shape.places, zip(bootstrap.estimates(of: shares), bootstrap.estimates(of: even))
    ).map { place, estimates in
      AttentionRow(
        firstStep: meanStarts[place.window], layer: place.layer + 1, head: place.head + 1,
        part: place.part, share: estimates.0, even: estimates.1.mean)
    }
    let table = AttentionTable(
      rows, tasks: tasks.count, trainSeeds: seeds.count, command: command)
    try makeFolder(folder)
    try writeFile(table.csv, to: "\(folder)/\(name).csv")
    run.console.wrote("\(folder)/\(name).csv")
    guard let picture else { return }
    let file = "\(folder)/\(name).png"
    try AtomicFile.write(PNG.encode(picture), to: URL(fileURLWithPath: file), replacing: true)
    run.console.wrote(file)
  }

  /// Acts in a task until the last window is full, and returns the windows with the steps lived before each.
  private func live(
    _ parameters: Parameters, in task: TaskID, trainSeed: Int
  ) throws -> [(firstStep: Int, window: AttendedWindow)] {
    let length = parameters.configuration.contextSteps
    var conditions = RolloutConditions()
    conditions.temperature = run.configuration.evaluate.temperature
    conditions.droppedFraction = run.configuration.evaluate.droppedFraction
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

  init(_ configuration: TransformerConfiguration, windows: Int) {
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
  /// A row of squares for each window, a square for each layer: the mean attention of its heads, from each token, downwards,
  /// to each before it, rightwards, relative to the most that the token gives to any. Above the diagonal, where nothing can
  /// be attended to, every second episode is grey and a token that tells of a reward is red.
  private func draw(_ windows: [AttendedWindow], _ maps: [[[Matrix]]]) -> Picture {
    let squares = zip(windows, maps).flatMap { window, layers in
      layers.map { square(window, $0) }
    }
    return Picture.sheet(squares, perRow: maps[0].count, gap: 8)
  }

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
