// The cart-pole (Barto, Sutton & Anderson 1983, doi:10.1109/TSMC.1983.6313077): a pole on a cart must be kept from
// falling by pushing the cart. From task to task the pole's length, the greatest force and which action pushes where
// differ; none of them is seen. Observations are four floats. The episode ends when the pole leans by 12° or the
// cart leaves the track, and every step gives a reward of 1.
//
// Equations and constants are those of Florian 2007 ("Correct equations for the dynamics of the cart-pole system")
// without friction, by Euler steps of 0.02 s.

public import Randomness

/// One cart with its pole.
public struct CartPole: Environment {
  /// Where cart and pole are, and how they move: metres, radians, seconds.
  public struct State: Hashable, Sendable {
    /// The cart's place, from the middle of the track to the right.
    public var position = 0.0
    /// The cart's speed.
    public var velocity = 0.0
    /// The pole's lean, from upright to the right.
    public var angle = 0.0
    /// The speed of its lean.
    public var angularVelocity = 0.0

    /// At rest in the middle, the pole upright, unless told otherwise.
    public init(
      position: Double = 0, velocity: Double = 0, angle: Double = 0, angularVelocity: Double = 0
    ) {
      self.position = position
      self.velocity = velocity
      self.angle = angle
      self.angularVelocity = angularVelocity
    }
  }

  /// Half the pole's length, in metres.
  public let halfLength: Double
  /// The force of each action, in newtons, to the right.
  public let forces: [Double]
  /// Four floats; an action for each force; a reward of 1.
  public let interface: TaskInterface

  private static let gravity = 9.8
  private static let cartMass = 1.0
  private static let poleMass = 0.1
  private static let secondsPerStep = 0.02
  /// Half the track, in metres.
  private static let greatestPosition = 2.4
  /// 12°, in radians.
  private static let greatestAngle = 12 * Double.pi / 180
  /// What observed speeds are divided by, so that they are of order one.
  private static let usualVelocity = 1.5
  private static let usualAngularVelocity = 2.0

  /// A cart-pole.
  public init(halfLength: Double, forces: [Double], episodeLength: Int) {
    precondition(halfLength > 0, "half a pole of \(halfLength) m")
    self.halfLength = halfLength
    self.forces = forces
    interface = TaskInterface(
      sight: .floats(count: 4), actionCount: forces.count, episodeLength: episodeLength,
      rewards: [1])
  }

  /// Nearly upright, nearly at rest, near the middle: each number from U[−0.05, 0.05].
  public func reset(using random: inout Random) -> State {
    func small(_ random: inout Random) -> Double { 0.1 * Double(random.uniform()) - 0.05 }
    return State(
      position: small(&random), velocity: small(&random), angle: small(&random),
      angularVelocity: small(&random))
  }

  /// Place, speed, lean and its speed, each divided so that it is of order one.
  public func observation(of state: State) -> Observation {
    Observation(floats: [
      Float(state.position / Self.greatestPosition), Float(state.velocity / Self.usualVelocity),
      Float(state.angle / Self.greatestAngle),
      Float(state.angularVelocity / Self.usualAngularVelocity),
    ])
  }

  /// Pushes for one step of time.
  public func step(_ state: inout State, _ action: Int, using random: inout Random) -> Transition {
    let mass = Self.cartMass + Self.poleMass
    let (sine, cosine) = Self.sineAndCosine(of: state.angle)
    let swing = Self.poleMass * halfLength
    let pushed =
      (forces[action] + swing * state.angularVelocity * state.angularVelocity * sine) / mass
    let angularAcceleration =
      (Self.gravity * sine - cosine * pushed)
      / (halfLength * (4.0 / 3 - Self.poleMass * cosine * cosine / mass))
    let acceleration = pushed - swing * angularAcceleration * cosine / mass
    state.position += Self.secondsPerStep * state.velocity
    state.velocity += Self.secondsPerStep * acceleration
    state.angle += Self.secondsPerStep * state.angularVelocity
    state.angularVelocity += Self.secondsPerStep * angularAcceleration
    let hasFallen =
      abs(state.angle) > Self.greatestAngle || abs(state.position) > Self.greatestPosition
    return hasFallen ? .terminated(reward: 1) : .step(reward: 1)
  }

  /// The Taylor series of both to an error below 10⁻⁹ for what a pole may lean: plain arithmetic, the same bits
  /// whichever C library is installed.
  private static func sineAndCosine(of angle: Double) -> (sine: Double, cosine: Double) {
    let square = angle * angle
    let sine = angle * (1 - square / 6 * (1 - square / 20 * (1 - square / 42)))
    let cosine = 1 - square / 2 * (1 - square / 12 * (1 - square / 30 * (1 - square / 56)))
    return (sine, cosine)
  }
}

/// The settings of `CartPoleFamily`.
public struct CartPoleSettings: FamilySettings {
  public static var family: String { "cart-pole" }

  /// The number of tasks.
  public var carts = 120
  /// The number of actions: forces that are evenly apart, half of them to either side.
  public var actions = 4
  /// Steps of an episode, at most.
  public var episodeLength = 100
  /// The shortest half of a pole, in metres.
  public var shortestHalfLength = 0.3
  /// The longest half of a pole, in metres.
  public var longestHalfLength = 1.0
  /// The least of the tasks' greatest forces, in newtons.
  public var leastForce = 8.0
  /// The greatest of the tasks' greatest forces, in newtons.
  public var greatestForce = 14.0

  public init() {}

  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    func require(_ value: Int, in range: ClosedRange<Int>, _ key: String, _ what: String) {
      if range.contains(value) { return }
      problems.append(
        (key, "must be \(range.lowerBound) to \(range.upperBound) \(what), not \(value)"))
    }
    require(carts, in: 1...100_000, "carts", "tasks")
    require(actions, in: 2...8, "actions", "forces")
    if actions % 2 != 0 {
      problems.append(("actions", "must be even, half to either side, not \(actions)"))
    }
    require(episodeLength, in: 1...10_000, "episodeLength", "steps")
    for (shortest, longest, key) in [
      (shortestHalfLength, longestHalfLength, "longestHalfLength"),
      (leastForce, greatestForce, "greatestForce"),
    ] where !(shortest > 0 && longest >= shortest && longest <= 100) {
      problems.append(
        (key, "must lie from \(shortest), which is positive, to 100, not at \(longest)"))
    }
    return problems
  }

  public func makeFamily() -> any TaskFamily { CartPoleFamily(self) }
}

/// Cart-poles that differ in the pole's length, the greatest force and the order of the actions.
public struct CartPoleFamily: TaskFamily {
  /// What was chosen.
  public let settings: CartPoleSettings

  /// A family of cart-poles.
  /// - Precondition: The settings have no problems.
  public init(_ settings: CartPoleSettings = CartPoleSettings()) {
    precondition(settings.problems.isEmpty, "impossible settings: \(settings.problems)")
    self.settings = settings
  }

  public var name: String { CartPoleSettings.family }
  public var interface: TaskInterface { task(TaskID(0)).interface }
  public var taskCount: Int { settings.carts }

  /// The cart-pole of a number: length, force and the order of the actions are drawn from it alone.
  public func task(_ id: TaskID) -> CartPole {
    precondition((0..<taskCount).contains(id.index), "no task \(id) among \(taskCount)")
    var random = Seed(0).random(for: "cart-pole", id.index)
    func draw(_ low: Double, _ high: Double, _ random: inout Random) -> Double {
      low + (high - low) * Double(random.uniform())
    }
    let length = draw(settings.shortestHalfLength, settings.longestHalfLength, &random)
    let force = draw(settings.leastForce, settings.greatestForce, &random)
    let steps = settings.actions / 2
    var forces = (1...steps).flatMap { step -> [Double] in
      let share = Double(step) / Double(steps)
      return [-share * force, share * force]
    }
    random.shuffle(&forces)
    return CartPole(
      halfLength: length, forces: forces, episodeLength: settings.episodeLength)
  }

  /// Such as `half a pole 0.52 m, forces -5.1 10.2 5.1 -10.2 N`.
  public func label(of id: TaskID) -> String {
    let task = task(id)
    func rounded(_ number: Double, to unit: Double) -> String {
      "\((number / unit).rounded() / (1 / unit))"
    }
    let forces = task.forces.map { rounded($0, to: 0.1) }.joined(separator: " ")
    return "half a pole \(rounded(task.halfLength, to: 0.01)) m, forces \(forces) N"
  }

  /// Every step of an episode: a pole can be kept upright for all of it.
  public func optimalReturn(of id: TaskID) -> Double? { Double(settings.episodeLength) }
}
