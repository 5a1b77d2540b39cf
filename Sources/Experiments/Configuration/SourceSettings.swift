// Which source learner, with its own settings beside its name: one flat section, whose keys follow
// the algorithm.

public import SourceAlgorithms
public import Tasks

/// The learner whose learning is recorded, and how it learns.
public struct SourceSettings: SettingsSection, CustomReflectable {
  /// Whether the learner sees how many rewards the episode has given, beside what the task shows it. Learners that
  /// do not look at what they are shown, an oracle and UCB, refuse it.
  public var remembersRewards = false
  /// The settings of the learner, whose type says which learner it is.
  public var settings: any LearnerSettings

  /// The keys of the section that are no learner's.
  static let ownKeys = ["algorithm", "remembersRewards"]

  private enum CodingKeys: CodingKey { case algorithm, remembersRewards }

  /// A3C.
  public init() { self.init(A3CSettings()) }

  /// The learner that settings describe.
  public init(_ settings: any LearnerSettings, remembersRewards: Bool = false) {
    self.settings = settings
    self.remembersRewards = remembersRewards
  }

  /// A registered learner with its defaults; nil if there is none of the name.
  public init?(algorithm: String) {
    guard let type = Registry.namedLearners.first(where: { $0.algorithm == algorithm }) else {
      return nil
    }
    self.init(type.init())
  }

  /// The learner's name.
  public var algorithm: String { type(of: settings).algorithm }

  /// The settings of a certain learner: its defaults if it is not the learner of these settings. What is
  /// assigned becomes the learner.
  public subscript<Settings: LearnerSettings>(type: Settings.Type) -> Settings {
    get { settings as? Settings ?? Settings() }
    set { settings = newValue }
  }

  /// Reads the algorithm's name and its settings from one section.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let name = try container.decode(String.self, forKey: .algorithm)
    remembersRewards = try container.decode(Bool.self, forKey: .remembersRewards)
    guard let type = Registry.namedLearners.first(where: { $0.algorithm == name }) else {
      throw DecodingError.dataCorruptedError(
        forKey: .algorithm, in: container, debugDescription: "there is no learner '\(name)'")
    }
    settings = try type.init(from: decoder)
  }

  /// Writes the algorithm's name and its settings into one section.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(algorithm, forKey: .algorithm)
    try container.encode(remembersRewards, forKey: .remembersRewards)
    try settings.encode(to: encoder)
  }

  /// The name, then the algorithm's settings: the section as files have it.
  public var customMirror: Mirror {
    let choices = isImported ? Registry.namedLearners : Registry.learners
    let name = RegisteredName(name: algorithm, choices: choices.map { $0.algorithm })
    return flatMirror(
      [("algorithm", name), ("remembersRewards", remembersRewards)], then: settings)
  }

  public static func == (first: SourceSettings, second: SourceSettings) -> Bool {
    first.remembersRewards == second.remembersRewards
      && first.settings.isEqual(to: second.settings)
  }

  /// The learner that the settings describe.
  public func makeLearner() -> any SourceLearner {
    func remembering(_ learner: some SourceLearner) -> any SourceLearner {
      RememberingRewards(learner)
    }
    let learner = settings.makeLearner()
    return remembersRewards ? remembering(learner) : learner
  }

  /// What no learner can be made of.
  public var problems: [(key: String, message: String)] { settings.problems }
}
