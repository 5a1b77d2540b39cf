// The file of tasks: which keyword arguments make an environment's tasks, listed or generated.

internal import Foundation
internal import Synchronization
internal import Yams

/// One task: what makes its environment.
struct GymnasiumTask: Equatable, Sendable {
  /// The keyword arguments of `gymnasium.make`.
  var arguments: [String: JSONValue] = [:]
  /// What every episode is reset with; nil if only the first of a life is.
  var seed: Int?
  /// The greatest expected return of an episode, if it is known.
  var optimum: Double?
  /// What distinguishes the task, for people.
  var label = ""
}

/// The tasks of a family as a file or a configuration has them.
///
/// Either `tasks` lists them, or `product` and `seeds` generate every combination of their values, the last one
/// changing fastest. `arguments` and `optimum` are of all tasks that do not give their own.
struct GymnasiumTaskList: Codable, Equatable, Sendable {
  /// One of the listed tasks.
  struct Listed: Codable, Equatable, Sendable {
    var arguments: [String: JSONValue]?
    var seed: Int?
    var optimum: Double?
    var label: String?
  }

  /// Whole numbers: `count` of them from `from` on.
  struct Numbers: Codable, Equatable, Sendable {
    var from: Int
    var count: Int
  }

  /// The values that one argument takes.
  enum Values: Codable, Equatable, Sendable {
    case listed([JSONValue])
    case numbers(Numbers)

    init(from decoder: any Decoder) throws {
      if let numbers = try? Numbers(from: decoder) {
        self = .numbers(numbers)
      } else {
        self = .listed(try [JSONValue](from: decoder))
      }
    }

    func encode(to encoder: any Encoder) throws {
      switch self {
      case .listed(let values): try values.encode(to: encoder)
      case .numbers(let numbers): try numbers.encode(to: encoder)
      }
    }

    var all: [JSONValue] {
      switch self {
      case .listed(let values): values
      case .numbers(let numbers): (0..<numbers.count).map { .integer(numbers.from + $0) }
      }
    }

    var count: Int {
      switch self {
      case .listed(let values): values.count
      case .numbers(let numbers): numbers.count
      }
    }
  }

  var arguments: [String: JSONValue]?
  var optimum: Double?
  var product: [String: Values]?
  var seeds: Numbers?
  var tasks: [Listed]?

  private static let keys: Set = ["arguments", "optimum", "product", "seeds", "tasks"]
  private static let listedKeys: Set = ["arguments", "seed", "optimum", "label"]
  /// The most tasks.
  static let greatestCount = 1_000_000

  /// The tasks of the text that was read last: settings are values, and each check and each family reads their text again.
  private static let latest = Mutex<(text: String, tasks: [GymnasiumTask])?>(nil)

  /// The tasks that a text says, in order.
  /// - Throws: `TaskListProblem`.
  static func tasks(in text: String) throws -> [GymnasiumTask] {
    if let known = latest.withLock({ $0?.text == text ? $0?.tasks : nil }) { return known }
    let tasks = try GymnasiumTaskList(text).all
    latest.withLock { $0 = (text, tasks) }
    return tasks
  }

  /// What a text says: the JSON that `json` is, or YAML.
  /// - Throws: `TaskListProblem`.
  init(_ text: String) throws {
    let node: Node?
    do {
      node = try composed(yaml: text)
    } catch let error as TooManyAliases {
      throw TaskListProblem(reason: error.description)
    } catch {
      throw TaskListProblem(reason: "is not YAML: \(error)")
    }
    guard let node, let mapping = node.mapping else {
      throw TaskListProblem(
        reason: "must have keys: tasks, or product and seeds, and arguments and optimum")
    }
    try Self.require(mapping, toHave: Self.keys, in: "")
    for (index, task) in (node["tasks"]?.sequence ?? []).enumerated() {
      guard let mapping = task.mapping else {
        throw TaskListProblem(reason: "must have keys such as arguments in its task \(index)")
      }
      try Self.require(mapping, toHave: Self.listedKeys, in: "its task \(index)'s ")
    }
    do {
      self = try JSONDecoder().decode(Self.self, from: JSONEncoder().encode(JSONValue(node)))
    } catch let problem as TaskListProblem {
      throw problem
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.dataCorrupted(let context)
    {
      let path = context.codingPath.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }
      throw TaskListProblem(
        reason: "has something else than expected at '\(path.joined(separator: "."))': "
          + context.debugDescription)
    } catch {
      throw TaskListProblem(reason: "cannot be read: \(error)")
    }
    try requireTasks()
  }

  /// The tasks, in order.
  var all: [GymnasiumTask] {
    let shared = arguments ?? [:]
    if let tasks {
      return tasks.enumerated().map { index, task in
        let own = task.arguments ?? [:]
        return GymnasiumTask(
          arguments: shared.merging(own) { $1 }, seed: task.seed,
          optimum: task.optimum ?? optimum,
          label: task.label ?? Self.label(of: own, seed: task.seed, or: index))
      }
    }
    var all = [GymnasiumTask(arguments: [:], seed: nil, optimum: optimum)]
    for (key, values) in (product ?? [:]).sorted(by: { $0.key < $1.key }) {
      all = all.flatMap { task in
        values.all.map { value in
          var task = task
          task.arguments[key] = value
          return task
        }
      }
    }
    if let seeds {
      all = all.flatMap { task in
        (0..<seeds.count).map { number in
          var task = task
          task.seed = seeds.from + number
          return task
        }
      }
    }
    return all.enumerated().map { index, task in
      var task = task
      task.label = Self.label(of: task.arguments, seed: task.seed, or: index)
      task.arguments.merge(shared) { own, _ in own }
      return task
    }
  }

  /// The one way in which it is written: JSON whose keys are in order.
  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    guard let data = try? encoder.encode(self) else {
      preconditionFailure("tasks that were read cannot be written: \(self)")
    }
    return String(decoding: data, as: UTF8.self)
  }

  private func requireTasks() throws(TaskListProblem) {
    if tasks != nil && (product != nil || seeds != nil) {
      throw TaskListProblem(reason: "has tasks beside product or seeds; give one of them")
    }
    for numbers in [seeds].compactMap({ $0 }) where numbers.from < 0 || numbers.count < 1 {
      throw TaskListProblem(reason: "has seeds from \(numbers.from), \(numbers.count) of them")
    }
    var count = 1.0
    for values in (product ?? [:]).values { count *= Double(values.count) }
    if let seeds { count *= Double(seeds.count) }
    if let tasks { count = Double(tasks.count) }
    guard (1...Double(Self.greatestCount)).contains(count) else {
      throw TaskListProblem(reason: "has \(count) tasks, not 1 to \(Self.greatestCount)")
    }
    if let seed = (tasks ?? []).compactMap(\.seed).first(where: { $0 < 0 }) {
      throw TaskListProblem(reason: "has the seed \(seed), which must be 0 or more")
    }
  }

  private static func require(
    _ mapping: Node.Mapping, toHave keys: Set<String>, in place: String
  ) throws(TaskListProblem) {
    for key in mapping.keys where !keys.contains(key.string ?? "") {
      throw TaskListProblem(
        reason: "has \(place)key '\(key.string ?? "\(key)")', where there are "
          + keys.sorted().joined(separator: ", "))
    }
  }

  private static func label(
    of arguments: [String: JSONValue], seed: Int?, or index: Int
  ) -> String {
    let parts =
      arguments.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }
      + (seed.map { ["seed \($0)"] } ?? [])
    return parts.isEmpty ? "task \(index)" : parts.joined(separator: ", ")
  }
}

/// What is wrong with a list of tasks, as the rest of a sentence that its file begins.
struct TaskListProblem: Error {
  let reason: String
}

/// A value of JSON.
enum JSONValue: Codable, Equatable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  /// What YAML says.
  /// - Throws: `TaskListProblem` for what JSON has no word for.
  init(_ node: Node) throws {
    switch node {
    case .sequence(let sequence): self = .list(try sequence.map(JSONValue.init))
    case .mapping(let mapping):
      var object: [String: JSONValue] = [:]
      for (key, value) in mapping { object[key.string ?? ""] = try JSONValue(value) }
      self = .object(object)
    case .alias:
      throw TaskListProblem(reason: "has an alias that leads nowhere")
    case .scalar:
      if node.null != nil {
        self = .null
      } else if let value = node.bool {
        self = .boolean(value)
      } else if let value = node.wholeNumber {
        self = .integer(value)
      } else if let value = node.number {
        guard value.isFinite else { throw TaskListProblem(reason: "has the number \(value)") }
        self = .number(value)
      } else {
        self = .text(node.string ?? "")
      }
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .boolean(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .null: try container.encodeNil()
    case .boolean(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    case .object(let value): try container.encode(value)
    }
  }

  /// For people.
  var text: String {
    switch self {
    case .null: "none"
    case .boolean(let value): "\(value)"
    case .integer(let value): "\(value)"
    case .number(let value): "\(value)"
    case .text(let value): value
    case .list(let values): values.map(\.text).joined(separator: " ")
    case .object(let values):
      values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }
        .joined(separator: " ")
    }
  }
}
