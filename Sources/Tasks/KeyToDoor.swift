// Dark Key-to-Door (Laskin et al. 2022, §4): a dark room with an invisible key and an invisible door. The
// agent sees its own cell alone, and starts in any cell. The first arrival on the key gives a reward of 1,
// and then the first on the door another; the door gives nothing without the key. Key and door may share
// a cell, on which the agent must then stay for a step. The greatest return is 2.

public import Randomness

/// One room with a key and a door.
public struct KeyToDoor: DeterministicEnvironment {
  /// Where the agent is, and what it has done in this episode.
  public struct State: Hashable, Sendable {
    /// The agent's cell.
    public var cell: Cell
    /// 0: without the key; 1: with it; 2: through the door.
    public var progress = 0

    /// Without the key.
    @inlinable
    public init(cell: Cell) { self.cell = cell }
  }

  public let grid: Grid
  /// The cell that rewards first.
  public let key: Cell
  /// The cell that rewards after the key.
  public let door: Cell
  /// Whether an episode ends with the door.
  public let endsWhenDone: Bool
  /// Two observed components, x and y; five actions; rewards 0 and 1.
  public let interface: TaskInterface

  /// A room.
  /// - Precondition: Key and door lie in the room.
  public init(size: Int, episodeLength: Int, endsWhenDone: Bool, key: Cell, door: Cell) {
    grid = Grid(size: size)
    precondition(
      grid.contains(key) && grid.contains(door),
      "the key (\(key.x), \(key.y)) or the door (\(door.x), \(door.y)) lies outside a room of "
        + "\(size) × \(size)")
    self.key = key
    self.door = door
    self.endsWhenDone = endsWhenDone
    interface = grid.interface(episodeLength: episodeLength)
  }

  /// Any cell.
  @inlinable
  public func reset(using random: inout Random) -> State {
    State(cell: grid.cell(random.below(grid.cellCount)))
  }

  /// The agent's own cell: x, then y. Whether it has the key is not seen.
  @inlinable
  public func observation(of state: State) -> Observation { grid.observation(of: state.cell) }

  /// Moves, and rewards the first arrival on the key and the first on the door after it.
  @inlinable @inline(__always)
  public func step(_ state: inout State, _ action: Int, using random: inout Random) -> Transition {
    state.cell = grid.destination(from: state.cell, action)
    if state.progress == 0 && state.cell == key {
      state.progress = 1
      return .step(reward: 1)
    }
    guard state.progress == 1 && state.cell == door else { return .step(reward: 0) }
    state.progress = 2
    return endsWhenDone ? .terminated(reward: 1) : .step(reward: 1)
  }

  /// Every cell alike.
  public var initialStates: [(probability: Double, state: State)] {
    (0..<grid.cellCount).map { (1 / Double(grid.cellCount), State(cell: grid.cell($0))) }
  }
}

/// The settings of `KeyToDoorFamily`.
public struct KeyToDoorSettings: FamilySettings {
  public static var family: String { "key-to-door" }

  /// Rows and columns of the grid.
  public var size = 9
  /// Steps of an episode.
  public var episodeLength = 50
  /// Whether an episode ends with the door; if not, it has all its steps.
  public var endsWhenDone = false

  public init() {}

  /// What no room can be.
  public var problems: [(key: String, message: String)] {
    // A task for each pair of cells: 16,777,216 in the largest rooms.
    gridProblems(size: size, episodeLength: episodeLength, greatestSize: 64)
  }

  public func makeFamily() -> any TaskFamily { KeyToDoorFamily(self) }
}

/// All rooms of one size, one for each pair of cells: task k + size² · d has its key in cell k and its
/// door in cell d, cells being numbered x + size · y.
public struct KeyToDoorFamily: TaskFamily {
  /// The measures of each room.
  public let settings: KeyToDoorSettings
  private let grid: Grid

  /// The family that settings describe.
  public init(_ settings: KeyToDoorSettings = KeyToDoorSettings()) {
    self.settings = settings
    grid = Grid(size: settings.size)
  }

  /// `key-to-door`.
  public var name: String { KeyToDoorSettings.family }

  /// Shared by all rooms of the family.
  public var interface: TaskInterface { grid.interface(episodeLength: settings.episodeLength) }

  /// One task for each pair of cells.
  public var taskCount: Int { grid.cellCount * grid.cellCount }

  /// Those of an ideal explorer, see `KeyToDoorExplorer`: means of some 100 lives, whose episodes begin anywhere.
  public func idealReturns(of tasks: [TaskID], episodes: Int) -> [Double] {
    guard !tasks.isEmpty else { return [] }
    let lives = max(1, 100 / tasks.count)
    var sums = [Int](repeating: 0, count: episodes)
    for id in tasks {
      let world = task(id)
      for life in 0..<lives {
        var random = Seed(0).random(for: "ideal explorer", id.index, life)
        var explorer = KeyToDoorExplorer(of: world)
        for episode in 0..<episodes {
          sums[episode] += explorer.liveEpisode(from: world.reset(using: &random).cell)
        }
      }
    }
    return sums.map { Double($0) / Double(lives * tasks.count) }
  }

  /// The room of a pair of cells.
  public func task(_ id: TaskID) -> KeyToDoor {
    let (key, door) = cells(of: id)
    return KeyToDoor(
      size: settings.size, episodeLength: settings.episodeLength,
      endsWhenDone: settings.endsWhenDone, key: key, door: door)
  }

  /// Such as `key (3, 4), door (0, 8)`.
  public func label(of id: TaskID) -> String {
    let (key, door) = cells(of: id)
    return "key (\(key.x), \(key.y)), door (\(door.x), \(door.y))"
  }

  /// The way from the key to the door.
  public func stratum(of id: TaskID) -> Int {
    let (key, door) = cells(of: id)
    return key.distance(to: door)
  }

  private func cells(of id: TaskID) -> (key: Cell, door: Cell) {
    precondition((0..<taskCount).contains(id.index), "no task \(id) among \(taskCount)")
    return (grid.cell(id.index % grid.cellCount), grid.cell(id.index / grid.cellCount))
  }
}
