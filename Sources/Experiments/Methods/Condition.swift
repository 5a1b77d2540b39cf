// In which conditions a model acts, and what gets rows of its own in returns.csv: a model in a condition, or the
// source itself.

/// What a model's context begins with, and what it is told.
public struct Condition: Hashable, Sendable {
  /// What a context begins with.
  public enum Beginning: Hashable, Sendable {
    /// Nothing.
    case empty
    /// Converged episodes of the source on the same task.
    case converged
    /// Episodes of the source on the same task, where it first earned so many percent of the optimum.
    case percent(Int)
    /// The last episodes of the histories of a user's file.
    case file
  }

  /// What the context begins with.
  public let beginning: Beginning
  /// Whether the model is told a reward of 0 whatever happened.
  public let hidesRewards: Bool

  public init(beginning: Beginning = .empty, hidesRewards: Bool = false) {
    self.beginning = beginning
    self.hidesRewards = hidesRewards
  }

  /// An empty context and true rewards: what is claimed.
  public static let trueRewards = Condition()
  /// An empty context and hidden rewards: the control that shows whether a model learns from rewards.
  public static let hiddenRewards = Condition(hidesRewards: true)
  /// A context that begins with converged episodes: the control that shows what a model keeps of what it is shown.
  public static let prompted = Condition(beginning: .converged)

  /// Whether it is a control, which acts with a part of the evaluation seeds (`evaluate.control_fraction`).
  public var isControl: Bool { hidesRewards || beginning == .converged }

  /// What names of methods end with in files.
  public var suffix: String {
    let prompt =
      switch beginning {
      case .empty: ""
      case .converged: "-prompted"
      case .percent(let percent): "-prompt-\(percent)"
      case .file: "-prompt-file"
      }
    return (hidesRewards ? "-rewards-hidden" : "") + prompt
  }

  /// Every condition that rows can be of.
  static let all: [Condition] =
    [.trueRewards, .hiddenRewards, .prompted]
    + (1...100).map { Condition(beginning: .percent($0)) } + [Condition(beginning: .file)]
}

/// Whose returns an evaluation can hold: a method's models in a condition, or the source learner from scratch.
public struct EvaluatedMethod: Sendable, Equatable {
  /// The method of the models; nil for the source.
  public let method: (any Method)?
  /// What they begin with and are told.
  public let condition: Condition

  /// A method's models in a condition.
  public init(_ method: any Method, _ condition: Condition = .trueRewards) {
    self.method = method
    self.condition = condition
  }

  private init() {
    method = nil
    condition = .trueRewards
  }

  /// The source learner, from scratch.
  public static let source = EvaluatedMethod()

  /// The name in files.
  public var name: String { (method?.name ?? "source") + condition.suffix }

  /// The same models with another beginning of their contexts.
  func beginning(with beginning: Condition.Beginning) -> EvaluatedMethod {
    guard let method else { preconditionFailure("the source's context begins with no prompt") }
    return EvaluatedMethod(
      method, Condition(beginning: beginning, hidesRewards: condition.hidesRewards))
  }

  public static func == (left: EvaluatedMethod, right: EvaluatedMethod) -> Bool {
    left.name == right.name
  }

  /// Those that can be evaluated of models of some methods, and the source: what is claimed first, then controls.
  public static func all(of methods: [any Method]) -> [EvaluatedMethod] {
    let all = methods.flatMap { method in method.conditions.map { EvaluatedMethod(method, $0) } }
    return all.filter { !$0.condition.isControl } + [.source]
      + all.filter { $0.condition.hidesRewards }
      + all.filter { $0.condition.isControl && !$0.condition.hidesRewards }
  }

  /// All there are, of every method.
  public static var allCases: [EvaluatedMethod] { all(of: Registry.methods) }

  /// The one of a name, which may be of any condition; nil if there is none.
  public init?(named name: String) {
    let known =
      Self.allCases
      + Registry.methods.flatMap { method in
        Condition.all.map { EvaluatedMethod(method, $0) }
      }
    guard let found = known.first(where: { $0.name == name }) else { return nil }
    self = found
  }

  /// Those whose context can begin with a prompt.
  static var promptable: [EvaluatedMethod] {
    Registry.methods.filter(\.isPromptable).map { EvaluatedMethod($0) }
  }

  /// Those whose context does unless others are asked for, of models of some methods.
  public static func prompted(of methods: [any Method]) -> [EvaluatedMethod] {
    methods.filter { $0.isPromptable && $0.conditions.contains(.prompted) }
      .map { EvaluatedMethod($0) }
  }
}
