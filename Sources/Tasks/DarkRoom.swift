// The Dark Room (Laskin et al. 2022, §4): a square grid in the dark. The agent sees its own cell, not
// the goal. An episode has a fixed number of steps, starts at the centre, and every step that ends
// on the goal gives a reward of 1. Moving against a wall leaves the agent where it is.

public import Randomness

/// A cell of a grid, counted from the top left.
public struct Cell: Hashable, Sendable {
  /// The column, from 0 at the left.
  public let x: Int
  /// The row, from 0 at the top.
  public let y: Int

  /// The cell in a column and a row.
  @inlinable
  public init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }

  /// The number of steps between two cells on an empty grid.
  public func distance(to other: Cell) -> Int { abs(x - other.x) + abs(y - other.y) }
}

/// One dark room: a grid with a goal.
public struct DarkRoom: FiniteEnvironment {
  /// The moves, numbered as in shards.
  public enum Move: Int, CaseIterable, Sendable {
    /// One column left.
    case left
    /// One column right.
    case right
    /// One row up.
    case up
    /// One row down.
    case down
    /// No move.
    case stay
  }

  /// The number of rows and columns.
  public let size: Int
  /// The rewarding cell.
  public let goal: Cell
  /// Two observed components, x and y; five actions; rewards 0 and 1.
  public let interface: TaskInterface

  /// A room with a goal.
  /// - Precondition: The goal lies in the room.
  public init(size: Int, episodeLength: Int, goal: Cell) {
    precondition(
      (0..<size).contains(goal.x) && (0..<size).contains(goal.y),
      "the goal (\(goal.x), \(goal.y)) lies outside a room of \(size) × \(size)")
    self.size = size
    self.goal = goal
    interface = TaskInterface(
      observationSizes: [size, size], actionCount: Move.allCases.count,
      episodeLength: episodeLength, rewards: [0, 1])
  }

  /// The cell every episode starts in.
  @inlinable
  public var start: Cell { Cell(x: size / 2, y: size / 2) }

  /// Always the start.
  @inlinable
  public func reset(using random: inout Random) -> Cell { start }

  /// The agent's own cell: x, then y.
  @inlinable
  public func observation(of state: Cell) -> Observation {
    Observation(UInt8(state.x), UInt8(state.y))
  }

  /// Moves, and rewards being on the goal afterwards.
  @inlinable @inline(__always)
  public func step(_ state: inout Cell, _ action: Int, using random: inout Random) -> Transition {
    state = destination(from: state, action)
    return .step(reward: state == goal ? 1 : 0)
  }

  /// The start, for certain.
  public var initialStates: [(probability: Double, state: Cell)] { [(1, start)] }

  /// The one outcome of a move.
  public func outcomes(
    of action: Int, in state: Cell
  ) -> [(probability: Double, next: Cell, transition: Transition)] {
    let next = destination(from: state, action)
    return [(1, next, .step(reward: next == goal ? 1 : 0))]
  }

  /// Where a move leads: by sums of comparisons, since no branch predictor foretells a random walk.
  @inlinable @inline(__always)
  func destination(from cell: Cell, _ action: Int) -> Cell {
    precondition(
      action >= 0 && action <= Move.stay.rawValue,
      "a dark room has the actions 0 to 4, not \(action)")
    func isTaken(_ move: Move) -> Int { action == move.rawValue ? 1 : 0 }
    let x = cell.x + isTaken(.right) - isTaken(.left)
    let y = cell.y + isTaken(.down) - isTaken(.up)
    return Cell(x: min(max(x, 0), size - 1), y: min(max(y, 0), size - 1))
  }
}

/// The settings of `DarkRoomFamily`.
public struct DarkRoomSettings: Codable, Sendable, Equatable {
  /// Rows and columns of the grid.
  public var size = 9
  /// Steps of an episode.
  public var episodeLength = 20

  /// The defaults.
  public init() {}

  /// What no room can be.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if !(2...256).contains(size) {
      problems.append(("size", "must be 2 to 256 rows and columns, not \(size)"))
    }
    if episodeLength < 1 {
      problems.append(("episodeLength", "must be 1 or more steps, not \(episodeLength)"))
    }
    return problems
  }
}

/// All dark rooms of one size, one for each goal: task x + size · y has its goal in column x, row y.
public struct DarkRoomFamily: TaskFamily {
  /// The number of rows and columns.
  public let size: Int
  /// Steps per episode.
  public let episodeLength: Int

  /// The family of rooms of a size.
  public init(size: Int = 9, episodeLength: Int = 20) {
    self.size = size
    self.episodeLength = episodeLength
  }

  /// The family that settings describe.
  public init(_ settings: DarkRoomSettings) {
    self.init(size: settings.size, episodeLength: settings.episodeLength)
  }

  /// `dark-room`.
  public var name: String { "dark-room" }

  /// Shared by all rooms of the family.
  public var interface: TaskInterface { task(TaskID(0)).interface }

  /// One task for each cell.
  public var taskCount: Int { size * size }

  /// The room whose goal is in column `id % size`, row `id / size`.
  public func task(_ id: TaskID) -> DarkRoom {
    DarkRoom(size: size, episodeLength: episodeLength, goal: goal(of: id))
  }

  /// Such as `goal (3, 4)`.
  public func label(of id: TaskID) -> String { "goal (\(goal(of: id).x), \(goal(of: id).y))" }

  /// The goal's cell.
  public func mapPosition(of id: TaskID) -> (column: Int, row: Int)? {
    (goal(of: id).x, goal(of: id).y)
  }

  /// The goal's distance from the start.
  public func stratum(of id: TaskID) -> Int {
    task(id).start.distance(to: goal(of: id))
  }

  private func goal(of id: TaskID) -> Cell {
    precondition((0..<taskCount).contains(id.index), "no task \(id) among \(taskCount)")
    return Cell(x: id.index % size, y: id.index / size)
  }
}
