// Which family of worlds, with its own settings beside its name: one flat section, whose keys follow the
// family.

public import Tasks

/// The worlds: a family and its measures.
public struct TaskSettings: Codable, Sendable, Equatable, CustomReflectable {
  /// The families there are. A new one is a case here, its settings below, and a line wherever the
  /// compiler then asks for one.
  public enum Family: String, Codable, Sendable, CaseIterable {
    /// Arms that pay by chance (Laskin et al. 2022, §4).
    case bandit
    /// Square rooms with a goal (Laskin et al. 2022, §4).
    case darkRoom = "dark-room"
    /// Larger rooms whose goal rewards once (Laskin et al. 2022, §4).
    case darkRoomHard = "dark-room-hard"
    /// Rooms with a key and a door (Laskin et al. 2022, §4).
    case keyToDoor = "key-to-door"
    /// A pool with a hidden platform, seen in first person (Laskin et al. 2022, §4).
    case watermaze
  }

  /// The family of tasks.
  public var family = Family.darkRoom
  /// The bandits, if they are the family.
  public var bandit = BanditSettings()
  /// The rooms, if they are the family.
  public var darkRoom = DarkRoomSettings()
  /// The hard rooms, if they are the family.
  public var darkRoomHard = DarkRoomHardSettings()
  /// The rooms with key and door, if they are the family.
  public var keyToDoor = KeyToDoorSettings()
  /// The pools, if they are the family.
  public var watermaze = WatermazeSettings()

  private enum CodingKeys: CodingKey { case family }

  /// The defaults.
  public init() {}

  /// Reads the family's name and its settings from one section.
  public init(from decoder: any Decoder) throws {
    family = try decoder.container(keyedBy: CodingKeys.self).decode(Family.self, forKey: .family)
    switch family {
    case .bandit: bandit = try BanditSettings(from: decoder)
    case .darkRoom: darkRoom = try DarkRoomSettings(from: decoder)
    case .darkRoomHard: darkRoomHard = try DarkRoomHardSettings(from: decoder)
    case .keyToDoor: keyToDoor = try KeyToDoorSettings(from: decoder)
    case .watermaze: watermaze = try WatermazeSettings(from: decoder)
    }
  }

  /// Writes the family's name and its settings into one section.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(family, forKey: .family)
    switch family {
    case .bandit: try bandit.encode(to: encoder)
    case .darkRoom: try darkRoom.encode(to: encoder)
    case .darkRoomHard: try darkRoomHard.encode(to: encoder)
    case .keyToDoor: try keyToDoor.encode(to: encoder)
    case .watermaze: try watermaze.encode(to: encoder)
    }
  }

  /// The name, then the family's settings: the section as files have it.
  public var customMirror: Mirror { flatMirror([("family", family)], then: settings) }

  private var settings: Any {
    switch family {
    case .bandit: bandit
    case .darkRoom: darkRoom
    case .darkRoomHard: darkRoomHard
    case .keyToDoor: keyToDoor
    case .watermaze: watermaze
    }
  }

  /// The family that the settings describe.
  public func makeFamily() -> any TaskFamily {
    switch family {
    case .bandit: BanditFamily(bandit)
    case .darkRoom: DarkRoomFamily(darkRoom)
    case .darkRoomHard: DarkRoomHardFamily(darkRoomHard)
    case .keyToDoor: KeyToDoorFamily(keyToDoor)
    case .watermaze: WatermazeFamily(watermaze)
    }
  }

  /// What no world can be.
  public var problems: [(key: String, message: String)] {
    switch family {
    case .bandit: bandit.problems
    case .darkRoom: darkRoom.problems
    case .darkRoomHard: darkRoomHard.problems
    case .keyToDoor: keyToDoor.problems
    case .watermaze: watermaze.problems
    }
  }
}

extension CustomReflectable {
  /// A section whose first keys name what the others are the settings of.
  func flatMirror(_ first: [(String, Any)], then settings: Any) -> Mirror {
    let children = Mirror(reflecting: settings).children.map { ($0.label ?? "", $0.value) }
    return Mirror(self, children: first + children, displayStyle: .struct)
  }
}
