// Where tasks and agents lie on maps, for people to look at. A family need not have any.

/// A circle on a map from above, whose coordinates run from −1 to 1, to the right and down.
public struct MapCircle: Equatable, Sendable {
  /// The middle's place to the right.
  public let x: Double
  /// The middle's place downwards.
  public let y: Double
  /// The distance from the middle to the edge.
  public let radius: Double

  public init(x: Double, y: Double, radius: Double) {
    self.x = x
    self.y = y
    self.radius = radius
  }
}

/// What a map of a task from above shows besides the agent.
public struct MapScene: Equatable, Sendable {
  /// Where the world ends.
  public let outline: MapCircle
  /// Where the reward is.
  public let goal: MapCircle

  public init(outline: MapCircle, goal: MapCircle) {
    self.outline = outline
    self.goal = goal
  }
}

/// A family whose tasks can be put on a map, or seen from above. There is no map unless a family says otherwise.
public protocol MappedFamily {
  /// The place of the task's marker on a map of the family, columns to the right and rows downwards from 0; nil if
  /// there is no such map.
  func mapPosition(of id: TaskID) -> (column: Int, row: Int)?

  /// Where an agent is that sees something, on a map of the task from above: −1 ... 1 to the right and down; nil if
  /// there is no such map.
  func mapPoint(of observation: Observation) -> (x: Double, y: Double)?

  /// What lies on that map; nil if there is none.
  func mapScene(of id: TaskID) -> MapScene?
}

extension MappedFamily {
  /// None.
  public func mapPosition(of id: TaskID) -> (column: Int, row: Int)? { nil }

  /// None.
  public func mapPoint(of observation: Observation) -> (x: Double, y: Double)? { nil }

  /// None.
  public func mapScene(of id: TaskID) -> MapScene? { nil }
}
