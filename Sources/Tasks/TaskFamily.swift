// Families of tasks: what a dataset is collected over and a model is tested on.

/// A circle on a map from above, whose coordinates run from −1 to 1, to the right and down.
public struct MapCircle: Equatable, Sendable {
  /// The middle's place to the right.
  public let x: Double
  /// The middle's place downwards.
  public let y: Double
  /// The distance from the middle to the edge.
  public let radius: Double

  /// A circle.
  public init(x: Double, y: Double, radius: Double) {
    self.x = x
    self.y = y
    self.radius = radius
  }
}

/// What a map of a task from above shows besides the agent.
public struct MapScene: Equatable, Sendable {
  /// Where the world ends.
  public let outline: MapCircle
  /// Where the reward is.
  public let goal: MapCircle

  /// A scene.
  public init(outline: MapCircle, goal: MapCircle) {
    self.outline = outline
    self.goal = goal
  }
}

/// A named set of tasks that test, and are in no split.
public struct TestSet: Equatable, Sendable {
  /// The name in files, such as `even`.
  public let name: String
  /// The tasks, ascending.
  public let tasks: [TaskID]

  /// A test set.
  public init(name: String, tasks: [TaskID]) {
    self.name = name
    self.tasks = tasks
  }
}

/// What a method's score on a family is made of.
public enum Scoring: String, Sendable {
  /// The mean return of the last tenth of the episodes.
  case lastTenth = "last-tenth"
  /// The mean return r of all episodes, as (r − r of random actions) / (r of the source − r of random
  /// actions).
  case wholeAgainstSource = "whole-against-source"
}

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

  /// Sets of tasks that only test, each tested by itself. Empty, as they are unless a family says
  /// otherwise, where the held-out tasks of a split test.
  var testSets: [TestSet] { get }

  /// How methods are scored on it: by the last tenth of the episodes unless a family says otherwise.
  var scoring: Scoring { get }

  /// The task with an identifier.
  func task(_ id: TaskID) -> World

  /// What distinguishes the task, for people, such as `goal (3, 4)`.
  func label(of id: TaskID) -> String

  /// The place of the task's marker on a map of the family, if it has one.
  func mapPosition(of id: TaskID) -> (column: Int, row: Int)?

  /// Where an agent is that sees something, on a map of the task from above: −1 ... 1 to the right and down.
  /// Nil, as it is unless a family says otherwise, where there is no such map.
  func mapPoint(of observation: Observation) -> (x: Double, y: Double)?

  /// What lies on that map. Nil, as it is unless a family says otherwise, where there is no such map.
  func mapScene(of id: TaskID) -> MapScene?

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

  /// None.
  public var testSets: [TestSet] { [] }

  /// By the last tenth of the episodes.
  public var scoring: Scoring { .lastTenth }

  /// None.
  public func mapPoint(of observation: Observation) -> (x: Double, y: Double)? { nil }

  /// None.
  public func mapScene(of id: TaskID) -> MapScene? { nil }

  /// Whether the states of its worlds can be listed, so that an oracle can plan.
  public var hasListedStates: Bool { World.self is any FiniteEnvironment.Type }

  /// All identifiers, ascending.
  public var allTasks: [TaskID] { (0..<taskCount).map(TaskID.init) }
}

extension TaskFamily where World: FiniteEnvironment {
  /// By backward induction over the dynamics.
  public func optimalReturn(of id: TaskID) -> Double { task(id).bestExpectedReturn() }

  /// By backward induction over the dynamics.
  public func randomReturn(of id: TaskID) -> Double { task(id).expectedReturnOfRandomActions() }
}
