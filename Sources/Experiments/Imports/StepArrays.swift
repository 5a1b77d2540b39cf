// Our own layout of arrays, read from front to back: one row for each step. data/schema.md has it in ten lines. The
// file is read twice: first all of it is looked at, so that nothing is written of a bad one; then it is written.

internal import Foundation
internal import LearningHistories
internal import SourceAlgorithms
internal import Tasks
internal import TensorFiles

/// What the user says of arrays that do not say it themselves.
public struct ImportHints: Sendable {
  /// The task of all steps.
  public var task: Int?
  /// The steps of every episode.
  public var episodeLength: Int?
  /// The number of actions.
  public var actions: Int?
  /// Whether observed bytes are categories, not numbers from 0 to 255.
  public var categories = false

  /// Nothing is said.
  public init() {}
}

/// One step of the arrays.
struct ArrayStep {
  var observation: ArraySlice<Double>
  var actions: ArraySlice<Double>
  var reward: Double
  var expert: ArraySlice<Double>?
  var task: Int
  /// Which history, where the file says so.
  var history: Int
  var isTerminated: Bool
  var isTruncated: Bool
}

/// Some rows of an array that may be left out.
private final class Column {
  private let reader: ArrayReader?
  private let name: String
  private let width: Int
  private var values: [Double] = []

  init(_ reader: ArrayReader?, name: String) {
    self.reader = reader
    self.name = name
    width = reader?.width ?? 0
  }

  func read(_ rows: Int) throws { values = try reader?.read(rows: rows) ?? [] }

  /// A row; nil if there is no such array.
  func slice(_ row: Int) -> ArraySlice<Double>? {
    reader == nil ? nil : values[row * width..<(row + 1) * width]
  }

  /// The one number of a row.
  func number(_ row: Int) -> Double? { reader == nil ? nil : values[row] }

  /// The one number of a row, a whole one from 0.
  func whole(_ row: Int, at step: Int, of path: String) throws -> Int? {
    guard let value = number(row) else { return nil }
    guard let number = Int(exactly: value), number >= 0 else {
      throw ImportError.impossible(
        path: path, array: name, step: step, expected: "a whole number from 0", found: "\(value)")
    }
    return number
  }
}

/// The arrays of a file.
struct StepArrays {
  static let layout = "data/schema.md has the layout"

  let file: ArrayFile
  let hints: ImportHints
  var path: String { file.url.relativePath }

  init(reading url: URL, _ hints: ImportHints) throws {
    file = try ArrayFile(reading: url)
    self.hints = hints
    guard file.names.contains("actions"), file.names.contains("rewards") else {
      throw ImportError.unusable(
        path: path,
        reason:
          "it has the arrays \(file.names.prefix(8).joined(separator: ", ")), but 'actions' and 'rewards' are needed; \(Self.layout)"
      )
    }
    guard file.names.contains("tasks") || hints.task != nil else {
      throw ImportError.notSaid(
        path: path, what: "which task each step is of (an array 'tasks')",
        option: "--task NUMBER, if all are of one")
    }
    let ends = file.names.contains("terminations") || file.names.contains("truncations")
    guard ends || hints.episodeLength != nil else {
      throw ImportError.notSaid(
        path: path, what: "where episodes end (an array 'terminations' or 'truncations')",
        option: "--episode-length STEPS, if all are of one length")
    }
  }

  /// The shape of what is observed at a step; nil if nothing is.
  func observationShape() throws -> (shape: [Int], type: ArrayType)? {
    try file.array("observations").map { ($0.rowShape, $0.type) }
  }

  /// The interface, where an array of its JSON's bytes says it.
  func saidInterface() throws -> TaskInterface? {
    guard let array = try file.array("interface") else { return nil }
    let bytes = try array.read(rows: array.rows).compactMap(UInt8.init(exactly:))
    do {
      return try TaskInterface(json: String(decoding: bytes, as: UTF8.self))
    } catch {
      throw ImportError.unusable(path: path, reason: "its 'interface' is none: \(error)")
    }
  }

  /// Calls for each step in turn.
  func forEachStep(_ body: (Int, ArrayStep) throws -> Void) throws {
    let names = [
      "observations", "actions", "rewards", "expert_actions", "tasks", "histories", "terminations",
      "truncations",
    ]
    var readers: [String: ArrayReader] = [:]
    for name in names { readers[name] = try file.array(name) }
    let count = readers["actions"]?.rows ?? 0
    guard count > 0 else { throw ImportError.unusable(path: path, reason: "it has no steps") }
    for reader in names.compactMap({ readers[$0] }) where reader.rows != count {
      throw ImportError.unusable(
        path: path,
        reason: "'\(reader.name)' has \(reader.rows) steps and 'actions' \(count); \(Self.layout)")
    }
    for name in ["rewards", "tasks", "histories", "terminations", "truncations"] {
      if let reader = readers[name], reader.width != 1 {
        throw ImportError.unusable(
          path: path, reason: "'\(name)' has \(reader.width) numbers a step, expected one")
      }
    }
    if let expert = readers["expert_actions"], expert.width != readers["actions"]?.width {
      throw ImportError.unusable(
        path: path, reason: "'expert_actions' has another shape than 'actions'")
    }
    let widest = names.compactMap { readers[$0]?.width }.max() ?? 1
    let block = max(1, min(16_384, (1 << 20) / widest))
    // Named once: a look-up for every step of a large file would take longer than reading it.
    let columns = names.map { Column(readers[$0], name: $0) }
    let (observations, actions, rewards, experts) = (columns[0], columns[1], columns[2], columns[3])
    let (tasks, histories, terminations, truncations) = (
      columns[4], columns[5], columns[6], columns[7]
    )
    var first = 0
    while first < count {
      let rows = min(block, count - first)
      for column in columns { try column.read(rows) }
      for row in 0..<rows {
        let step = ArrayStep(
          observation: observations.slice(row) ?? [], actions: actions.slice(row) ?? [],
          reward: rewards.number(row) ?? .nan, expert: experts.slice(row),
          task: try hints.task ?? tasks.whole(row, at: first + row, of: path) ?? 0,
          history: try histories.whole(row, at: first + row, of: path) ?? 0,
          isTerminated: terminations.number(row) == 1, isTruncated: truncations.number(row) == 1)
        try body(first + row, step)
      }
      first += rows
    }
  }

  /// Calls for each episode in turn: its steps, and where it stands in the file.
  func forEachEpisode(_ body: ([ArrayStep], Int) throws -> Void) throws {
    var episode: [ArrayStep] = []
    var start = 0
    func finish() throws {
      guard !episode.isEmpty else { return }
      try body(episode, start)
      start += episode.count
      episode.removeAll(keepingCapacity: true)
    }
    try forEachStep { _, step in
      if let last = episode.last, last.task != step.task || last.history != step.history {
        try finish()
      }
      episode.append(step)
      if step.isTerminated || step.isTruncated || episode.count == hints.episodeLength {
        try finish()
      } else if episode.count > TaskInterface.greatestEpisodeLength {
        throw ImportError.unusable(
          path: path,
          reason: "the episode that begins at step \(start) has more than "
            + "\(TaskInterface.greatestEpisodeLength) steps; check 'terminations' and 'truncations'"
        )
      }
    }
    try finish()
  }
}

/// What a look at all arrays finds.
struct ArraySurvey {
  /// The tasks, in the order of the file.
  let tasks: [TaskID]
  /// What all tasks share.
  let interface: TaskInterface
  /// The most episodes of a history.
  let mostEpisodes: Int

  /// Looks at every step.
  /// - Parameter known: What the family's tasks have; nil if the arrays are to say it.
  init(_ arrays: StepArrays, known: TaskInterface?) throws {
    var rewards: Set<Float>? = []
    var sizes: [Double] = []
    var factors: [Double] = []
    var longest = 0
    var tasks: [TaskID] = []
    var mostEpisodes = 0
    var place: (task: Int, history: Int)?
    var episodes = 0
    var seenTasks: Set<Int> = []
    var seenHistories: Set<Int> = []
    let seen = try arrays.observationShape()
    func check(_ value: Double, _ array: String, _ step: Int, isWhole: Bool) throws {
      let holds = isWhole ? Int(exactly: value).map { $0 >= 0 } ?? false : Float(value).isFinite
      guard !holds else { return }
      throw ImportError.impossible(
        path: arrays.path, array: array, step: step,
        expected: isWhole ? "a whole number from 0" : "a finite number", found: "\(value)")
    }
    try arrays.forEachEpisode { steps, start in
      guard let first = steps.first else { return }
      if place.map({ $0 != (first.task, first.history) }) ?? true {
        if place?.task != first.task {
          guard seenTasks.insert(first.task).inserted else {
            throw ImportError.unusable(
              path: arrays.path,
              reason:
                "the steps of task \(first.task) stand in several places; put them one after another"
            )
          }
          tasks.append(TaskID(first.task))
          seenHistories = []
        }
        guard seenHistories.insert(first.history).inserted else {
          throw ImportError.unusable(
            path: arrays.path,
            reason:
              "history \(first.history) of task \(first.task) stands in several places; put its steps "
              + "one after another")
        }
        place = (first.task, first.history)
        episodes = 0
      }
      episodes += 1
      mostEpisodes = max(mostEpisodes, episodes)
      longest = max(longest, steps.count)
      for (offset, step) in steps.enumerated() {
        let number = start + offset
        try check(step.reward, "rewards", number, isWhole: false)
        rewards?.insert(Float(step.reward))
        if let count = rewards?.count, count > 16 { rewards = nil }
        for (column, value) in step.observation.enumerated() {
          try check(value, "observations", number, isWhole: !(seen?.type.isFloat ?? true))
          if sizes.count <= column { sizes.append(0) }
          sizes[column] = max(sizes[column], value + 1)
        }
        for (name, values) in [("actions", step.actions), ("expert_actions", step.expert ?? [])] {
          for (column, value) in values.enumerated() {
            try check(value, name, number, isWhole: true)
            if factors.count <= column { factors.append(0) }
            factors[column] = max(factors[column], value + 1)
          }
        }
      }
    }
    self.tasks = tasks
    self.mostEpisodes = mostEpisodes
    if let known = try known ?? arrays.saidInterface() {
      interface = known
      return
    }
    var choices = factors.map { Int(min($0, 1e9)) }
    if let actions = arrays.hints.actions, choices.count == 1 {
      choices[0] = max(choices[0], actions)
    }
    let count = sizes.count
    let greatest = sizes.max() ?? 0
    let sight: Sight
    if seen?.type.isFloat == true {
      sight = .floats(count: count)
    } else if count <= 4 && seen?.shape.count ?? 0 <= 1 && !arrays.hints.categories {
      sight = .cells
    } else {
      let shape = seen?.shape ?? []
      sight =
        seen?.type == .uint8 && !arrays.hints.categories
        ? .tensor(shape: shape) : .categories(shape: shape, values: Int(min(greatest, 1e9)))
    }
    let components = sight == .cells ? sizes.map { Int(min($0, 1e9)) } : []
    let given = rewards.map { $0.sorted() }
    let problem = TaskInterface.problem(
      observationSizes: components, sight: sight, actionFactors: choices, episodeLength: longest,
      rewards: given, rewardScale: 1)
    if let problem {
      throw ImportError.unusable(path: arrays.path, reason: "no task here can have \(problem)")
    }
    interface = TaskInterface(
      observationSizes: components, sight: sight, actionFactors: choices, episodeLength: longest,
      rewards: given)
  }
}

extension StepArrays {
  /// Writes the set, a task at a time.
  func write(_ description: HistorySetDescription, to folder: URL) throws {
    let writer = try HistoryWriter(description, to: folder)
    let interface = description.interface
    var histories: [RecordedHistory] = []
    var place: (task: Int, history: Int)?
    try forEachEpisode { steps, start in
      guard let first = steps.first else { return }
      if place.map({ $0 != (first.task, first.history) }) ?? true {
        if let place, place.task != first.task {
          try writer.write(histories)
          histories = []
        }
        histories.append(
          RecordedHistory(of: TaskID(first.task), interface, learner: histories.count))
        place = (first.task, first.history)
      }
      var episode = Episode()
      for (offset, step) in steps.enumerated() {
        let reward = Float(step.reward)
        episode.append(
          try observation(step.observation, interface, step: start + offset),
          try action(step.actions, interface, "actions", step: start + offset),
          step.isTerminated ? .terminated(reward: reward) : .step(reward: reward),
          expertAction: try step.expert.map {
            try action($0, interface, "expert_actions", step: start + offset)
          })
      }
      try histories[histories.count - 1].append(episode)
    }
    try writer.write(histories)
    try writer.finish()
  }

  private func observation(
    _ values: ArraySlice<Double>, _ interface: TaskInterface, step: Int
  ) throws -> Observation {
    func refuse(_ expected: String) -> ImportError {
      .impossible(
        path: path, array: "observations", step: step, expected: expected,
        found: "\(Array(values.prefix(8)))")
    }
    switch interface.sight {
    case .floats(let count):
      guard values.count == count else { throw refuse("\(count) numbers") }
      return Observation(floats: values.map { Float($0) })
    case .tensor, .categories:
      guard values.count == interface.sight.carriedCount, values.allSatisfy({ 0...255 ~= $0 })
      else {
        throw refuse("\(interface.sight.carriedCount) bytes")
      }
      return Observation(bytes: values.map { UInt8($0) })
    case .cells, .vector, .image:
      guard values.count == interface.observationSizes.count,
        zip(values, interface.observationSizes).allSatisfy({ $0 >= 0 && $0 < Double($1) })
      else { throw refuse("components below \(interface.observationSizes)") }
      var components = SIMD4<UInt8>()
      for (index, value) in values.enumerated() { components[index] = UInt8(value) }
      return Observation(components: components)
    }
  }

  private func action(
    _ choices: ArraySlice<Double>, _ interface: TaskInterface, _ array: String, step: Int
  ) throws -> Int {
    let factors = interface.actionFactors
    guard choices.count == factors.count, zip(choices, factors).allSatisfy({ $0 < Double($1) })
    else {
      throw ImportError.impossible(
        path: path, array: array, step: step, expected: "choices below \(factors)",
        found: "\(choices.map { Int($0) })")
    }
    return interface.action(choosing: choices.map { Int($0) })
  }
}
