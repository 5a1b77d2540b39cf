// Which source learner, with its own settings beside its name: one flat section, whose keys follow
// the algorithm.

public import SourceAlgorithms

/// The learner whose learning is recorded, and how it learns.
public struct SourceSettings: Codable, Sendable, Equatable, CustomReflectable {
  /// The learners there are. A new one is a case here, its settings below, and a line wherever the
  /// compiler then asks for one.
  public enum Algorithm: String, Codable, Sendable, CaseIterable {
    /// Asynchronous advantage actor-critic (Mnih et al. 2016).
    case a3c
    /// Deep Q-learning with λ-returns (Mnih et al. 2015).
    case dqn
    /// An oracle whose noise fades (Zisman et al. 2024).
    case noiseCurriculum = "noise-curriculum"
    /// Q-learning with a table (Watkins & Dayan 1992).
    case qLearning = "q-learning"
    /// Upper confidence bounds, for bandits (Auer et al. 2002).
    case ucb
  }

  /// The learner.
  public var algorithm = Algorithm.a3c
  /// Whether the learner sees how many rewards the episode has given, beside what the task shows it. Learners that
  /// do not look at what they are shown, an oracle and UCB, refuse it.
  public var remembersRewards = false
  /// How A3C learns, if it is the learner.
  public var a3c = A3CSettings()
  /// How DQN learns, if it is the learner.
  public var dqn = DQNSettings()
  /// How the oracle's noise fades, if it is the learner.
  public var noiseCurriculum = NoiseCurriculumSettings()
  /// How Q-learning learns, if it is the learner.
  public var qLearning = TabularQLearningSettings()
  /// How UCB learns, if it is the learner.
  public var ucb = UpperConfidenceBoundSettings()

  private enum CodingKeys: CodingKey { case algorithm, remembersRewards }

  /// The defaults.
  public init() {}

  /// Reads the algorithm's name and its settings from one section.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    algorithm = try container.decode(Algorithm.self, forKey: .algorithm)
    remembersRewards = try container.decode(Bool.self, forKey: .remembersRewards)
    switch algorithm {
    case .a3c: a3c = try A3CSettings(from: decoder)
    case .dqn: dqn = try DQNSettings(from: decoder)
    case .noiseCurriculum: noiseCurriculum = try NoiseCurriculumSettings(from: decoder)
    case .qLearning: qLearning = try TabularQLearningSettings(from: decoder)
    case .ucb: ucb = try UpperConfidenceBoundSettings(from: decoder)
    }
  }

  /// Writes the algorithm's name and its settings into one section.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(algorithm, forKey: .algorithm)
    try container.encode(remembersRewards, forKey: .remembersRewards)
    switch algorithm {
    case .a3c: try a3c.encode(to: encoder)
    case .dqn: try dqn.encode(to: encoder)
    case .noiseCurriculum: try noiseCurriculum.encode(to: encoder)
    case .qLearning: try qLearning.encode(to: encoder)
    case .ucb: try ucb.encode(to: encoder)
    }
  }

  /// The name, then the algorithm's settings: the section as files have it.
  public var customMirror: Mirror {
    flatMirror(
      [("algorithm", algorithm), ("remembersRewards", remembersRewards)], then: settings)
  }

  private var settings: Any {
    switch algorithm {
    case .a3c: a3c
    case .dqn: dqn
    case .noiseCurriculum: noiseCurriculum
    case .qLearning: qLearning
    case .ucb: ucb
    }
  }

  /// The learner that the settings describe.
  public func makeLearner() -> any SourceLearner {
    func remembering(_ learner: some SourceLearner) -> any SourceLearner {
      remembersRewards ? RememberingRewards(learner) : learner
    }
    return switch algorithm {
    case .a3c: remembering(A3C(a3c))
    case .dqn: remembering(DQN(dqn))
    case .noiseCurriculum: remembering(NoiseCurriculum(noiseCurriculum))
    case .qLearning: remembering(Stepwise(TabularQLearning(qLearning)))
    case .ucb: remembering(Stepwise(UpperConfidenceBound(ucb)))
    }
  }

  /// What no learner can be made of.
  public var problems: [(key: String, message: String)] {
    switch algorithm {
    case .a3c: a3c.problems
    case .dqn: dqn.problems
    case .noiseCurriculum: noiseCurriculum.problems
    case .qLearning: qLearning.problems
    case .ucb: ucb.problems
    }
  }
}
