// The Watermaze (Morris 1981; Laskin et al. 2022, §4): a round pool with a hidden platform. The agent
// starts in the middle and sees, in first person, a wall whose patterns tell where it is. Reaching the
// platform gives a reward of 1, once; from then on the platform stands out of the water. In order: the
// pool's measures, a place in it, what is kept of it in four bytes, the world, the family.
//
// All positions are whole centimetres, so that a state is what four bytes hold of it, to the bit.

public import Randomness

/// The measures of the pool, in centimetres, and how each was chosen.
public enum Pool {
  /// From the middle to the wall: the largest round number that one byte holds in both directions.
  public static let radius = 120
  /// The least distance from the wall, where the camera would see nothing but wall.
  public static let bodyRadius = 6
  /// The length of a move: ten from the middle to the wall.
  public static let step = 12
  /// The headings, 30° apart: a turn is one; as small a number as walks straight to everywhere.
  public static let headings = 12
  /// How near the platform's middle is on it. With `exclusion`, set so that acting at random finds one
  /// platform in ten: 0.103 over the 124 pools of the defaults, from 0.015 to 0.31, measured in a million
  /// episodes; the paper's is 0.099.
  public static let platformRadius = 13
  /// The least distance of a platform's middle from the start.
  public static let exclusion = 50

  private static let root = (3.0).squareRoot() / 2
  private static let sines = [
    0, 0.5, root, 1, root, 0.5, 0, -0.5, -root, -1, -root, -0.5,
  ]

  /// The sine of a heading, from 0, clockwise from north.
  static func sine(_ heading: Int) -> Double { sines[heading % headings] }

  /// The cosine of a heading.
  static func cosine(_ heading: Int) -> Double { sine(heading + headings / 4) }
}

/// A point of the pool in centimetres from its middle: x to the east, y to the south.
public struct PoolPoint: Hashable, Sendable {
  /// To the east.
  public let x: Int
  /// To the south.
  public let y: Int

  @inlinable
  public init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }

  /// The square of the distance between two points.
  @inlinable
  public func squaredDistance(to other: PoolPoint) -> Int {
    (x - other.x) * (x - other.x) + (y - other.y) * (y - other.y)
  }
}

/// What the camera must know: where the agent is, and the platform if it stands out of the water.
///
/// Four bytes: x + 128, y + 128, then a number of sixteen bits, the lower byte first: the heading plus 16
/// times the platform's number, which is 1 more than its task's, or 0 if there is none to be seen.
public struct PoolView: Equatable, Sendable {
  /// Where the agent is.
  public var position: PoolPoint
  /// Where it looks, 0 ..< `Pool.headings`, clockwise from north.
  public var heading: Int
  /// The task whose platform is to be seen, if any is.
  public var platform: TaskID?

  /// The most tasks whose platforms have numbers.
  public static let greatestTaskCount = 4095

  public init(position: PoolPoint, heading: Int, platform: TaskID?) {
    self.position = position
    self.heading = heading
    self.platform = platform
  }

  /// The view that an observation keeps.
  public init(_ observation: Observation) {
    position = PoolPoint(x: Int(observation[0]) - 128, y: Int(observation[1]) - 128)
    let rest = Int(observation[2]) + 256 * Int(observation[3])
    heading = rest % 16
    platform = rest < 16 ? nil : TaskID(rest / 16 - 1)
  }

  /// Whether the position lies in the pool, the heading is one, and the platform one of so many.
  func isPossible(among platforms: Int) -> Bool {
    position.squaredDistance(to: PoolPoint(x: 0, y: 0)) < Pool.radius * Pool.radius
      && heading < Pool.headings && (platform.map { $0.index < platforms } ?? true)
  }

  /// The four bytes.
  public var observation: Observation {
    let rest = heading + 16 * (platform.map { $0.index + 1 } ?? 0)
    return Observation(
      components: SIMD4(
        UInt8(position.x + 128), UInt8(position.y + 128), UInt8(rest % 256), UInt8(rest / 256)))
  }
}

/// One pool with its platform.
public struct Watermaze: Environment {
  /// The moves, numbered as in shards.
  public enum Move: Int, CaseIterable, Sendable {
    /// One step the way it looks.
    case forward
    /// One step backwards.
    case back
    /// One step to the left, looking ahead.
    case left
    /// One step to the right, looking ahead.
    case right
    /// One heading counterclockwise.
    case turnLeft
    /// One heading clockwise.
    case turnRight
    /// One heading counterclockwise, then a step ahead.
    case forwardTurningLeft
    /// One heading clockwise, then a step ahead.
    case forwardTurningRight
  }

  /// Where the agent is in its episode.
  public struct State: Equatable, Sendable {
    /// Where it is.
    public var position = PoolPoint(x: 0, y: 0)
    /// Where it looks.
    public var heading = 0
    /// The steps since it found the platform, 0 with the step that did; nil before.
    public var stepsSinceFound: Int?
  }

  /// The task, by which the platform is known.
  public let task: TaskID
  /// The middle of the platform.
  public let platform: PoolPoint
  /// The steps that an episode goes on after the platform was found.
  public let restSteps: Int
  /// Whether an episode begins with any heading, rather than with north.
  public let startsWithAnyHeading: Bool
  /// Four components; what is seen of them as the family says; eight actions; rewards 0 and 1.
  public let interface: TaskInterface
  /// The camera, or what tells the position.
  public let renderer: (any Renderer)?

  /// The middle of the pool, looking north or anywhere.
  public func reset(using random: inout Random) -> State {
    var state = State()
    if startsWithAnyHeading { state.heading = random.below(Pool.headings) }
    return state
  }

  /// Where the agent is, and the platform once it was found.
  public func observation(of state: State) -> Observation {
    PoolView(
      position: state.position, heading: state.heading,
      platform: state.stepsSinceFound == nil ? nil : task
    ).observation
  }

  /// Moves, and rewards reaching the platform for the first time.
  public func step(_ state: inout State, _ action: Int, using random: inout Random) -> Transition {
    guard let move = Move(rawValue: action) else {
      preconditionFailure("a watermaze has the actions 0 to 7, not \(action)")
    }
    PoolMotion.move(&state.position, &state.heading, move)
    let isFound = state.stepsSinceFound != nil
    if let steps = state.stepsSinceFound { state.stepsSinceFound = steps + 1 }
    let isOnPlatform =
      state.position.squaredDistance(to: platform) <= Pool.platformRadius * Pool.platformRadius
    let finds = !isFound && isOnPlatform
    if finds { state.stepsSinceFound = 0 }
    let reward: Float = finds ? 1 : 0
    let isOver = state.stepsSinceFound.map { $0 >= restSteps } ?? false
    return isOver ? .terminated(reward: reward) : .step(reward: reward)
  }

  /// The steps of a straight way to the platform: of all moves, always the one that ends nearest to it.
  /// Nil if an episode is too short for it.
  public func stepsOfStraightWay() -> Int? {
    var random = Random(seed: 0)
    var state = State()
    for steps in 1...interface.episodeLength {
      let best = Move.allCases.min { distance(after: $0, state) < distance(after: $1, state) }
      guard let best else { return nil }
      if step(&state, best.rawValue, using: &random).reward > 0 { return steps }
    }
    return nil
  }

  private func distance(after move: Move, _ state: State) -> Int {
    var (position, heading) = (state.position, state.heading)
    PoolMotion.move(&position, &heading, move)
    return position.squaredDistance(to: platform)
  }
}

/// How an agent moves in the pool: by whole centimetres, gliding along the wall.
enum PoolMotion {
  /// The step of each heading, in x and y.
  private static let steps: [PoolPoint] = (0..<Pool.headings).map { heading in
    PoolPoint(
      x: Int((Double(Pool.step) * Pool.sine(heading)).rounded()),
      y: Int((-Double(Pool.step) * Pool.cosine(heading)).rounded()))
  }

  static func move(_ position: inout PoolPoint, _ heading: inout Int, _ move: Watermaze.Move) {
    switch move {
    case .turnLeft, .forwardTurningLeft: heading = (heading + Pool.headings - 1) % Pool.headings
    case .turnRight, .forwardTurningRight: heading = (heading + 1) % Pool.headings
    default: break
    }
    let quarter: Int
    switch move {
    case .turnLeft, .turnRight: return
    case .forward, .forwardTurningLeft, .forwardTurningRight: quarter = 0
    case .right: quarter = 1
    case .back: quarter = 2
    case .left: quarter = 3
    }
    let step = steps[(heading + quarter * Pool.headings / 4) % Pool.headings]
    position = inside(PoolPoint(x: position.x + step.x, y: position.y + step.y))
  }

  /// The nearest point, rounded, whose distance from the wall is a body's.
  private static func inside(_ point: PoolPoint) -> PoolPoint {
    let limit = Pool.radius - Pool.bodyRadius
    let square = point.squaredDistance(to: PoolPoint(x: 0, y: 0))
    guard square > limit * limit else { return point }
    let shrunk = Double(limit) / Double(square).squareRoot()
    return PoolPoint(
      x: Int((Double(point.x) * shrunk).rounded()), y: Int((Double(point.y) * shrunk).rounded()))
  }
}

/// The settings of `WatermazeFamily`.
public struct WatermazeSettings: FamilySettings {
  public static var family: String { "watermaze" }

  /// What the agent is shown.
  public enum View: String, Codable, Sendable, CaseIterable {
    /// A picture of what lies ahead.
    case image
    /// Where it is and looks, and where the platform is once it was found: for quick experiments.
    case position
  }

  /// What an episode begins with.
  public enum StartHeading: String, Codable, Sendable, CaseIterable {
    /// Always the same, as in the paper.
    case north
    /// Any of them, by chance.
    case any
  }

  /// The number of pools, each with its platform elsewhere.
  public var pools = 124
  /// Steps of an episode, at most.
  public var episodeLength = 50
  /// The steps that an episode goes on after the platform was found, in which it is to be seen; with the
  /// episode's length, all that are left.
  public var restSteps = 3
  /// Where the agent looks at the start.
  public var startHeading = StartHeading.north
  /// What the agent is shown.
  public var view = View.image
  /// The height of a picture, in pixels.
  public var frameRows = 18
  /// The width of a picture, in pixels.
  public var frameColumns = 24

  public init() {}

  /// What no pool can be.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    func require(_ value: Int, in range: ClosedRange<Int>, _ key: String, _ what: String) {
      if range.contains(value) { return }
      let message = "must be \(range.lowerBound) to \(range.upperBound) \(what), not \(value)"
      problems.append((key, message))
    }
    require(pools, in: 1...PoolView.greatestTaskCount, "pools", "pools")
    require(episodeLength, in: 1...65_535, "episodeLength", "steps")
    require(restSteps, in: 0...65_535, "restSteps", "steps")
    require(frameRows, in: 2...1024, "frameRows", "pixels")
    require(frameColumns, in: 2...1024, "frameColumns", "pixels")
    return problems
  }

  public func makeFamily() -> any TaskFamily { WatermazeFamily(self) }
}

/// Pools of one size, each with its platform elsewhere.
public struct WatermazeFamily: TaskFamily {
  /// What was chosen.
  public let settings: WatermazeSettings
  /// The pools' interface.
  public let interface: TaskInterface
  /// What draws what the agent sees.
  public let renderer: (any Renderer)?

  /// A family of pools.
  /// - Precondition: The settings have no problems.
  public init(_ settings: WatermazeSettings = WatermazeSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
    let platforms = (0..<settings.pools).map(Self.platform(ofTask:))
    let sight: Sight
    switch settings.view {
    case .image:
      sight = .image(rows: settings.frameRows, columns: settings.frameColumns)
      renderer = PoolCamera(
        rows: settings.frameRows, columns: settings.frameColumns, platforms: platforms)
    case .position:
      sight = .vector(count: PoolCompass.byteCount)
      renderer = PoolCompass(platforms: platforms)
    }
    interface = TaskInterface(
      observationSizes: [256, 256, 256, 256], sight: sight,
      actionCount: Watermaze.Move.allCases.count, episodeLength: settings.episodeLength,
      rewards: [0, 1])
  }

  public var taskCount: Int { settings.pools }

  public var name: String { WatermazeSettings.family }

  public func task(_ id: TaskID) -> Watermaze {
    Watermaze(
      task: id, platform: platform(of: id), restSteps: settings.restSteps,
      startsWithAnyHeading: settings.startHeading == .any, interface: interface,
      renderer: renderer)
  }

  /// Such as `platform (-31, 64) cm`.
  public func label(of id: TaskID) -> String {
    "platform (\(platform(of: id).x), \(platform(of: id).y)) cm"
  }

  /// The position, in radii of the pool.
  public func mapPoint(of observation: Observation) -> (x: Double, y: Double)? {
    let position = PoolView(observation).position
    return (Double(position.x) / Double(Pool.radius), Double(position.y) / Double(Pool.radius))
  }

  /// The pool and its platform, in radii of the pool.
  public func mapScene(of id: TaskID) -> MapScene? {
    let (platform, radius) = (platform(of: id), Double(Pool.radius))
    return MapScene(
      outline: MapCircle(x: 0, y: 0, radius: 1),
      goal: MapCircle(
        x: Double(platform.x) / radius, y: Double(platform.y) / radius,
        radius: Double(Pool.platformRadius) / radius))
  }

  /// The platform's distance from the start, in steps.
  public func stratum(of id: TaskID) -> Int {
    let square = platform(of: id).squaredDistance(to: PoolPoint(x: 0, y: 0))
    return Int(Double(square).squareRoot()) / Pool.step
  }

  /// 1 if the straight way is no longer than an episode: the platform is rewarded once.
  public func optimalReturn(of id: TaskID) -> Double? {
    task(id).stepsOfStraightWay() == nil ? 0 : 1
  }

  /// Measured over 4,096 episodes, whose chance all tasks share: a deviation of 0.005.
  public func randomReturn(of id: TaskID) -> Double {
    measuredRandomReturn(of: id, episodes: 4_096)
  }

  /// The share of episodes of random actions in which the platform is found.
  public func measuredRandomReturn(of id: TaskID, episodes: Int) -> Double {
    let pool = task(id)
    var random = Seed(0).random(for: "random episodes")
    var found = 0
    for _ in 0..<episodes {
      var life = Life(in: pool, using: &random)
      var isOver = false
      while !isOver {
        let step = life.step(random.below(interface.actionCount), using: &random)
        if step.reward > 0 { found += 1 }
        isOver = step.reward > 0 || step.endsEpisode
      }
    }
    return Double(found) / Double(episodes)
  }

  private func platform(of id: TaskID) -> PoolPoint {
    precondition((0..<taskCount).contains(id.index), "no task \(id) among \(taskCount)")
    return Self.platform(ofTask: id.index)
  }

  /// Points that are uniform over the ring of all platforms that keep clear of start and wall, whichever
  /// number of them is taken: the additive recurrence of the plastic number (Roberts 2018).
  private static func platform(ofTask index: Int) -> PoolPoint {
    let plastic = 1.32471795724474602596
    let number = Double(index + 1)
    let (u, v) = (number / plastic, number / (plastic * plastic))
    let (inner, outer) = (Double(Pool.exclusion), Double(Pool.radius - Pool.platformRadius))
    let area = inner * inner + (u - u.rounded(.down)) * (outer * outer - inner * inner)
    let distance = area.squareRoot()
    let angle = v - v.rounded(.down)
    return PoolPoint(
      x: Int((distance * sine(ofTurns: angle)).rounded()),
      y: Int((-distance * sine(ofTurns: angle + 0.25)).rounded()))
  }
}
