// What the page Families.md promises of numbers, so that whoever reads histories by it reads them right.

import Foundation
import Randomness
import Tasks
import Testing

@Suite struct `The page of families` {
  var random = Random(seed: 0)

  @Test(arguments: [
    "dark-room", "dark-room-hard", "key-to-door", "bandit", "watermaze", "cart-pole", "dials",
  ])
  func `tells of each`(family: String) throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent(
        "../../Sources/AlgorithmDistillation/Documentation.docc/Families.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    #expect(text.contains("## \(family)\n") || text.contains("`\(family)`"))
  }

  @Test(arguments: [(0, [3, 4]), (1, [5, 4]), (2, [4, 3]), (3, [4, 5]), (4, [4, 4])])
  mutating func `is right about where moves lead in a grid`(action: Int, cell: [UInt8]) {
    let room = DarkRoomFamily().task(TaskID(0))
    var state = room.reset(using: &random)
    #expect(room.observation(of: state) == Observation(4, 4))
    _ = room.step(&state, action, using: &random)
    #expect(room.observation(of: state) == Observation(cell[0], cell[1]))
  }

  @Test func `is right about the tasks of the grids`() {
    #expect(DarkRoomFamily().taskCount == 81)
    #expect(DarkRoomHardFamily().taskCount == 289)
    #expect(KeyToDoorFamily().taskCount == 6_561)
    #expect(DarkRoomFamily().task(TaskID(12)).goal == Cell(x: 3, y: 1))
    #expect(DarkRoomHardFamily().task(TaskID(20)).goal == Cell(x: 3, y: 1))
    let room = KeyToDoorFamily().task(TaskID(12 + 81 * 10))
    #expect(room.key == Cell(x: 3, y: 1) && room.door == Cell(x: 1, y: 1))
  }

  @Test mutating func `is right about the middle of the hard room and its one reward`() {
    let room = DarkRoomHardFamily().task(TaskID(8 + 17 * 8))
    var state = room.reset(using: &random)
    #expect(room.observation(of: state) == Observation(8, 8))
    #expect(room.step(&state, 4, using: &random) == .step(reward: 1))
    #expect(room.step(&state, 4, using: &random) == .step(reward: 0))
  }

  @Test func `is right about which arms are odd`() {
    let family = BanditFamily()
    #expect(family.interface.observationSizes.isEmpty && family.interface.episodeLength == 1)
    for (first, isHigh) in [(1_000, true), (1_100, false)] {
      let means = family.task(TaskID(first)).means
      #expect(means.indices.allSatisfy { (means[$0] >= 0.5) == (($0 % 2 == 0) == isHigh) })
    }
  }

  @Test mutating func `is right about the four bytes of a pool`() {
    let pool = WatermazeFamily().task(TaskID(5))
    var state = pool.reset(using: &random)
    #expect(
      pool.observation(of: state)
        == PoolView(position: PoolPoint(x: 0, y: 0), heading: 0, platform: nil).observation)
    _ = pool.step(&state, 7, using: &random)
    // A turn to 30° clockwise from north, then 12 cm: 6 to the east and 10.4 to the north.
    let unseen = pool.observation(of: state)
    #expect((0..<4).map { unseen[$0] } == [134, 118, 1, 0])
    state.stepsSinceFound = 0
    let seen = pool.observation(of: state)
    #expect((0..<4).map { Int(seen[$0]) } == [134, 118, (1 + 16 * 6) % 256, (1 + 16 * 6) / 256])
  }

  @Test mutating func `is right about when a pool's episode ends`() {
    let pool = WatermazeFamily().task(TaskID(0))
    var state = pool.reset(using: &random)
    state.position = pool.platform
    var transitions: [Transition] = []
    for _ in 0..<4 { transitions.append(pool.step(&state, 4, using: &random)) }
    #expect(
      transitions == [
        .step(reward: 1), .step(reward: 0), .step(reward: 0), .terminated(reward: 0),
      ])
  }

  @Test func `is right about the pushes of a cart`() {
    let forces = CartPoleFamily().task(TaskID(3)).forces.sorted()
    #expect(forces.count == 4 && forces[0] == -forces[3] && forces[1] == -forces[2])
    #expect(forces[2] == forces[3] / 2 && (8...14).contains(forces[3]))
  }

  @Test func `is right about the digits of a panel's action`() {
    let family = DialsFamily()
    #expect(family.interface.choices(of: 1 * 25 + 2 * 5 + 3) == [1, 2, 3])
    let task = family.task(TaskID(7))
    #expect(task.targets.count == 2 && task.weights.count == 3)
    #expect(abs(task.weights.reduce(0, +) - 1) < 1e-12)
  }
}
