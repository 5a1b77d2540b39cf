// The Dark Room (Laskin et al. 2022, §4): a square grid in the dark. The agent sees its own cell, not
// the goal. An episode has a fixed number of steps, starts at the centre, and every step that ends
// on the goal gives a reward of 1. Moving against a wall leaves the agent where it is.

public import Randomness

/// One dark room: a grid with a goal.
public struct DarkRoom: DeterministicEnvironment {
  public let grid: Grid
  /// The rewarding cell.
  public let goal: Cell
  /// Two observed components, x and y; five actions; rewards 0 and 1.
  public let interface: TaskInterface

  /// A room with a goal.
  /// - Precondition: The goal lies in the room.
  public init(size: Int, episodeLength: Int, goal: Cell) {
    grid = Grid(size: size)
    precondition(
      grid.contains(goal),
      "the goal (\(goal.x), \(goal.y)) lies outside a room of \(size) × \(size)")
    self.goal = goal
    interface = grid.interface(episodeLength: episodeLength)
  }

  /// Always the middle.
  @inlinable
  public func reset(using random: inout Random) -> Cell { grid.center }

  /// The agent's own cell: x, then y.
  @inlinable
  public func observation(of state: Cell) -> Observation { grid.observation(of: state) }

  /// Moves, and rewards being on the goal afterwards.
  @inlinable @inline(__always)
  public func step(_ state: inout Cell, _ action: Int, using random: inout Random) -> Transition {
    state = grid.destination(from: state, action)
    return .step(reward: state == goal ? 1 : 0)
  }

  /// The middle, for certain.
  public var initialStates: [(probability: Double, state: Cell)] { [(1, grid.center)] }
}

/// The settings of `DarkRoomFamily`.
public struct DarkRoomSettings: FamilySettings {
  public static var family: String { "dark-room" }

  /// Rows and columns of the grid.
  public var size = 9
  /// Steps of an episode.
  public var episodeLength = 20

  public init() {}

  /// What no room can be.
  public var problems: [(key: String, message: String)] {
    gridProblems(size: size, episodeLength: episodeLength)
  }

  public func makeFamily() -> any TaskFamily { DarkRoomFamily(self) }
}

/// All dark rooms of one size, one for each goal: task x + size · y has its goal in column x, row y.
public struct DarkRoomFamily: GoalFamily {
  /// The cells of each room.
  public let grid: Grid
  /// Steps per episode.
  public let episodeLength: Int

  /// The family of rooms of a size.
  public init(size: Int = 9, episodeLength: Int = 20) {
    grid = Grid(size: size)
    self.episodeLength = episodeLength
  }

  /// The family that settings describe.
  public init(_ settings: DarkRoomSettings) {
    self.init(size: settings.size, episodeLength: settings.episodeLength)
  }

  /// `dark-room`.
  public var name: String { DarkRoomSettings.family }

  /// Shared by all rooms of the family.
  public var interface: TaskInterface { grid.interface(episodeLength: episodeLength) }

  /// Those of an ideal explorer that starts in the middle; see `IdealExplorer`.
  public func idealReturns(of tasks: [TaskID], episodes: Int) -> [Double] {
    guard !tasks.isEmpty else { return [] }
    return IdealExplorer(size: grid.size, episodeLength: episodeLength)
      .expectedReturns(goals: tasks.map(\.index), episodes: episodes)
  }

  /// The room whose goal is in column `id % size`, row `id / size`.
  public func task(_ id: TaskID) -> DarkRoom {
    DarkRoom(size: grid.size, episodeLength: episodeLength, goal: grid.cell(id.index))
  }
}
