// Families of tasks: what a dataset is collected over and a model is tested on. What a family may add stands in
// files of its own: how its tasks lie on maps (`MappedFamily`) and what their returns are measured against
// (`ScoredFamily`). All of that has defaults.

/// A numbered set of tasks with one interface.
///
/// A new family needs its name, interface and number of tasks, the tasks and their labels.
public protocol TaskFamily: MappedFamily, ScoredFamily, Sendable {
  /// The world that the family's tasks are instances of.
  associatedtype World: Environment

  /// The name in configurations and files, such as `dark-room`.
  var name: String { get }

  /// What all its tasks share.
  var interface: TaskInterface { get }

  /// What draws what the agent sees in all of them; see `Environment.renderer`. That of the first task unless a
  /// family says otherwise.
  var renderer: (any Renderer)? { get }

  /// The number of tasks; their identifiers are 0 ..< `taskCount`.
  var taskCount: Int { get }

  /// The task with an identifier.
  func task(_ id: TaskID) -> World

  /// What distinguishes the task, for people, such as `goal (3, 4)`.
  func label(of id: TaskID) -> String

  /// How many learners share a thread: 1 unless a family says otherwise, whose worlds run elsewhere and are waited for.
  var learnersPerThread: Int { get }

  /// How hard the task is to find, so that splits can take from every level alike. 0 unless a family says
  /// otherwise: all alike.
  func stratum(of id: TaskID) -> Int
}

extension TaskFamily {
  /// That of the first task.
  public var renderer: (any Renderer)? { task(TaskID(0)).renderer }

  /// All alike.
  public func stratum(of id: TaskID) -> Int { 0 }

  /// One: its worlds need the thread themselves.
  public var learnersPerThread: Int { 1 }

  /// Whether the states of its worlds can be listed, so that an oracle can plan.
  public var hasListedStates: Bool { World.self is any FiniteEnvironment.Type }

  /// All identifiers, ascending.
  public var allTasks: [TaskID] { (0..<taskCount).map(TaskID.init) }
}
