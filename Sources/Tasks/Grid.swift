// Square grids: what the dark rooms are made of. A cell, the moves, where a move leads; families with a goal in
// each cell.

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

/// A square of cells. Moving against its wall leaves an agent where it is.
public struct Grid: Hashable, Sendable {
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

  /// A grid.
  /// - Precondition: 1 to 256 rows and columns, so that a byte holds each coordinate.
  public init(size: Int) {
    precondition((1...256).contains(size), "a grid of \(size) × \(size)")
    self.size = size
  }

  @inlinable
  public var cellCount: Int { size * size }

  /// The middle cell; of an even number of rows, the lower and further right one.
  @inlinable
  public var center: Cell { Cell(x: size / 2, y: size / 2) }

  /// The cell with a number, x + size · y.
  @inlinable
  public func cell(_ number: Int) -> Cell {
    precondition((0..<cellCount).contains(number), "no cell \(number) among \(cellCount)")
    return Cell(x: number % size, y: number / size)
  }

  /// Whether a cell lies on the grid.
  public func contains(_ cell: Cell) -> Bool {
    (0..<size).contains(cell.x) && (0..<size).contains(cell.y)
  }

  /// Where a move leads: by sums of comparisons, since no branch predictor foretells a random walk.
  @inlinable @inline(__always)
  public func destination(from cell: Cell, _ action: Int) -> Cell {
    precondition(
      action >= 0 && action <= Move.stay.rawValue,
      "a grid has the actions 0 to 4, not \(action)")
    func isTaken(_ move: Move) -> Int { action == move.rawValue ? 1 : 0 }
    let x = cell.x + isTaken(.right) - isTaken(.left)
    let y = cell.y + isTaken(.down) - isTaken(.up)
    return Cell(x: min(max(x, 0), size - 1), y: min(max(y, 0), size - 1))
  }

  /// What an agent sees that sees its cell: x, then y.
  @inlinable
  public func observation(of cell: Cell) -> Observation {
    Observation(UInt8(cell.x), UInt8(cell.y))
  }

  /// What agents see and do on the grid, for rewards of 0 and 1.
  public func interface(episodeLength: Int) -> TaskInterface {
    TaskInterface(
      observationSizes: [size, size], actionCount: Move.allCases.count,
      episodeLength: episodeLength, rewards: [0, 1])
  }
}

/// What the settings of families on a grid have in common.
/// - Parameter greatestSize: The most rows and columns, such that all tasks can be listed.
func gridProblems(
  size: Int, episodeLength: Int, greatestSize: Int = 256
) -> [(key: String, message: String)] {
  var problems: [(key: String, message: String)] = []
  if !(2...greatestSize).contains(size) {
    problems.append(("size", "must be 2 to \(greatestSize) rows and columns, not \(size)"))
  }
  let greatestLength = TaskInterface.greatestEpisodeLength
  if episodeLength < 1 {
    problems.append(("episodeLength", "must be 1 or more steps, not \(episodeLength)"))
  } else if episodeLength > greatestLength {
    problems.append(
      ("episodeLength", "must be at most \(greatestLength) steps, not \(episodeLength)"))
  }
  return problems
}

/// A family on a grid with a task for each cell, the goal: task x + size · y has it in column x, row y. Episodes
/// start in the middle.
public protocol GoalFamily: TaskFamily {
  /// The cells of each room.
  var grid: Grid { get }
}

extension GoalFamily {
  /// One task for each cell.
  public var taskCount: Int { grid.cellCount }

  /// Such as `goal (3, 4)`.
  public func label(of id: TaskID) -> String {
    let goal = grid.cell(id.index)
    return "goal (\(goal.x), \(goal.y))"
  }

  /// The goal's cell.
  public func mapPosition(of id: TaskID) -> (column: Int, row: Int)? {
    let goal = grid.cell(id.index)
    return (goal.x, goal.y)
  }

  /// The goal's distance from the start.
  public func stratum(of id: TaskID) -> Int { grid.center.distance(to: grid.cell(id.index)) }
}
