// Sections of settings, and those among them that describe a family of tasks.

/// A group of settings with their defaults: a section of a configuration file.
///
/// The stored properties are the keys: `episodeLength` is `episode_length` in files. Each is a number, a text, a
/// boolean, an enumeration of texts, a list of these or another section, and has a default.
public protocol SettingsSection: Codable, Sendable, Equatable {
  init()

  /// What is impossible about the values, with the property to blame; empty if nothing is. A message continues
  /// the sentence that the key begins, such as `must be 1 or more, not 0`.
  var problems: [(key: String, message: String)] { get }
}

extension SettingsSection {
  /// What is said of whole numbers that are too great. Bounds keep the products of settings, of steps, bytes and
  /// weights, far below what an integer holds, and loops from having no end.
  package func problems(
    above bounds: [(key: String, value: Int, greatest: Int)]
  ) -> [(key: String, message: String)] {
    bounds.filter { $0.value > $0.greatest }
      .map { ($0.key, "must be at most \($0.greatest), not \($0.value)") }
  }

  /// Whether another section is of the same type and has equal values.
  package func isEqual(to other: any SettingsSection) -> Bool { other as? Self == self }
}

/// The settings of a family of tasks: the keys of the section `task` while it is the family.
///
/// A family that conforms its settings to this and is known to the registry can be named in configurations.
/// No key may be called `family`.
public protocol FamilySettings: SettingsSection {
  /// The family's name in configurations and files, such as `dark-room`: the `name` of what `makeFamily` makes.
  static var family: String { get }

  /// The properties that change no result, such as how long to wait for something: what is there stays valid when they
  /// change. None unless a family says otherwise.
  static var withoutResult: Set<String> { get }

  /// Reads in what the settings name outside of this program, such as a file, so that a run says all of it. Does nothing
  /// the second time.
  /// - Returns: What cannot be read in, as `problems` says it; nothing unless a family says otherwise.
  mutating func resolve() -> [(key: String, message: String)]

  /// What users should know of the family before anything is computed, a sentence each; nothing unless a family says
  /// otherwise.
  var notes: [String] { get }

  /// The family that the settings describe.
  /// - Precondition: The settings have no problems.
  func makeFamily() -> any TaskFamily
}

extension FamilySettings {
  /// None.
  public static var withoutResult: Set<String> { [] }

  /// Nothing.
  public var notes: [String] { [] }

  /// Nothing: they say all there is.
  public mutating func resolve() -> [(key: String, message: String)] { [] }
}
