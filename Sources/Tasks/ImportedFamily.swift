// Families whose histories come from elsewhere: the roles of their tasks are given, and their worlds may be unknown
// here. In order: a known family with given roles, a family without worlds, its world.

public import Randomness

/// A family that is known here, with roles of its tasks that are given and not drawn.
public struct FamilyWithGivenSplit<Base: TaskFamily>: TaskFamily {
  private let base: Base
  public let givenSplit: TaskSplit?

  public init(_ base: Base, split: TaskSplit) {
    self.base = base
    givenSplit = split
  }

  public var name: String { base.name }
  public var interface: TaskInterface { base.interface }
  public var renderer: (any Renderer)? { base.renderer }
  public var taskCount: Int { base.taskCount }
  public func task(_ id: TaskID) -> Base.World { base.task(id) }
  public func label(of id: TaskID) -> String { base.label(of: id) }
  public func stratum(of id: TaskID) -> Int { base.stratum(of: id) }
  public func mapPosition(of id: TaskID) -> (column: Int, row: Int)? { base.mapPosition(of: id) }
  public func mapPoint(of observation: Observation) -> (x: Double, y: Double)? {
    base.mapPoint(of: observation)
  }
  public func mapScene(of id: TaskID) -> MapScene? { base.mapScene(of: id) }
  public var testSets: [TestSet] { base.testSets }
  public var scoring: Scoring { base.scoring }
  public func optimalReturn(of id: TaskID) -> Double? { base.optimalReturn(of: id) }
  public func randomReturn(of id: TaskID) -> Double { base.randomReturn(of: id) }
  public func idealReturns(of tasks: [TaskID], episodes: Int) -> [Double] {
    base.idealReturns(of: tasks, episodes: episodes)
  }
}

extension TaskFamily {
  /// The family with roles of its tasks that are given.
  public func giving(_ split: TaskSplit) -> any TaskFamily {
    FamilyWithGivenSplit(self, split: split)
  }
}

/// A family of which there are histories and no worlds: models can learn from it, and not act in it.
public struct FamilyWithoutWorlds: TaskFamily {
  public let name: String
  public let interface: TaskInterface
  public let givenSplit: TaskSplit?
  public let taskCount: Int

  public init(name: String, interface: TaskInterface, split: TaskSplit) {
    self.name = name
    self.interface = interface
    givenSplit = split
    let last = Split.allCases.flatMap(split.tasks(in:)).max()
    taskCount = (last?.index ?? -1) + 1
  }

  /// A world that nothing can begin in.
  public func task(_ id: TaskID) -> AbsentWorld { AbsentWorld(family: name, interface: interface) }

  public func label(of id: TaskID) -> String { "task \(id)" }

  /// Not a number: nothing can act in it.
  public func randomReturn(of id: TaskID) -> Double { .nan }
}

/// A world of a family that this program does not know.
public struct AbsentWorld: Environment {
  /// The family's name.
  public let family: String
  public let interface: TaskInterface

  public func reset(using random: inout Random) throws(NoWorlds) { throw NoWorlds(family: family) }

  public func observation(of state: Void) -> Observation { .empty }

  public func step(
    _ state: inout Void, _ action: Int, using random: inout Random
  ) throws(NoWorlds) -> Transition { throw NoWorlds(family: family) }
}

/// This program knows histories of a family, and not its worlds.
public struct NoWorlds: Error, Equatable, CustomStringConvertible {
  /// The family's name.
  public let family: String

  public init(family: String) { self.family = family }

  /// What is missing and what to do.
  public var description: String {
    "this program has no worlds of '\(family)', so nothing can act in them. Train models on its histories, and let them "
      + "act in your own program with 'distill serve', or add the family: see CONTRIBUTING.md."
  }
}
