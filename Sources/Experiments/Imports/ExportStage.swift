// export: a set of histories as arrays of steps for NumPy, or as a Minari data set through the Python package; histories
// or a model as a folder for Hugging Face's hub.

internal import Foundation
internal import LearningHistories
internal import Tasks
internal import TensorFiles

/// The layouts that histories are written in.
public enum ExportFormat: String, CaseIterable, Sendable {
  /// Arrays of NumPy's, as `import npz` reads them.
  case npz
  /// A Minari data set, with the task, the history and the episode in each episode's attributes.
  case minari
  /// A folder for Hugging Face's hub, of histories or of a model.
  case hub
}

/// Writes histories for others to read.
public struct ExportStage {
  private let format: ExportFormat
  private let source: String
  private let output: String
  private let license: String?
  private let console: Console

  /// - Parameters:
  ///   - source: A run folder, or a folder of histories; for the hub also a model.
  ///   - output: A file of arrays, or the folder of a data set; neither may be there.
  ///   - license: What the hub's card says of the licence, such as `mit`; nil says nothing.
  public init(
    _ format: ExportFormat, _ source: String, to output: String, license: String? = nil,
    console: Console
  ) {
    self.license = license
    self.format = format
    self.source = source
    self.output = output
    self.console = console
  }

  /// Reads, checks and writes.
  public func perform() throws {
    let manager = FileManager.default
    if format == .hub,
      manager.fileExists(atPath: "\(source)/model.safetensors")
        || source.hasSuffix(".safetensors")
    {
      try requireFree()
      return try writeFolder(try ModelCard(ofModel: source, license: license))
    }
    let run = RunFolder(source)
    let isRun = manager.fileExists(atPath: run.manifest)
    let folder = URL(fileURLWithPath: isRun ? run.histories : run.path)
    let problems = HistorySet.problems(in: folder)
    guard problems.isEmpty else { throw DamagedHistories(problems: problems) }
    try requireFree()
    switch format {
    case .npz:
      let set = try HistorySet(reading: folder)
      let file = URL(fileURLWithPath: output)
      try makeFolder(file.deletingLastPathComponent().path)
      try ArrayFile.writeNPZ(arrays(of: set), to: file)
    case .minari:
      try Converter.run([
        "-m", "algorithm_distillation.convert", "export-minari", folder.path, "--out", output,
      ])
    case .hub:
      return try writeFolder(try DatasetCard(of: try HistorySet(reading: folder), license: license))
    }
    console.wrote(output)
  }

  private func requireFree() throws {
    guard !FileManager.default.fileExists(atPath: output) else {
      throw StageError.taken(path: output)
    }
  }

  /// Writes the folder of a card: it is whole, or not there.
  private func writeFolder(_ card: some HubCard) throws {
    let unfinished = RunFolder(output).path + ".tmp"
    try removeIfPresent(unfinished)
    try makeFolder(unfinished)
    do {
      for (from, name) in card.copied { try copyFile(from, to: "\(unfinished)/\(name)") }
      for (name, text) in card.written { try writeFile(text, to: "\(unfinished)/\(name)") }
      try writeFile(try card.text(), to: "\(unfinished)/README.md")
      try moveFile(unfinished, to: RunFolder(output).path)
    } catch {
      try removeIfPresent(unfinished)
      throw error
    }
    if license == nil {
      console.say("the card names no licence: name one with --license, or in \(output)/README.md")
    }
    console.wrote(output)
  }

  private func arrays(of set: HistorySet) -> [NewArray] {
    let interface = set.manifest.interface
    let steps = set.stepCount
    /// All steps of all histories in turn, a history a piece.
    func column(
      _ name: String, _ type: ArrayType, _ shape: [Int] = [],
      _ bytes: @escaping (History, Int, inout [UInt8]) -> Void
    ) -> NewArray {
      NewArray(name, type, shape: [steps] + shape) { take in
        for history in set.histories {
          var block: [UInt8] = []
          for step in 0..<history.stepCount {
            bytes(history, step, &block)
            if block.count >= 1 << 20 {
              try take(block)
              block.removeAll(keepingCapacity: true)
            }
          }
          try take(block)
        }
      }
    }
    let factors = interface.actionFactors
    let isNarrow = factors.allSatisfy { $0 <= 256 }
    func actions(_ name: String, _ action: @escaping (History, Int) -> Int) -> NewArray {
      column(name, isNarrow ? .uint8 : .uint16, factors.count > 1 ? [factors.count] : []) {
        for choice in interface.choices(of: action($0, $1)) {
          $2.append(UInt8(truncatingIfNeeded: choice))
          if !isNarrow { $2.append(UInt8(choice >> 8)) }
        }
      }
    }
    func number(_ number: Int, _ block: inout [UInt8]) {
      for shift in [0, 8, 16, 24] { block.append(UInt8(truncatingIfNeeded: number >> shift)) }
    }
    // Whether a step is the last of an episode that ends in a way: episodes are found in order.
    func ends(_ name: String, whichTerminate: Bool) -> NewArray {
      NewArray(name, .bool, shape: [steps]) { take in
        for history in set.histories {
          var block = [UInt8](repeating: 0, count: history.stepCount)
          for episode in 0..<history.episodeCount
          where history.isTerminated(episode) == whichTerminate {
            block[history.steps(ofEpisode: episode).upperBound - 1] = 1
          }
          try take(block)
        }
      }
    }
    // Histories of a task are numbered in their order.
    func places(_ name: String, _ place: @escaping (Int, History) -> Int) -> NewArray {
      NewArray(name, .uint32, shape: [steps]) { take in
        var task: TaskID?
        var index = 0
        for history in set.histories {
          index = history.task == task ? index + 1 : 0
          task = history.task
          var block: [UInt8] = []
          for _ in 0..<history.stepCount { number(place(index, history), &block) }
          try take(block)
        }
      }
    }
    let json = Array(interface.json.utf8)
    let observations =
      switch interface.sight {
      case .floats(let count):
        column("observations", .float32, [count]) { history, step, block in
          for value in history.observation(at: step).floats {
            number(Int(value.bitPattern), &block)
          }
        }
      case .tensor(let shape), .categories(let shape, _):
        column("observations", .uint8, shape) { $2 += $0.observation(at: $1).bytes }
      case .cells, .vector, .image:
        column("observations", .uint8, [interface.observationSizes.count]) { history, step, block in
          let observation = history.observation(at: step)
          for component in interface.observationSizes.indices {
            block.append(observation[component])
          }
        }
      }
    let hasExperts = set.shards.allSatisfy(\.hasExpertActions)
    return [
      NewArray("interface", .uint8, shape: [json.count]) { try $0(json) }, observations,
      actions("actions") { $0.action(at: $1) },
      column("rewards", .float32) { number(Int($0.reward(at: $1).bitPattern), &$2) },
      ends("terminations", whichTerminate: true), ends("truncations", whichTerminate: false),
      places("tasks") { $1.task.index }, places("histories") { index, _ in index },
    ] + (hasExperts ? [actions("expert_actions") { $0.expertAction(at: $1) ?? 0 }] : [])
  }
}
