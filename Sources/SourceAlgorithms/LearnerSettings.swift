// The settings of source learners.

public import Tasks

/// The most episodes of a stream, for learners that live them quickly.
let greatestEpisodeCount = 10_000_000

/// The settings of a source learner: the keys of the section `source` while it is the learner.
///
/// A learner that conforms its settings to this and is known to the registry can be named in configurations.
/// No key may be called `algorithm` or `remembersRewards`.
public protocol LearnerSettings: SettingsSection {
  /// The learner's name in configurations and files, such as `q-learning`: the `name` of what `makeLearner` makes.
  static var algorithm: String { get }

  /// The learner that the settings describe.
  /// - Precondition: The settings have no problems.
  func makeLearner() -> any SourceLearner
}
