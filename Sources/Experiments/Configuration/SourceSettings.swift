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
    /// Q-learning with a table (Watkins & Dayan 1992).
    case qLearning = "q-learning"

    /// Whether it learns from pictures and vectors too.
    var seesPictures: Bool {
      switch self {
      case .dqn: true
      case .a3c, .qLearning: false
      }
    }
  }

  /// The learner.
  public var algorithm = Algorithm.a3c
  /// How A3C learns, if it is the learner.
  public var a3c = A3CSettings()
  /// How DQN learns, if it is the learner.
  public var dqn = DQNSettings()
  /// How Q-learning learns, if it is the learner.
  public var qLearning = TabularQLearningSettings()

  private enum CodingKeys: CodingKey { case algorithm }

  /// The defaults.
  public init() {}

  /// Reads the algorithm's name and its settings from one section.
  public init(from decoder: any Decoder) throws {
    algorithm = try decoder.container(keyedBy: CodingKeys.self).decode(
      Algorithm.self, forKey: .algorithm)
    switch algorithm {
    case .a3c: a3c = try A3CSettings(from: decoder)
    case .dqn: dqn = try DQNSettings(from: decoder)
    case .qLearning: qLearning = try TabularQLearningSettings(from: decoder)
    }
  }

  /// Writes the algorithm's name and its settings into one section.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(algorithm, forKey: .algorithm)
    switch algorithm {
    case .a3c: try a3c.encode(to: encoder)
    case .dqn: try dqn.encode(to: encoder)
    case .qLearning: try qLearning.encode(to: encoder)
    }
  }

  /// The name, then the algorithm's settings: the section as files have it.
  public var customMirror: Mirror { flatMirror(naming: "algorithm", algorithm, over: settings) }

  private var settings: Any {
    switch algorithm {
    case .a3c: a3c
    case .dqn: dqn
    case .qLearning: qLearning
    }
  }

  /// The learner that the settings describe.
  public func makeLearner() -> any SourceLearner {
    switch algorithm {
    case .a3c: A3C(a3c)
    case .dqn: DQN(dqn)
    case .qLearning: Stepwise(TabularQLearning(qLearning))
    }
  }

  /// What no learner can be made of.
  public var problems: [(key: String, message: String)] {
    switch algorithm {
    case .a3c: a3c.problems
    case .dqn: dqn.problems
    case .qLearning: qLearning.problems
    }
  }
}
