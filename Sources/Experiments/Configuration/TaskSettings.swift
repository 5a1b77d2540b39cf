// Which family of worlds, with its own settings beside its name: one flat section, whose keys follow the
// family.

public import Tasks

/// The worlds: a family and its measures.
public struct TaskSettings: Codable, Sendable, Equatable, CustomReflectable {
  /// The families there are. A new one is a case here, its settings below, and a line wherever the
  /// compiler then asks for one.
  public enum Family: String, Codable, Sendable, CaseIterable {
    /// Square rooms with a goal (Laskin et al. 2022, §4).
    case darkRoom = "dark-room"
    /// A pool with a hidden platform, seen in first person (Laskin et al. 2022, §4).
    case watermaze
  }

  /// The family of tasks.
  public var family = Family.darkRoom
  /// The rooms, if they are the family.
  public var darkRoom = DarkRoomSettings()
  /// The pools, if they are the family.
  public var watermaze = WatermazeSettings()

  private enum CodingKeys: CodingKey { case family }

  /// The defaults.
  public init() {}

  /// Reads the family's name and its settings from one section.
  public init(from decoder: any Decoder) throws {
    family = try decoder.container(keyedBy: CodingKeys.self).decode(Family.self, forKey: .family)
    switch family {
    case .darkRoom: darkRoom = try DarkRoomSettings(from: decoder)
    case .watermaze: watermaze = try WatermazeSettings(from: decoder)
    }
  }

  /// Writes the family's name and its settings into one section.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(family, forKey: .family)
    switch family {
    case .darkRoom: try darkRoom.encode(to: encoder)
    case .watermaze: try watermaze.encode(to: encoder)
    }
  }

  /// The name, then the family's settings: the section as files have it.
  public var customMirror: Mirror { flatMirror(naming: "family", family, over: settings) }

  private var settings: Any {
    switch family {
    case .darkRoom: darkRoom
    case .watermaze: watermaze
    }
  }

  /// The family that the settings describe.
  public func makeFamily() -> any TaskFamily {
    switch family {
    case .darkRoom: DarkRoomFamily(darkRoom)
    case .watermaze: WatermazeFamily(watermaze)
    }
  }

  /// What no world can be.
  public var problems: [(key: String, message: String)] {
    switch family {
    case .darkRoom: darkRoom.problems
    case .watermaze: watermaze.problems
    }
  }
}

extension CustomReflectable {
  /// A section whose first key names what the others are the settings of.
  func flatMirror(naming name: String, _ value: Any, over settings: Any) -> Mirror {
    let children = Mirror(reflecting: settings).children.map { ($0.label ?? "", $0.value) }
    return Mirror(self, children: [(name, value)] + children, displayStyle: .struct)
  }
}
