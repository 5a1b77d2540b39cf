// Dark Room (Hard) (Laskin et al. 2022, §4): a larger room whose goal rewards once an episode. The agent
// sees its own cell, starts in the middle, and takes a fixed number of steps; the first of them that ends
// on the goal gives a reward of 1, all others 0. The greatest return is 1 wherever the goal is in reach.

public import Randomness

/// One hard dark room.
public struct DarkRoomHard: DeterministicEnvironment {
  /// Where the agent is, and whether it has had the episode's reward.
  public struct State: Hashable, Sendable {
    /// The agent's cell.
    public var cell: Cell
    /// Whether the goal was reached in this episode.
    public var isFound = false

    /// The goal not yet found.
    @inlinable
    public init(cell: Cell) { self.cell = cell }
  }

  public let grid: Grid
  /// The cell that rewards once.
  public let goal: Cell
  /// Whether an episode ends with its reward.
  public let endsWhenDone: Bool
  /// Two observed components, x and y; five actions; rewards 0 and 1.
  public let interface: TaskInterface

  /// A room with a goal.
  /// - Precondition: The goal lies in the room.
  public init(size: Int, episodeLength: Int, endsWhenDone: Bool, goal: Cell) {
    grid = Grid(size: size)
    precondition(
      grid.contains(goal),
      "the goal (\(goal.x), \(goal.y)) lies outside a room of \(size) × \(size)")
    self.goal = goal
    self.endsWhenDone = endsWhenDone
    interface = grid.interface(episodeLength: episodeLength)
  }

  /// Always the middle, nothing found.
  @inlinable
  public func reset(using random: inout Random) -> State { State(cell: grid.center) }

  /// The agent's own cell: x, then y. Whether the goal was found is not seen.
  @inlinable
  public func observation(of state: State) -> Observation { grid.observation(of: state.cell) }

  /// Moves, and rewards the first arrival on the goal.
  @inlinable @inline(__always)
  public func step(_ state: inout State, _ action: Int, using random: inout Random) -> Transition {
    state.cell = grid.destination(from: state.cell, action)
    guard state.cell == goal && !state.isFound else { return .step(reward: 0) }
    state.isFound = true
    return endsWhenDone ? .terminated(reward: 1) : .step(reward: 1)
  }

  /// The middle, for certain.
  public var initialStates: [(probability: Double, state: State)] {
    [(1, State(cell: grid.center))]
  }
}

/// The settings of `DarkRoomHardFamily`.
public struct DarkRoomHardSettings: FamilySettings {
  public static var family: String { "dark-room-hard" }

  /// Rows and columns of the grid.
  public var size = 17
  /// Steps of an episode.
  public var episodeLength = 20
  /// Whether an episode ends with its reward; if not, it has all its steps.
  public var endsWhenDone = false

  public init() {}

  /// What no room can be.
  public var problems: [(key: String, message: String)] {
    gridProblems(size: size, episodeLength: episodeLength)
  }

  public func makeFamily() -> any TaskFamily { DarkRoomHardFamily(self) }
}

/// All hard rooms of one size, one for each goal: task x + size · y has its goal in column x, row y.
public struct DarkRoomHardFamily: GoalFamily {
  /// The measures of each room.
  public let settings: DarkRoomHardSettings
  /// The cells of each room.
  public let grid: Grid

  /// The family that settings describe.
  public init(_ settings: DarkRoomHardSettings = DarkRoomHardSettings()) {
    self.settings = settings
    grid = Grid(size: settings.size)
  }

  /// `dark-room-hard`.
  public var name: String { DarkRoomHardSettings.family }

  /// Shared by all rooms of the family.
  public var interface: TaskInterface { grid.interface(episodeLength: settings.episodeLength) }

  /// Those of an ideal explorer that starts in the middle; see `IdealExplorer`.
  public func idealReturns(of tasks: [TaskID], episodes: Int) -> [Double] {
    guard !tasks.isEmpty else { return [] }
    return IdealExplorer(
      size: grid.size, episodeLength: settings.episodeLength, rewardsOnce: true
    ).expectedReturns(goals: tasks.map(\.index), episodes: episodes)
  }

  /// The room whose goal is in column `id % size`, row `id / size`.
  public func task(_ id: TaskID) -> DarkRoomHard {
    DarkRoomHard(
      size: settings.size, episodeLength: settings.episodeLength,
      endsWhenDone: settings.endsWhenDone, goal: grid.cell(id.index))
  }
}
