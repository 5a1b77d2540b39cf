// A settings struct taken apart by reflection, so that the struct itself is the schema of its files:
// names, order, types and defaults are said once, in Swift.

internal import Yams

/// A section of settings, or one setting.
///
/// - Precondition: Settings are numbers, texts, booleans, enumerations of texts, names that are registered, or lists of these; an
///   optional has no default to reflect, so there are none.
indirect enum SettingsTree {
  case section([Entry])
  case value(Any)

  /// A setting or section with both of its names.
  struct Entry {
    /// The name in Swift, `historiesPerTask`.
    let property: String
    /// The name in files, `histories_per_task`.
    let key: String
    let content: SettingsTree
  }

  init(reflecting value: Any) {
    let mirror = Mirror(reflecting: value)
    precondition(mirror.displayStyle != .optional, "a setting must have a default, not be \(value)")
    guard mirror.displayStyle == .struct && !(value is RegisteredName) else {
      self = .value(value)
      return
    }
    self = .section(
      mirror.children.map { child in
        let property = child.label ?? ""
        return Entry(
          property: property, key: snakeCase(property),
          content: SettingsTree(reflecting: child.value))
      })
  }

  /// The settings and sections of a section, in order of declaration; none of a value.
  var entries: [Entry] {
    switch self {
    case .section(let entries): entries
    case .value: []
    }
  }

  /// Every single setting with its path in files, such as `train.updates`, in order of declaration.
  func settings(under prefix: [String] = []) -> [(path: String, value: Any)] {
    switch self {
    case .value(let value): [(prefix.joined(separator: "."), value)]
    case .section(let entries): entries.flatMap { $0.content.settings(under: prefix + [$0.key]) }
    }
  }

  /// The tree as YAML.
  /// - Parameter name: The entry's name to write.
  func node(naming name: KeyPath<Entry, String>) -> Node {
    switch self {
    case .value(let value): yamlNode(of: value)
    case .section(let entries):
      Node(entries.map { (Node($0[keyPath: name]), $0.content.node(naming: name)) })
    }
  }
}

/// The path of a property in files: `train.warmUpUpdates` is `train.warm_up_updates`.
func snakeCase(_ name: String) -> String {
  var result = ""
  for character in name {
    if character.isUppercase { result += "_" }
    result += character.lowercased()
  }
  return result
}

/// A value as YAML, such that reading it gives the same value again.
private func yamlNode(of value: Any) -> Node {
  if let list = value as? [Any] { return Node(list.map(yamlNode), .implicit, .flow) }
  let text = settingText(of: value)
  let isText = value is String || value is RegisteredName
  let readsAsText = isText && Resolver.default.resolveTag(of: Node(text)) != .str
  return Node(text, .implicit, readsAsText ? .doubleQuoted : .any)
}

/// A value as people write it.
func settingText(of value: Any) -> String {
  if let list = value as? [Any] {
    return "[" + list.map(settingText).joined(separator: ", ") + "]"
  }
  if let choice = value as? RegisteredName { return choice.name }
  if let choice = value as? any RawRepresentable { return "\(choice.rawValue)" }
  return "\(value)"
}

/// What a setting may be, as the end of a sentence: `must be …`.
func expectation(of value: Any) -> String {
  if let names = choices(of: value) { return "one of " + names.joined(separator: ", ") }
  return switch value {
  case is Bool: "true or false"
  case is any UnsignedInteger: "a whole number, 0 or more"
  case is any BinaryInteger: "a whole number"
  case is any BinaryFloatingPoint: "a number"
  case is [Int]: "a list of whole numbers, such as [0, 1, 2]"
  case is [Any]: "a list"
  default: "a text"
  }
}

/// The texts that an enumeration or the registry allows.
func choices(of value: Any) -> [String]? {
  func all<Choice: CaseIterable>(of _: Choice) -> [String] { Choice.allCases.map(settingText) }
  return (value as? RegisteredName)?.choices ?? (value as? any CaseIterable).map { all(of: $0) }
}
