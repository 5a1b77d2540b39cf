// The pool as a world: what four bytes keep, how the agent moves, where platforms lie, what is rewarded
// and when an episode ends.

import Randomness
import Tasks
import TestSupport
import Testing

/// Settings that differ from the defaults.
func pools(_ change: (inout WatermazeSettings) -> Void) -> WatermazeFamily {
  var settings = WatermazeSettings()
  change(&settings)
  return WatermazeFamily(settings)
}

/// The pools of all platforms that four bytes can number, seen without a camera, which is made at once.
let allPools = pools {
  $0.pools = PoolView.greatestTaskCount
  $0.view = .position
}

extension Watermaze {
  /// The action after which the agent is nearest to the platform.
  fileprivate func nearestAction(in state: State) -> Int {
    func distance(after action: Int) -> Int {
      var (state, random) = (state, Random(seed: 0))
      _ = step(&state, action, using: &random)
      return state.position.squaredDistance(to: platform)
    }
    let distances = (0..<interface.actionCount).map(distance(after:))
    return distances.indices.min { distances[$0] < distances[$1] } ?? 0
  }

  /// A state at a place.
  fileprivate func state(x: Int, y: Int, heading: Int) -> State {
    var random = Random(seed: 0)
    var state = reset(using: &random)
    (state.position, state.heading) = (PoolPoint(x: x, y: y), heading)
    return state
  }

  /// What an episode of the actions that end nearest to the platform gives: a transition for each step, and
  /// what was seen after it.
  fileprivate func straightEpisode() -> [(transition: Transition, view: PoolView)] {
    var random = Random(seed: 0)
    var state = reset(using: &random)
    var steps: [(Transition, PoolView)] = []
    while steps.count < interface.episodeLength && steps.last?.0.isTerminated != true {
      let transition = step(&state, nearestAction(in: state), using: &random)
      steps.append((transition, PoolView(observation(of: state))))
    }
    return steps
  }
}

@Suite struct `Four bytes of a pool` {
  @Test func `keep every heading, the farthest places and every platform`() {
    let farthest = [-128, -114, -1, 0, 1, 114, 127]
    let platforms = [nil, 0, 1, 14, 15, 123, 2047, PoolView.greatestTaskCount - 1]
    for heading in 0..<Pool.headings {
      for (x, y) in farthest.flatMap({ x in farthest.map { (x, $0) } }) {
        for platform in platforms {
          let view = PoolView(
            position: PoolPoint(x: x, y: y), heading: heading, platform: platform.map(TaskID.init))
          #expect(PoolView(view.observation) == view)
        }
      }
    }
  }

  @Test func `differ for every platform and heading`() {
    let platforms = [nil] + (0..<PoolView.greatestTaskCount).map { TaskID($0) }
    let observations = platforms.flatMap { platform in
      (0..<Pool.headings).map {
        PoolView(position: PoolPoint(x: 3, y: -4), heading: $0, platform: platform).observation
      }
    }
    #expect(Set(observations).count == 4096 * Pool.headings)
  }

  @Test func `are all that a state shows`() {
    let pool = allPools.task(TaskID(4094))
    var state = pool.state(x: -90, y: 70, heading: 11)
    state.stepsSinceFound = 2
    let view = PoolView(pool.observation(of: state))
    #expect(view == PoolView(position: state.position, heading: 11, platform: TaskID(4094)))
  }
}

@Suite struct `A swimmer` {
  private let pool = WatermazeFamily().task(TaskID(0))
  private typealias Move = Watermaze.Move

  /// Where some moves lead from a place in the middle.
  private func moved(_ moves: [Move], heading: Int) -> Watermaze.State {
    var random = Random(seed: 0)
    var state = pool.state(x: -7, y: 5, heading: heading)
    for move in moves { _ = pool.step(&state, move.rawValue, using: &random) }
    return state
  }

  @Test func `never leaves the pool and keeps its body from the wall, but for rounding`() {
    var random = Random(seed: 3)
    var state = pool.reset(using: &random)
    var farthest = 0
    var isAtWall = 0
    for step in 0..<200_000 {
      // Long runs ahead, so that much of the time is spent at the wall.
      let action = step % 40 < 25 ? Move.forward.rawValue : random.below(8)
      _ = pool.step(&state, action, using: &random)
      let square = state.position.squaredDistance(to: PoolPoint(x: 0, y: 0))
      farthest = max(farthest, square)
      if square >= 113 * 113 { isAtWall += 1 }
    }
    #expect(farthest <= 115 * 115)
    #expect(isAtWall > 20_000)
  }

  @Test(arguments: 0..<Pool.headings) func `undoes a move with its opposite, away from the wall`(
    heading: Int
  ) {
    let still = moved([], heading: heading)
    #expect(moved([.forward, .back], heading: heading) == still)
    #expect(moved([.left, .right], heading: heading) == still)
    #expect(moved([.turnLeft, .turnRight], heading: heading) == still)
    #expect(moved([.forward], heading: heading) != still)
  }

  @Test(arguments: [Watermaze.Move.turnLeft, .turnRight]) func `is back after twelve turns`(
    turn: Watermaze.Move
  ) {
    for heading in 0..<Pool.headings {
      let turns = (0...12).map { moved(Array(repeating: turn, count: $0), heading: heading) }
      #expect(turns[12] == turns[0])
      #expect(Set(turns.map(\.heading)).count == 12)
      #expect(turns.allSatisfy { $0.position == turns[0].position })
    }
  }

  @Test func `turns before it goes ahead`() {
    for heading in 0..<Pool.headings {
      #expect(
        moved([.forwardTurningLeft], heading: heading)
          == moved([.turnLeft, .forward], heading: heading))
      #expect(
        moved([.forwardTurningRight], heading: heading)
          == moved([.turnRight, .forward], heading: heading))
    }
  }

  @Test func `goes north, east, south and west by its heading`() {
    let steps = [0, 3, 6, 9].map { moved([.forward], heading: $0).position }
    let expected = [(-7, -7), (5, 5), (-7, 17), (-19, 5)].map { PoolPoint(x: $0.0, y: $0.1) }
    #expect(steps == expected)
  }

  @Test func `starts in the middle, looking north or anywhere`() {
    func headings(_ start: WatermazeSettings.StartHeading) -> [Int] {
      var random = Random(seed: 8)
      let pool = pools { $0.startHeading = start }.task(TaskID(1))
      return (0..<600).map { _ in
        let state = pool.reset(using: &random)
        #expect(state.position == PoolPoint(x: 0, y: 0) && state.stepsSinceFound == nil)
        return state.heading
      }
    }
    #expect(Set(headings(.north)) == [0])
    #expect(Set(headings(.any)) == Set(0..<Pool.headings))
  }
}

@Suite struct `Platforms` {
  private let squares = allPools.allTasks.map {
    Double(allPools.task($0).platform.squaredDistance(to: PoolPoint(x: 0, y: 0)))
  }

  @Test func `lie in the ring that keeps clear of start and wall, but for rounding`() {
    let inner = Double(Pool.exclusion)
    let outer = Double(Pool.radius - Pool.platformRadius)
    for square in squares {
      #expect(square.squareRoot() >= inner - Tolerance.wholeCentimetres)
      #expect(square.squareRoot() <= outer + Tolerance.wholeCentimetres)
    }
  }

  @Test(arguments: [124, 1000, 4095]) func `are even over the ring's area`(count: Int) {
    let (inner, outer) = (Pool.exclusion, Pool.radius - Pool.platformRadius)
    var counts = [Int](repeating: 0, count: 16)
    for (square, task) in zip(squares, allPools.allTasks).prefix(count) {
      let platform = allPools.task(task).platform
      let share = (square - Double(inner * inner)) / Double(outer * outer - inner * inner)
      let quarter = (platform.x > 0 ? 0 : 1) + (platform.y > 0 ? 0 : 2)
      counts[4 * quarter + min(max(Int(4 * share), 0), 3)] += 1
    }
    let even = Double(count) / 16
    for found in counts { #expect(abs(Double(found) - even) <= Tolerance.evenPlatforms(count)) }
  }

  @Test func `are all reached by the straight way within an episode, for a return of 1`() {
    for task in allPools.allTasks {
      let steps = allPools.task(task).straightEpisode()
      #expect(steps.reduce(0) { $0 + $1.transition.reward } == 1, "task \(task)")
      let found = steps.firstIndex { $0.transition.reward > 0 }.map { $0 + 1 }
      #expect(allPools.task(task).stepsOfStraightWay() == found)
      #expect(allPools.optimalReturn(of: task) == 1)
    }
  }

  @Test func `have an optimal return of 0 where episodes are too short`() {
    let brief = pools { $0.episodeLength = 2 }
    #expect(brief.allTasks.allSatisfy { brief.optimalReturn(of: $0) == 0 })
  }

  @Test func `are found at random as often as stated`() {
    let family = WatermazeFamily()
    let shares = family.allTasks.map { shareFoundAtRandom(in: family.task($0), episodes: 8_065) }
    let mean = shares.reduce(0, +) / Double(family.taskCount)
    #expect(abs(mean - 0.103) <= Tolerance.shareOfMillion)
    for task in family.allTasks {
      let difference = family.randomReturn(of: task) - shares[task.index]
      #expect(abs(difference) <= Tolerance.shareOfFourThousand, "task \(task)")
    }
  }

  /// The share of random episodes that find the platform, with a luck of the pool's own.
  private func shareFoundAtRandom(in pool: Watermaze, episodes: Int) -> Double {
    var random = Random(seed: UInt64(1000 + pool.task.index))
    let found = (0..<episodes).count { _ in
      var state = pool.reset(using: &random)
      for _ in 0..<pool.interface.episodeLength where state.stepsSinceFound == nil {
        _ = pool.step(&state, random.below(8), using: &random)
      }
      return state.stepsSinceFound != nil
    }
    return Double(found) / Double(episodes)
  }
}

@Suite struct `An episode in a pool` {
  @Test func `rewards the platform once, however often it is reached`() {
    let family = pools { $0.restSteps = 50 }
    var random = Random(seed: 4)
    var found = 0
    for task in family.allTasks {
      let pool = family.task(task)
      for _ in 0..<40 {
        var state = pool.reset(using: &random)
        var sum: Float = 0
        for _ in 0..<50 { sum += pool.step(&state, random.below(8), using: &random).reward }
        #expect(sum == (state.stepsSinceFound == nil ? 0 : 1))
        found += Int(sum)
      }
    }
    #expect(found > 100)
  }

  @Test(arguments: [0, 1, 3, 10])
  func `ends as many steps after the platform was found as it rests`(
    rest: Int
  ) {
    let family = pools { $0.restSteps = rest }
    for task in family.allTasks {
      let transitions = family.task(task).straightEpisode().map(\.transition)
      let found = transitions.firstIndex { $0.reward > 0 } ?? transitions.count
      #expect(transitions.count == found + 1 + rest)
      #expect(transitions.last?.isTerminated == true)
    }
  }

  @Test func `that rests as long as it lasts is never cut short`() {
    let family = pools { $0.restSteps = 50 }
    for task in family.allTasks {
      let steps = family.task(task).straightEpisode()
      #expect(steps.count == 50)
      #expect(steps.allSatisfy { !$0.transition.isTerminated })
    }
  }

  @Test func `shows the platform once it was found, and not before`() {
    let family = pools { $0.restSteps = 5 }
    for task in family.allTasks {
      let pool = family.task(task)
      var random = Random(seed: 1)
      let start = PoolView(pool.observation(of: pool.reset(using: &random)))
      #expect(start.platform == nil)
      var isFound = false
      for (transition, view) in pool.straightEpisode() {
        isFound = isFound || transition.reward > 0
        #expect(view.platform == (isFound ? task : nil))
      }
      #expect(isFound)
    }
  }
}

@Suite struct `A pool from above` {
  @Test func `has the platform and the agent where they are, in radii of the pool`() throws {
    let family = WatermazeFamily()
    for task in family.allTasks {
      let scene = try #require(family.mapScene(of: task))
      let platform = family.task(task).platform
      #expect(scene.outline == MapCircle(x: 0, y: 0, radius: 1))
      #expect(scene.goal.radius == 13.0 / 120)
      let there = PoolView(position: platform, heading: 5, platform: nil).observation
      let point = try #require(family.mapPoint(of: there))
      #expect(point.x == scene.goal.x && point.y == scene.goal.y)
      #expect(point.x == Double(platform.x) / 120 && point.y == Double(platform.y) / 120)
    }
  }

  @Test func `is nothing that a dark room has`() {
    #expect(DarkRoomFamily().mapScene(of: TaskID(0)) == nil)
    #expect(DarkRoomFamily().mapPoint(of: Observation(1, 2)) == nil)
  }
}
