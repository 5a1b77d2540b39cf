// What a configuration comes to once its worlds are made: the part of a run that needs no folder.

public import Randomness
public import Tasks

/// A configuration with the worlds and the split that follow from it.
public struct Experiment: Sendable {
  /// What is to be computed.
  public let configuration: ExperimentConfiguration
  /// The worlds, made once: a family may hold tables.
  public let family: any TaskFamily
  /// Which tasks train, tune and test.
  public let split: TaskSplit

  /// The experiment of a configuration.
  /// - Parameter split: The roles of tasks whose histories come from elsewhere; what follows from the configuration
  ///   if nil.
  /// - Precondition: The configuration has no problems.
  public init(_ configuration: ExperimentConfiguration, dividedAs split: TaskSplit? = nil) {
    self.configuration = configuration
    let family = configuration.task.makeFamily()
    self.family = family
    self.split = split ?? configuration.makeSplit(of: family)
  }

  /// What everything random follows from.
  public var seed: Seed { configuration.experimentSeed }
}
