// What exploring could give at best in Key-to-Door: an agent that knows the rules but neither key nor door. Until it has found
// the key it sees as many cells as early as it can; from then on it begins each episode by fetching the key, and sees as many
// cells as it can from there until it has found the door. It is the limit that a context can approach, not a learner.

internal import Randomness

/// An ideal explorer of one room with a key and a door.
struct KeyToDoorExplorer {
  private let world: KeyToDoor
  private var searchForKey: WalkSearch
  private var searchForDoor: WalkSearch
  private var knowsKey = false
  private var knowsDoor = false

  /// An explorer that has seen nothing.
  init(of world: KeyToDoor) {
    self.world = world
    searchForKey = WalkSearch(size: world.grid.size, valuesAllAlike: false, beamWidth: 16)
    searchForDoor = searchForKey
  }

  /// Lives the next episode.
  /// - Parameter start: The cell that it begins on.
  /// - Returns: Its return, 0 to 2.
  mutating func liveEpisode(from start: Cell) -> Int {
    var left = world.interface.episodeLength
    guard let toKey = stepsToKey(from: start, within: left) else { return 0 }
    left -= toKey
    guard left > 0, let _ = stepsToDoor(within: left) else { return 1 }
    return 2
  }

  private mutating func stepsToKey(from start: Cell, within steps: Int) -> Int? {
    // A step that stays on the cell counts as an arrival.
    if knowsKey { return within(steps, max(1, start.distance(to: world.key))) }
    let find = find(world.key, from: start, within: steps, &searchForKey)
    knowsKey = find != nil
    return find
  }

  private mutating func stepsToDoor(within steps: Int) -> Int? {
    if knowsDoor { return within(steps, max(1, world.key.distance(to: world.door))) }
    let find = find(world.door, from: world.key, within: steps, &searchForDoor)
    knowsDoor = find != nil
    return find
  }

  private func within(_ steps: Int, _ needed: Int) -> Int? { needed <= steps ? needed : nil }

  private func find(
    _ cell: Cell, from start: Cell, within steps: Int, _ search: inout WalkSearch
  ) -> Int? {
    let size = world.grid.size
    return search.nextWalk(from: start.x + size * start.y, steps: steps)
      .first { $0.cell == cell.x + size * cell.y }?.step
  }
}
