// Lays YAML over the defaults of a settings struct, remembering where each value was written, and
// collects every problem instead of stopping at the first. The struct decides what is valid: a
// value is wrong if the struct can no longer be decoded with it.

internal import Gymnasium
internal import Yams

/// A settings struct with what users wrote laid over its defaults.
struct SettingsOverlay<Settings: Decodable> {
  /// The settings so far; values that were wrong are left out.
  private(set) var settings: Settings
  /// One line for each mistake so far.
  private(set) var problems: [String] = []

  private let schema: SettingsTree
  private var node: Node
  /// Whether each value is tried as it is laid over. All at once is faster, but does not tell which one is wrong.
  private var triesEach = false
  private var origins: [String: SettingOrigin] = [:]

  init(over defaults: Settings) {
    settings = defaults
    schema = SettingsTree(reflecting: defaults)
    node = schema.node(naming: \.property)
  }

  /// Lays a section over.
  /// - Parameters:
  ///   - given: A mapping of keys to values and sections.
  ///   - origin: Where a node of it was written.
  mutating func lay(_ given: Node, origin: (Node) -> SettingOrigin) {
    var whole = self
    whole.lay(given, over: schema.entries, at: [], origin: origin)
    if let decoded = try? YAMLDecoder().decode(Settings.self, from: whole.node) {
      self = whole
      settings = decoded
      return
    }
    triesEach = true
    lay(given, over: schema.entries, at: [], origin: origin)
    triesEach = false
  }

  /// Lays settings over that were noted as texts, as `settingText` writes them.
  mutating func lay(_ texts: [String: String]) {
    for (key, value) in texts.sorted(by: { $0.key < $1.key }) {
      var node = Node(value)
      if case .value(is [Any])? = schema.entries.first(where: { $0.key == key })?.content {
        node = (try? composed(yaml: value)) ?? node
      }
      let origin = SettingOrigin.option("\(key)=\(value)")
      lay(node, at: [key], from: origin, named: origin)
    }
  }

  /// Lays one setting over.
  /// - Parameters:
  ///   - value: A value or a section.
  ///   - path: Its keys from the top.
  ///   - origin: Where its value was written.
  ///   - originOfKey: Where its keys were.
  mutating func lay(
    _ value: Node, at path: [String], from origin: SettingOrigin, named originOfKey: SettingOrigin
  ) {
    let nested = path.reversed().reduce(value) { Node([(Node($1), $0)]) }
    // Nodes that were made here have no mark.
    lay(nested) { $0.mark == nil ? originOfKey : origin }
  }

  /// Changes the settings beyond what users wrote.
  mutating func change<Outcome>(_ body: (inout Settings) -> Outcome) -> Outcome { body(&settings) }

  /// Adds a problem with a property, such as `train.updates`, where it was written.
  mutating func blame(_ property: String, _ message: String) {
    let path = snakeCase(property)
    problems.append("\(origins[path]?.prefix ?? "")'\(path)': \(message)")
  }

  private mutating func lay(
    _ given: Node, over entries: [SettingsTree.Entry], at path: [SettingsTree.Entry],
    origin: (Node) -> SettingOrigin
  ) {
    for (key, value) in given.mapping ?? [:] {
      let name = key.string ?? found(key)
      guard let entry = entries.first(where: { $0.key == name }) else {
        problems.append(origin(key).prefix + unknownKey(name, at: path, among: entries))
        continue
      }
      switch entry.content {
      case .section(let inner) where value.mapping != nil:
        lay(value, over: inner, at: path + [entry], origin: origin)
      case .section(let inner):
        guard value.null == nil else { continue }
        problems.append(
          "\(origin(value).prefix)'\(dotted(path + [entry]))' must be a section with keys such as "
            + "'\(inner.first?.key ?? "")', not \(found(value))")
      case .value(let standard):
        set(path + [entry], to: value, standard: standard, origin: origin(value))
      }
    }
  }

  private mutating func set(
    _ path: [SettingsTree.Entry], to value: Node, standard: Any, origin: SettingOrigin
  ) {
    let trial = node.replacing(path.map(\.property)[...], with: value)
    if let text = oddNumber(in: value, for: standard) {
      problems.append(
        "\(origin.prefix)'\(dotted(path))' must be \(expectation(of: standard)), not '\(text)'; write it in "
          + "decimal digits, without zeros in front and without colons")
      return
    }
    let isFinite = !(standard is any BinaryFloatingPoint) || value.float?.isFinite == true
    let decoded =
      triesEach && isFinite ? try? YAMLDecoder().decode(Settings.self, from: trial) : settings
    guard isFinite, let decoded else {
      let nearest = choices(of: standard).flatMap { nearestName(to: value.string ?? "", among: $0) }
      problems.append(
        "\(origin.prefix)'\(dotted(path))' must be \(expectation(of: standard)), not \(found(value))"
          + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
      return
    }
    (node, settings) = (trial, decoded)
    origins[dotted(path)] = origin
  }

  private func unknownKey(
    _ name: String, at path: [SettingsTree.Entry], among entries: [SettingsTree.Entry]
  ) -> String {
    let here = path.map(\.key)
    let sentence = "unknown key '\((here + [name]).joined(separator: "."))'; "
    if let nearest = nearestName(to: name, among: entries.map(\.key)) {
      return sentence + "did you mean '\((here + [nearest]).joined(separator: "."))'?"
    }
    let elsewhere = schema.settings().map(\.path).first { $0.hasSuffix(".\(name)") }
    if let elsewhere { return sentence + "did you mean '\(elsewhere)'?" }
    return sentence + "there are " + entries.map(\.key).joined(separator: ", ")
  }
}

private func dotted(_ path: [SettingsTree.Entry]) -> String {
  path.map(\.key).joined(separator: ".")
}

/// A number that YAML 1.1 reads otherwise than people do: `010` is 8 to it, and `1:30` is 90.
private func oddNumber(in node: Node, for standard: Any) -> String? {
  if let elements = node.sequence, standard is [Int] {
    return elements.lazy.compactMap { oddNumber(in: $0, for: 0) }.first
  }
  guard let text = node.string else { return nil }
  let digits = text.drop { $0 == "-" || $0 == "+" }
  let isOctal =
    standard is any BinaryInteger && digits.count > 1 && digits.first == "0"
    && digits.allSatisfy { $0.isNumber || $0 == "_" }
  let isSexagesimal =
    (standard is any BinaryInteger || standard is any BinaryFloatingPoint) && digits.contains(":")
  return isOctal || isSexagesimal ? text : nil
}

/// What somebody wrote, as the end of a sentence: `not …`.
func found(_ node: Node) -> String {
  switch node {
  case .scalar(let scalar): scalar.string.isEmpty ? "nothing" : "'\(scalar.string)'"
  case .mapping: "a section"
  case .sequence: "a list"
  case .alias: "an alias"
  }
}

extension Node {
  /// This mapping with another node at a path.
  fileprivate func replacing(_ path: ArraySlice<String>, with node: Node) -> Node {
    guard let key = path.first else { return node }
    var result = self
    result[key] = (self[key] ?? [:]).replacing(path.dropFirst(), with: node)
    return result
  }
}
