// The section of configurations that holds the settings of RL², the recurrent learner that is trained online on the
// same tasks.

public import Tasks
public import Training

extension RL2Settings: MethodSettings {
  public static var section: String { "rl2" }
}

extension ExperimentConfiguration {
  /// The section `rl2`.
  public var rl2: RL2Settings {
    get { self[RL2Settings.self] }
    set { self[RL2Settings.self] = newValue }
  }
}
