// Reads the file of a sweep: what all its points share, and what each of them sets. Every mistake is collected, with its
// line and column, and none ends the reading.

internal import Yams

/// A point as a file describes it.
struct DescribedPoint {
  /// What it is called.
  let label: String
  /// Where the file describes it.
  let place: SettingOrigin
  /// What it sets.
  let settings: [SettingOverride]
  /// The methods that it names, if it does.
  let methods: [any Method]?
}

/// What a file says of a sweep, and what is wrong with it.
struct SweepReader {
  /// The most points of a sweep.
  private static let mostPoints = 1_000
  private static let keys = ["title", "preset", "base", "methods", "grid", "list"]
  private static let pointKeys = ["name", "set", "methods"]

  private let file: ConfigurationFile
  /// A line for each mistake so far.
  private(set) var problems: [String] = []
  private(set) var title: String?
  /// The preset that all points begin from.
  private(set) var preset: (name: String, place: SettingOrigin)?
  /// What all points set.
  private(set) var base: [SettingOverride] = []
  /// The methods of points that name none.
  private(set) var methods: [any Method] = Registry.standardMethods
  /// In the order of the file, those of the grid first.
  private(set) var points: [DescribedPoint] = []
  /// The setting along the only axis of a grid without a list, if all its values are numbers.
  private(set) var numericSetting: String?
  private var axes: [Axis] = []

  /// A setting of the grid with its values.
  private struct Axis {
    let path: String
    let key: Node
    let values: [Node]
  }

  /// Reads a file.
  /// - Throws: If it is no YAML, or holds no keys.
  init(_ file: ConfigurationFile) throws(ConfigurationError) {
    self.file = file
    let root = try file.mapping()
    var list: [DescribedPoint] = []
    for (key, value) in root.mapping ?? [:] {
      switch key.string {
      case "title": title = text(value, of: "title")
      case "preset": preset = text(value, of: "preset").map { ($0, place(value)) }
      case "base": base = section(value, named: "base")
      case "methods": methods = methods(value) ?? methods
      case "grid": axes = axes(value)
      case "list": list = listed(value)
      default: blameUnknown(key, among: Self.keys, in: "a sweep")
      }
    }
    points = gridPoints() + list
    // Another mistake may be why one of these is missing.
    if problems.isEmpty { requireKeys(of: root.mapping ?? [:]) }
    if axes.count == 1, list.isEmpty, axes[0].path != "seed", axes[0].values.count > 1,
      axes[0].values.allSatisfy({ $0.float?.isFinite == true })
    {
      numericSetting = axes[0].path
    }
  }

  private mutating func requireKeys(of mapping: Node.Mapping) {
    if mapping["preset"] == nil && mapping["base"] == nil {
      problems.append(
        "\(file.name): a sweep needs 'preset', what its points begin from, or 'base', what they all set"
      )
    }
    if mapping["grid"] == nil && mapping["list"] == nil {
      problems.append(
        "\(file.name): a sweep needs 'grid', such as {context.steps: [100, 200]}, or 'list', such as "
          + "[{name: short, set: {context.steps: 100}}]")
    }
  }

  /// Adds a mistake.
  mutating func blame(_ place: SettingOrigin, _ message: String) {
    add(["\(place.prefix)\(message)"])
  }

  /// Adds mistakes, each of which is said once however many points have it.
  mutating func add(_ lines: [String]) {
    problems += lines.filter { !problems.contains($0) }
  }

  private func place(_ node: Node) -> SettingOrigin { SettingOrigin(node, in: file.name) }

  private mutating func blameUnknown(_ key: Node, among known: [String], in what: String) {
    let name = key.string ?? found(key)
    let nearest = nearestName(to: name, among: known).map { "did you mean '\($0)'?" }
    blame(
      place(key),
      "unknown key '\(name)'; " + (nearest ?? "\(what) has \(known.joined(separator: ", "))"))
  }

  // MARK: Values

  private mutating func text(_ node: Node, of key: String) -> String? {
    if let text = node.string, !text.isEmpty, node.null == nil { return text }
    blame(place(node), "'\(key)' must be a text, not \(found(node))")
    return nil
  }

  private mutating func section(_ node: Node, named name: String) -> [SettingOverride] {
    guard node.mapping != nil else {
      blame(
        place(node),
        "'\(name)' must have settings, such as {context.steps: 100}, not \(found(node))")
      return []
    }
    return leaves(node).map { SettingOverride($0.path, $0.value, key: $0.key, in: file.name) }
  }

  /// The single settings of a mapping, whose keys are paths or sections.
  private func leaves(
    _ node: Node, under section: String = ""
  ) -> [(path: String, key: Node, value: Node)] {
    (node.mapping ?? [:]).flatMap { key, value in
      let path = section + (key.string ?? found(key))
      return value.mapping.map { !$0.isEmpty } == true
        ? leaves(value, under: path + ".") : [(path, key, value)]
    }
  }

  private mutating func methods(_ node: Node) -> [any Method]? {
    guard let names = node.sequence, !names.isEmpty else {
      blame(
        place(node), "'methods' must be a list of methods, such as [ad, ed], not \(found(node))")
      return nil
    }
    let known = Registry.methods.map(\.name)
    var chosen: [any Method] = []
    for node in names {
      let name = node.string ?? ""
      guard let method = Registry.method(named: name) else {
        let nearest = nearestName(to: name, among: known).map { "did you mean '\($0)'?" }
        blame(
          place(node),
          "there is no method '\(name)'; "
            + (nearest ?? "there are \(known.joined(separator: ", "))"))
        continue
      }
      if !chosen.contains(where: { $0.name == name }) { chosen.append(method) }
    }
    return chosen
  }

  // MARK: Points

  private mutating func axes(_ node: Node) -> [Axis] {
    guard let mapping = node.mapping, !mapping.isEmpty else {
      blame(
        place(node),
        "'grid' must have settings with lists of values, such as {context.steps: [100, 200]}, not \(found(node))"
      )
      return []
    }
    return axes(mapping, under: "")
  }

  private mutating func axes(_ mapping: Node.Mapping, under section: String) -> [Axis] {
    var axes: [Axis] = []
    for (key, value) in mapping {
      let path = section + (key.string ?? found(key))
      if let inner = value.mapping {
        axes += self.axes(inner, under: path + ".")
      } else if let values = value.sequence, !values.isEmpty {
        axes.append(Axis(path: path, key: key, values: Array(values)))
      } else {
        blame(place(value), "'\(path)' must be a list of values in a grid, not \(found(value))")
      }
    }
    return axes
  }

  /// Every combination of the axes' values, the last axis changing fastest.
  private mutating func gridPoints() -> [DescribedPoint] {
    guard let first = axes.first else { return [] }
    let count = axes.reduce(1.0) { $0 * Double($1.values.count) }
    guard count <= Double(Self.mostPoints) else {
      blame(
        place(first.key),
        "the grid must have at most \(Self.mostPoints) points, not \(Int(min(count, 1e15)))")
      return []
    }
    let names = axes.map { axis in
      let last = axis.path.split(separator: ".").last.map(String.init) ?? axis.path
      let isShared = axes.count { $0.path.hasSuffix(".\(last)") || $0.path == last } > 1
      return isShared ? axis.path : last
    }
    var combinations: [[Node]] = [[]]
    for axis in axes {
      combinations = combinations.flatMap { chosen in axis.values.map { chosen + [$0] } }
    }
    return combinations.map { values in
      DescribedPoint(
        label: zip(names, values).map { "\($0)=\(valueText($1))" }.joined(separator: ", "),
        place: place(values[values.count - 1]),
        settings: zip(axes, values).map {
          SettingOverride($0.path, $1, key: $0.key, in: file.name)
        }, methods: nil)
    }
  }

  private mutating func listed(_ node: Node) -> [DescribedPoint] {
    guard let items = node.sequence, !items.isEmpty else {
      blame(
        place(node),
        "'list' must be a list of points, such as [{name: short, set: {context.steps: 100}}], not \(found(node))"
      )
      return []
    }
    return items.compactMap { point($0) }
  }

  private mutating func point(_ node: Node) -> DescribedPoint? {
    guard let mapping = node.mapping else {
      blame(
        place(node),
        "a point must be a section, such as {name: short, set: {context.steps: 100}}, not \(found(node))"
      )
      return nil
    }
    var name: String?
    var set: [SettingOverride] = []
    var methods: [any Method]?
    var values: [String] = []
    let mistakes = problems.count
    for (key, value) in mapping {
      switch key.string {
      case "name": name = text(value, of: "name")
      case "set":
        set = section(value, named: "set")
        values = leaves(value).map { "\($0.path)=\(valueText($0.value))" }
      case "methods": methods = self.methods(value)
      default: blameUnknown(key, among: Self.pointKeys, in: "a point")
      }
    }
    let label = name ?? values.joined(separator: ", ")
    guard !label.isEmpty else {
      if problems.count == mistakes {
        blame(
          place(node), "a point needs a 'name', or a setting in 'set' that it can be named after")
      }
      return nil
    }
    return DescribedPoint(label: label, place: place(node), settings: set, methods: methods)
  }
}

/// A value as a label shows it.
private func valueText(_ node: Node) -> String {
  switch node {
  case .scalar(let scalar): scalar.string
  case .sequence(let values): "[" + values.map(valueText).joined(separator: ", ") + "]"
  case .mapping(let mapping):
    "{" + mapping.map { "\(valueText($0.key)): \(valueText($0.value))" }.joined(separator: ", ")
      + "}"
  case .alias: "*"
  }
}
