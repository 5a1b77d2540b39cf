// The adversarial bandit (Laskin et al. 2022, §4): arms that pay 1 or 0 by chance. A trial is an episode of
// one step, so that the hundred trials of the paper are a hundred episodes. Nothing is observed. In most
// of the bandits to learn from, arms with odd numbers pay better; the test sets have them better, worse,
// or no different.
//
// The paper says "95 % reward on odd arms". Read here as: in 95 % of the bandits odd arms pay with a
// probability from U[½, 1] and even ones from U[0, ½], in the rest it is the other way round.

public import Randomness

/// One bandit.
public struct Bandit: FiniteEnvironment {
  /// There is only one state.
  public struct State: Hashable, Sendable {
    @inlinable
    init() {}
  }

  /// The probability that each arm pays 1.
  public let means: [Float]
  /// Nothing observed; an action for each arm; rewards 0 and 1; a trial an episode.
  public let interface: TaskInterface

  /// A bandit.
  /// - Precondition: Probabilities, of 1 to 256 arms.
  public init(means: [Float]) {
    precondition(
      means.allSatisfy { (0...1).contains($0) }, "\(means) are no probabilities of paying")
    self.means = means
    interface = TaskInterface(
      observationSizes: [], actionCount: means.count, episodeLength: 1, rewards: [0, 1])
  }

  /// The one state.
  @inlinable
  public func reset(using random: inout Random) -> State { State() }

  /// Nothing.
  @inlinable
  public func observation(of state: State) -> Observation { .empty }

  /// Pulls an arm.
  @inlinable @inline(__always)
  public func step(_ state: inout State, _ action: Int, using random: inout Random) -> Transition {
    .step(reward: random.chance(means[action]) ? 1 : 0)
  }

  /// The one state, for certain.
  public var initialStates: [(probability: Double, state: State)] { [(1, State())] }

  /// Paid or not.
  public func outcomes(
    of action: Int, in state: State
  ) -> [(probability: Double, next: State, transition: Transition)] {
    let mean = Double(means[action])
    return [(mean, state, .step(reward: 1)), (1 - mean, state, .step(reward: 0))]
  }
}

/// The settings of `BanditFamily`.
public struct BanditSettings: FamilySettings {
  public static var family: String { "bandit" }

  /// Arms of each bandit.
  public var arms = 10
  /// Bandits to learn from.
  public var bandits = 1000
  /// Bandits of each test set: odd, even, uniform.
  public var testBandits = 100
  /// The share of the bandits to learn from whose odd arms are the better ones.
  public var oddFraction = 0.95

  public init() {}

  /// What no bandit can be.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if !(2...256).contains(arms) {
      problems.append(("arms", "must be 2 to 256, not \(arms)"))
    }
    for (key, count) in [("bandits", bandits), ("testBandits", testBandits)] where count < 1 {
      problems.append((key, "must be 1 or more, not \(count)"))
    }
    if !(0...1).contains(oddFraction) {
      problems.append(("oddFraction", "must be in 0 ... 1, not \(oddFraction)"))
    }
    return problems
      + self.problems(above: [
        ("bandits", bandits, 1_000_000), ("testBandits", testBandits, 1_000_000),
      ])
  }

  public func makeFamily() -> any TaskFamily { BanditFamily(self) }
}

/// Bandits to learn from, then those of the three test sets. What an arm pays follows from the number of its
/// bandit alone.
public struct BanditFamily: TaskFamily {
  /// The numbers of bandits and arms.
  public let settings: BanditSettings

  /// Which arms pay well.
  private enum Law {
    /// Those with odd numbers, counted from 1.
    case odd
    /// Those with even numbers.
    case even
    /// Any.
    case uniform
  }

  /// The family that settings describe.
  public init(_ settings: BanditSettings = BanditSettings()) { self.settings = settings }

  public var name: String { BanditSettings.family }

  /// Shared by all bandits of the family.
  public var interface: TaskInterface { task(TaskID(0)).interface }

  /// Those to learn from and those of the test sets.
  public var taskCount: Int { settings.bandits + 3 * settings.testBandits }

  /// `odd`, `even` and `uniform`, by which arms pay well.
  public var testSets: [TestSet] {
    ["odd", "even", "uniform"].enumerated().map { index, name in
      let first = settings.bandits + index * settings.testBandits
      return TestSet(name: name, tasks: (first..<first + settings.testBandits).map(TaskID.init))
    }
  }

  /// Against the source: UCB earns 1, random actions 0, over all trials.
  public var scoring: Scoring { .wholeAgainstSource }

  /// Those of the Gittins policy at a discount of 0.99, which takes arms to pay with probabilities from U[0, 1]: nearly
  /// the best for a hundred pulls of such arms. Means of some 2,000 lives.
  public func idealReturns(of tasks: [TaskID], episodes: Int) -> [Double] {
    guard !tasks.isEmpty, (1...1_000).contains(episodes) else { return [] }
    // Arms that were pulled more often are known well enough for their mean to be their index.
    let index = GittinsIndex(greatestPulls: min(episodes, 300), discount: 0.99)
    var sums = [Double](repeating: 0, count: episodes)
    let lives = max(1, 2_000 / tasks.count)
    for id in tasks {
      let bandit = task(id)
      var random = Seed(0).random(for: "ideal bandit", id.index)
      for _ in 0..<lives {
        var pulls = [Int](repeating: 0, count: bandit.means.count)
        var paid = pulls
        for episode in 0..<episodes {
          let arm = index.bestArm(pulls: pulls, paid: paid, using: &random)
          pulls[arm] += 1
          // What is expected in the place of what is drawn: the same mean, with less chance in it.
          sums[episode] += Double(bandit.means[arm])
          if random.chance(bandit.means[arm]) { paid[arm] += 1 }
        }
      }
    }
    return sums.map { $0 / Double(lives * tasks.count) }
  }

  public func task(_ id: TaskID) -> Bandit {
    precondition((0..<taskCount).contains(id.index), "no task \(id) among \(taskCount)")
    var random = Seed(0).random(for: "bandit", id.index)
    let law = self.law(of: id, using: &random)
    return Bandit(
      means: (0..<settings.arms).map { arm in
        let draw = random.uniform()
        let hasOddNumber = arm % 2 == 0
        switch law {
        case .odd: return hasOddNumber ? 0.5 + 0.5 * draw : 0.5 * draw
        case .even: return hasOddNumber ? 0.5 * draw : 0.5 + 0.5 * draw
        case .uniform: return draw
        }
      })
  }

  /// Such as `best arm 7`.
  public func label(of id: TaskID) -> String {
    let means = task(id).means
    let best = means.indices.max { means[$0] < means[$1] } ?? 0
    return "best arm \(best + 1)"
  }

  private func law(of id: TaskID, using random: inout Random) -> Law {
    let test = id.index - settings.bandits
    guard test >= 0 else {
      return random.chance(Float(settings.oddFraction)) ? .odd : .even
    }
    return [.odd, .even, .uniform][test / settings.testBandits]
  }
}
