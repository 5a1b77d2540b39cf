// What can be named in configurations and options: families of tasks, source learners and methods. Those of the
// package are one line each; users of the library add their own.

internal import Gymnasium
public import SourceAlgorithms
internal import Synchronization
public import Tasks

/// The settings of a method, which are a section of their own in configurations.
public protocol MethodSettings: SettingsSection {
  /// The section's name in configurations, such as `rl2`.
  static var section: String { get }
}

/// The families, learners and methods that configurations and options can name.
///
/// A library user adds types before the first configuration is made or read. To add a type again changes nothing.
public enum Registry {
  package static let builtInFamilies: [any FamilySettings.Type] = [
    BanditSettings.self,
    DarkRoomSettings.self,
    DarkRoomHardSettings.self,
    KeyToDoorSettings.self,
    WatermazeSettings.self,
    CartPoleSettings.self,
    DialsSettings.self,
  ]
  package static let builtInLearners: [any LearnerSettings.Type] = [
    A3CSettings.self,
    DQNSettings.self,
    GittinsPolicySettings.self,
    NoiseCurriculumSettings.self,
    PosteriorSamplingSettings.self,
    TabularQLearningSettings.self,
    ThompsonSamplingSettings.self,
    UpperConfidenceBoundSettings.self,
  ]
  /// In the order of their sections in files.
  private static let builtInMethods: [any Method] = [
    AlgorithmDistillation(),
    ExpertDistillation(),
    RecurrentDistillation(),
    RL2(),
  ]

  /// The families of tasks that this program has itself: the package's, then those added.
  public static var families: [any FamilySettings.Type] {
    builtInFamilies + added.withLock(\.families)
  }

  /// The families whose tasks can be acted in: those of this program, and that of Gymnasium's environments, whose usual
  /// settings describe nothing before Python is asked.
  static var livedFamilies: [any FamilySettings.Type] { families + [GymnasiumSettings.self] }

  /// The families that a configuration can name: those that can be acted in, and that of imported histories.
  static var namedFamilies: [any FamilySettings.Type] { livedFamilies + [ImportedTasks.self] }

  /// The learners that a configuration can name: those that can learn, and that of imported histories.
  static var namedLearners: [any LearnerSettings.Type] { learners + [ImportedSource.self] }

  /// The source learners: the package's, then those added.
  public static var learners: [any LearnerSettings.Type] {
    builtInLearners + added.withLock(\.learners)
  }

  /// The methods: the package's, then those added.
  public static var methods: [any Method] { builtInMethods + added.withLock(\.methods) }

  /// The methods of a whole run that names none.
  public static var standardMethods: [any Method] { methods.filter(\.isStandard) }

  /// The method of a name; nil if there is none.
  public static func method(named name: String) -> (any Method)? {
    methods.first { $0.name == name }
  }

  /// The methods' sections of settings, in the order in which files have them.
  static var sections: [any MethodSettings.Type] { methods.compactMap(\.settings) }

  /// Adds a family of tasks, for the section `task`.
  /// - Precondition: Its name is new, and such as `dark-room`; none of its keys is `family`.
  public static func add(family type: any FamilySettings.Type) {
    requireName(type.family, of: type, hyphens: true)
    requireKeys(of: type, areNot: TaskSettings.ownKeys)
    added.withLock { added in
      insert(
        type, into: &added.families, beside: builtInFamilies + [GymnasiumSettings.self],
        name: { $0.family })
    }
  }

  /// Adds a source learner, for the section `source`.
  /// - Precondition: Its name is new, and such as `q-learning`; none of its keys is `algorithm` or
  ///   `remembersRewards`.
  public static func add(learner type: any LearnerSettings.Type) {
    requireName(type.algorithm, of: type, hyphens: true)
    requireKeys(of: type, areNot: SourceSettings.ownKeys)
    added.withLock { added in
      insert(type, into: &added.learners, beside: builtInLearners, name: { $0.algorithm })
    }
  }

  /// Adds a method, for options, stages and reports, with its section of settings if it has one.
  /// - Precondition: Its name is new, and such as `ad-lstm`; so is its section's, which is such as `rl2`.
  public static func add(method: any Method) {
    requireName(method.name, of: method, hyphens: true)
    precondition(method.name != EvaluatedMethod.source.name, "\(method) is called as the source is")
    if let settings = method.settings {
      requireName(settings.section, of: settings, hyphens: false)
      let others = methods.filter { type(of: $0) != type(of: method) }.compactMap(\.settings)
      precondition(
        !(ExperimentConfiguration.ownKeys + others.map { $0.section }).contains(settings.section),
        "\(settings) is called '\(settings.section)', as another section is")
    }
    added.withLock { added in
      insert(method, into: &added.methods, beside: builtInMethods, name: { $0.name })
    }
  }

  private struct Added {
    var families: [any FamilySettings.Type] = []
    var learners: [any LearnerSettings.Type] = []
    var methods: [any Method] = []
  }

  private static let added = Mutex(Added())

  private static func insert<Registered>(
    _ type: Registered, into added: inout [Registered], beside builtIn: [Registered],
    name: (Registered) -> String
  ) {
    if let other = (builtIn + added).first(where: { name($0) == name(type) }) {
      let isSame = identity(of: other) == identity(of: type)
      precondition(isSame, "\(type) is called '\(name(type))', as \(other) is already")
      return
    }
    added.append(type)
  }

  /// Of a registered type, or of the type of a registered value.
  private static func identity(of registered: Any) -> ObjectIdentifier {
    ObjectIdentifier(registered as? Any.Type ?? type(of: registered))
  }

  /// Names stand in YAML, in options and in the names of files.
  private static func requireName(_ name: String, of type: Any, hyphens: Bool) {
    let isWritable =
      name.first?.isLetter == true
      && name.allSatisfy { character in
        character.isASCII && (character.isLowercase || character.isNumber)
          || character == (hyphens ? "-" : "_")
      }
    precondition(
      isWritable,
      "\(type) is called '\(name)'; a name has small letters, digits and \(hyphens ? "hyphens" : "underscores")"
    )
  }

  private static func requireKeys(of type: any SettingsSection.Type, areNot taken: [String]) {
    let keys = SettingsTree(reflecting: type.init()).entries.map(\.property)
    precondition(
      !keys.contains(where: taken.contains),
      "\(type) has the keys \(keys), of which \(taken) are taken")
  }
}

/// A name that stands for something registered, as a setting: one of the names that there are.
struct RegisteredName {
  let name: String
  let choices: [String]
}
