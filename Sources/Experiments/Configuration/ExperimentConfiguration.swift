// Everything that decides what a run computes, and nothing else: where it is written and by how many
// workers are matters of the command line. In order: the configuration, how it is read, written and compared, and
// the section that belongs to no single stage. Each stage's own section stands in the stage's module, and
// the methods' stand in their files.

public import Contexts
public import Evaluation
public import LearningHistories
public import Models
public import Tasks
public import Training

/// The settings of a whole experiment: the keys of a preset, with their defaults.
///
/// In YAML the properties' names are in snake_case: `collect.historiesPerTask` is
/// `collect.histories_per_task`.
public struct ExperimentConfiguration: Codable, Sendable, Equatable, CustomReflectable {
  /// What everything random follows from.
  public var seed: UInt64 = 0
  /// The worlds.
  public var task = TaskSettings()
  /// How many tasks test and how many tune.
  public var split = SplitSettings()
  /// The learner whose learning is recorded.
  public var source = SourceSettings()
  /// How it is recorded.
  public var collect = CollectionSettings()
  /// What the model sees of the recordings.
  public var context = ContextSettings()
  /// The model's shape.
  public var model = ModelSettings()
  /// How the model is trained.
  public var train = TrainingSettings()
  /// How models are tested.
  public var evaluate = EvaluationSettings()
  /// The methods' sections by their names; one that is not here has its defaults.
  private var methods: [String: any MethodSettings] = [:]

  public init() {}

  /// The section of a method.
  public subscript<Settings: MethodSettings>(type: Settings.Type) -> Settings {
    get { methods[Settings.section] as? Settings ?? Settings() }
    set { methods[Settings.section] = newValue }
  }

  /// The training seeds: a model of each method for each.
  public var trainSeeds: [Int] { train.seeds }

  /// What is impossible, with the path of the property to blame; empty if the experiment can run.
  public var problems: [(key: String, message: String)] {
    let problems = sections.flatMap { name, section in
      section.problems.map { (key: "\(name).\($0.key)", message: $0.message) }
    }
    return problems.isEmpty ? problemsBetweenSections : problems
  }

  /// What is impossible if models of some methods are planned; empty if the experiment can run.
  public func problems(planning methods: [any Method]) -> [(key: String, message: String)] {
    let problems = problems
    return problems.isEmpty ? methods.flatMap { $0.problems(in: self) } : problems
  }
}

extension ExperimentConfiguration {
  /// The registered methods' sections, in the order in which files have them.
  private var methodSections: [(name: String, settings: any MethodSettings)] {
    Registry.sections.map { ($0.section, methods[$0.section] ?? $0.init()) }
  }

  /// Every section, in the order in which files have them.
  private var sections: [(name: String, settings: any SettingsSection)] {
    let first: [(name: String, settings: any SettingsSection)] = [
      ("task", task), ("split", split), ("source", source), ("collect", collect),
      ("context", context), ("model", model), ("train", train),
    ]
    return first + methodSections.map { ($0.name, $0.settings) } + [("evaluate", evaluate)]
  }

  /// The seed, then every section: writing and comparing follow it.
  public var customMirror: Mirror {
    let first: [(String, Any)] = [("seed", seed)]
    return Mirror(
      self, children: first + sections.map { ($0.name, $0.settings) }, displayStyle: .struct)
  }

  public static func == (
    first: ExperimentConfiguration, second: ExperimentConfiguration
  ) -> Bool {
    first.seed == second.seed
      && zip(first.sections, second.sections).allSatisfy { $0.settings.isEqual(to: $1.settings) }
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    case seed, task, split, source, collect, context, model, train, evaluate
  }

  /// The name of a method's section.
  private struct SectionKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  /// The keys that are no method's.
  static var ownKeys: [String] { CodingKeys.allCases.map(\.rawValue) }

  /// Reads every section.
  public init(from decoder: any Decoder) throws {
    let sections = try decoder.container(keyedBy: CodingKeys.self)
    seed = try sections.decode(UInt64.self, forKey: .seed)
    task = try sections.decode(TaskSettings.self, forKey: .task)
    split = try sections.decode(SplitSettings.self, forKey: .split)
    source = try sections.decode(SourceSettings.self, forKey: .source)
    collect = try sections.decode(CollectionSettings.self, forKey: .collect)
    context = try sections.decode(ContextSettings.self, forKey: .context)
    model = try sections.decode(ModelSettings.self, forKey: .model)
    train = try sections.decode(TrainingSettings.self, forKey: .train)
    evaluate = try sections.decode(EvaluationSettings.self, forKey: .evaluate)
    let others = try decoder.container(keyedBy: SectionKey.self)
    func settings<Settings: MethodSettings>(_ type: Settings.Type) throws -> Settings {
      try others.decode(type, forKey: SectionKey(stringValue: Settings.section))
    }
    for type in Registry.sections { methods[type.section] = try settings(type) }
  }

  /// Writes every section.
  public func encode(to encoder: any Encoder) throws {
    var sections = encoder.container(keyedBy: CodingKeys.self)
    try sections.encode(seed, forKey: .seed)
    try sections.encode(task, forKey: .task)
    try sections.encode(split, forKey: .split)
    try sections.encode(source, forKey: .source)
    try sections.encode(collect, forKey: .collect)
    try sections.encode(context, forKey: .context)
    try sections.encode(model, forKey: .model)
    try sections.encode(train, forKey: .train)
    try sections.encode(evaluate, forKey: .evaluate)
    var others = encoder.container(keyedBy: SectionKey.self)
    for (name, settings) in methodSections {
      try others.encode(settings, forKey: SectionKey(stringValue: name))
    }
  }
}

/// How many tasks are kept from training, and for what.
public struct SplitSettings: SettingsSection {
  /// Tasks that test: in no training shard and no training decision.
  public var heldOut = 16
  /// Tasks of the training side that tune.
  public var validation = 8
  /// Tasks that train, as many of every stratum as there are; 0 for all that are left.
  public var training = 0

  public init() {}

  /// What no split can be.
  public var problems: [(key: String, message: String)] {
    var problems: [(key: String, message: String)] = []
    if heldOut < 1 {
      problems.append(("heldOut", "must be 1 or more, not \(heldOut)"))
    }
    if validation < 0 {
      problems.append(("validation", "must be 0 or more, not \(validation)"))
    }
    if training < 0 {
      problems.append(("training", "must be 0 or more, not \(training)"))
    }
    return problems
      + self.problems(above: [
        ("heldOut", heldOut, 1_000_000_000), ("validation", validation, 1_000_000_000),
        ("training", training, 1_000_000_000),
      ])
  }
}
