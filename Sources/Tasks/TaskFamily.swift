// Families of tasks: what a dataset is collected over and a model is tested on.

/// A numbered set of tasks with one interface.
public protocol TaskFamily: Sendable {
  /// The world that the family's tasks are instances of.
  associatedtype World: Environment

  /// The name in configurations and files, such as `dark-room`.
  var name: String { get }

  /// What all its tasks share.
  var interface: TaskInterface { get }

  /// What draws what the agent sees in all of them; see `Environment.renderer`.
  var renderer: (any Renderer)? { get }

  /// The number of tasks; their identifiers are 0 ..< `taskCount`.
  var taskCount: Int { get }

  /// The task with an identifier.
  func task(_ id: TaskID) -> World

  /// What distinguishes the task, for people, such as `goal (3, 4)`.
  func label(of id: TaskID) -> String

  /// The place of the task's marker on a map of the family, if it has one.
  func mapPosition(of id: TaskID) -> (column: Int, row: Int)?

  /// How hard the task is to find, so that splits can take from every level alike.
  func stratum(of id: TaskID) -> Int

  /// The greatest expected return of an episode, undiscounted.
  func optimalReturn(of id: TaskID) -> Double

  /// The expected return of an episode of uniformly random actions, undiscounted.
  func randomReturn(of id: TaskID) -> Double
}

extension TaskFamily {
  /// That of the first task.
  public var renderer: (any Renderer)? { task(TaskID(0)).renderer }

  /// All identifiers, ascending.
  public var allTasks: [TaskID] { (0..<taskCount).map(TaskID.init) }
}

extension TaskFamily where World: FiniteEnvironment {
  /// By backward induction over the dynamics.
  public func optimalReturn(of id: TaskID) -> Double { task(id).bestExpectedReturn() }

  /// By backward induction over the dynamics.
  public func randomReturn(of id: TaskID) -> Double { task(id).expectedReturnOfRandomActions() }
}
