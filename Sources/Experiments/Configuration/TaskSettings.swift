// Which family of worlds, with its own settings beside its name: one flat section, whose keys follow the
// family.

public import Tasks

/// The worlds: a family and its measures.
public struct TaskSettings: SettingsSection, CustomReflectable {
  /// The settings of the family, whose type says which family it is.
  public var settings: any FamilySettings

  /// The keys of the section that are no family's.
  static let ownKeys = ["family"]

  private enum CodingKeys: CodingKey { case family }

  /// Dark rooms.
  public init() { self.init(DarkRoomSettings()) }

  /// The family that settings describe.
  public init(_ settings: any FamilySettings) { self.settings = settings }

  /// A registered family with its defaults; nil if there is none of the name.
  public init?(family: String) {
    guard let type = Registry.namedFamilies.first(where: { $0.family == family }) else {
      return nil
    }
    self.init(type.init())
  }

  /// The family's name.
  public var family: String { type(of: settings).family }

  /// The settings of a certain family: its defaults if it is not the family of these settings. What is
  /// assigned becomes the family.
  public subscript<Settings: FamilySettings>(type: Settings.Type) -> Settings {
    get { settings as? Settings ?? Settings() }
    set { settings = newValue }
  }

  /// Reads the family's name and its settings from one section.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .family)
    guard let type = Registry.namedFamilies.first(where: { $0.family == name }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .family, in: container, debugDescription: "there is no family '\(name)'")
    }
    settings = try type.init(from: decoder)
  }

  /// Writes the family's name and its settings into one section.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(family, forKey: .family)
    try settings.encode(to: encoder)
  }

  /// Whether results depend on a setting of a configuration.
  /// - Parameter path: Its path in files, such as `task.size`.
  func hasResult(ofPath path: String) -> Bool {
    !type(of: settings).withoutResult.contains { "task.\(snakeCase($0))" == path }
  }

  /// The family's settings as texts, by their names in files: those that results depend on.
  var described: [String: String] {
    describedSettings(self, except: "family").filter { hasResult(ofPath: "task.\($0.key)") }
  }

  /// The name, then the family's settings: the section as files have it.
  public var customMirror: Mirror {
    let choices = canBeActedIn ? Registry.livedFamilies : Registry.namedFamilies
    let name = RegisteredName(name: family, choices: choices.map { $0.family })
    return flatMirror([("family", name)], then: settings)
  }

  public static func == (first: TaskSettings, second: TaskSettings) -> Bool {
    first.settings.isEqual(to: second.settings)
  }

  /// The family that the settings describe.
  public func makeFamily() -> any TaskFamily { settings.makeFamily() }

  /// What no world can be.
  public var problems: [(key: String, message: String)] { settings.problems }
}

extension CustomReflectable {
  /// A section whose first keys name what the others are the settings of.
  func flatMirror(_ first: [(String, Any)], then settings: Any) -> Mirror {
    let children = Mirror(reflecting: settings).children.map { ($0.label ?? "", $0.value) }
    return Mirror(self, children: first + children, displayStyle: .struct)
  }
}
