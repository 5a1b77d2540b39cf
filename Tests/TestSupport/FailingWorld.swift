// A world that fails after a number of steps, as one in another process can.

package import Randomness
internal import Synchronization
package import Tasks

/// What a failing world throws.
package struct Breakdown: Error, Equatable {
  /// A breakdown.
  package init() {}
}

/// The steps left until all worlds that share it fail.
package final class Fuse: Sendable {
  private let left: Mutex<Int>

  /// A fuse of some steps.
  package init(steps: Int) { left = Mutex(steps) }

  func burn() throws(Breakdown) {
    let isBurnt = left.withLock { left in
      left -= 1
      return left < 0
    }
    if isBurnt { throw Breakdown() }
  }
}

/// A world that does as another until its fuse is burnt.
package struct FailingWorld<World: Environment>: Environment where World.Failure == Never {
  private let world: World
  private let fuse: Fuse

  /// The world with a fuse.
  package init(_ world: World, _ fuse: Fuse) {
    self.world = world
    self.fuse = fuse
  }

  package var interface: TaskInterface { world.interface }
  package var renderer: (any Renderer)? { world.renderer }

  package func reset(using random: inout Random) throws(Breakdown) -> World.State {
    world.reset(using: &random)
  }

  package func observation(of state: World.State) -> Observation { world.observation(of: state) }

  package func step(
    _ state: inout World.State, _ action: Int, using random: inout Random
  ) throws(Breakdown) -> Transition {
    try fuse.burn()
    return world.step(&state, action, using: &random)
  }
}

/// Dark rooms that share a fuse.
package struct FailingRooms: TaskFamily {
  private let rooms: DarkRoomFamily
  private let fuse: Fuse

  /// The rooms of a family, until the fuse is burnt.
  package init(_ rooms: DarkRoomFamily, _ fuse: Fuse) {
    self.rooms = rooms
    self.fuse = fuse
  }

  package var name: String { "failing-rooms" }
  package var interface: TaskInterface { rooms.interface }
  package var taskCount: Int { rooms.taskCount }
  package func task(_ id: TaskID) -> FailingWorld<DarkRoom> { FailingWorld(rooms.task(id), fuse) }
  package func label(of id: TaskID) -> String { rooms.label(of: id) }
  package func mapPosition(of id: TaskID) -> (column: Int, row: Int)? { rooms.mapPosition(of: id) }
  package func stratum(of id: TaskID) -> Int { rooms.stratum(of: id) }
  package func optimalReturn(of id: TaskID) -> Double? { rooms.optimalReturn(of: id) }
  package func randomReturn(of id: TaskID) -> Double { rooms.randomReturn(of: id) }
}
