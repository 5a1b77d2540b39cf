// What a source of learning histories is: anything that improves at a task while it is watched.
// Gradient-based, tabular, evolutionary and population learners all sit behind this protocol.

public import Randomness
public import Tasks

/// A reinforcement-learning algorithm whose learning is recorded.
///
/// A learner runs on one task to the end of its training and emits every episode of every stream: of
/// each actor, or each member of a population. It begins with nothing, or with what it learned on
/// other tasks before. All its chance comes from the
/// generator it is given, so that the same generator gives the same episodes.
public protocol SourceLearner: Sendable {
  /// The name in configurations and files, such as `a3c`.
  var name: String { get }

  /// The number of streams that a run emits, each of which becomes one history.
  var streamCount: Int { get }

  /// The number of episodes that each stream has in what is emitted.
  var episodesPerStream: Int { get }

  /// Whether what it does depends on what it is shown: a learner that plans or counts needs no observation.
  var readsObservations: Bool { get }

  /// Why it cannot learn tasks with an interface: a sentence that calls a task "the task"; nil if it can.
  /// - Parameter isListed: Whether the states of the tasks can be listed (`FiniteEnvironment`).
  func problem(with interface: TaskInterface, isListed: Bool) -> String?

  /// The learner for the tasks of a family: itself, unless what it knows of the family is of use to it. Who lets it learn
  /// several tasks prepares it once.
  func prepared(for family: some TaskFamily) -> any SourceLearner

  /// Learns the task, from nothing or from what was learned on others before it.
  /// - Parameters:
  ///   - task: What to learn.
  ///   - previous: Tasks to learn first, one after the other, of which nothing is emitted. What is
  ///     learned last is carried into the task.
  ///   - random: All the chance of the run: initial weights, exploration and the order of actors.
  ///   - emit: Receives each finished episode, in order within its stream. The episode is only lent:
  ///     copy what is to be kept.
  /// - Throws: What the world or `emit` throws, which ends the run, or `LearnerDivergence`. No part of an
  ///   episode is emitted.
  /// - Precondition: There is no `problem` with the task's interface.
  func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws
}

extension SourceLearner {
  /// True, unless a learner says otherwise.
  public var readsObservations: Bool { true }

  /// Itself: what it learns a task by is that task.
  public func prepared(for family: some TaskFamily) -> any SourceLearner { self }

  /// None, unless a learner says otherwise.
  public func problem(with interface: TaskInterface, isListed: Bool) -> String? { nil }

  /// Traps where the learner cannot learn a task: callers ask `problem` first.
  func requireNoProblem(with task: some Environment) {
    let problem = problem(with: task.interface, isListed: task is any FiniteEnvironment)
    precondition(problem == nil, "\(name) cannot learn this task: \(problem ?? "")")
  }

  /// Learns the task from nothing; see the form with tasks to learn before it.
  public func learn<World: Environment>(
    _ task: World, using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    try learn(task, after: [], using: &random, emit: emit)
  }
}

/// A learner's numbers have left what floats can hold.
public struct LearnerDivergence: Error, Equatable, CustomStringConvertible {
  /// The learner's name, such as `a3c`.
  public let learner: String
  /// The number of the update that found it, from 1; of learners that update with every step, the episode.
  public let update: Int
  /// What is no number, such as `policy`.
  public let tensor: String
  /// The setting to lower, by its name in Swift.
  public let setting: String
  /// That setting's value.
  public let value: Double

  /// A learner that diverged.
  public init(
    learner: String, update: Int, tensor: String, lowering setting: String, _ value: Double
  ) {
    self.learner = learner
    self.update = update
    self.tensor = tensor
    self.setting = setting
    self.value = value
  }

  /// What happened and what to do.
  public var description: String {
    // As in files: `learningRate` is `learning_rate`.
    let name = setting.reduce(into: "") { name, letter in
      name += letter.isUppercase ? "_" + letter.lowercased() : String(letter)
    }
    return "The \(tensor) of \(learner) is no number any more at its update \(update), at a "
      + "\(name) of \(value). Lower source.\(name)."
  }
}

/// One finished episode of a learner, lent to whoever records it.
public struct StreamedEpisode: Equatable, Sendable {
  /// The stream (actor, member) that lived it, in 0 ..< `streamCount`.
  public var stream: Int
  /// The environment steps that all streams of the learner have taken when the episode ends.
  public var learnerSteps: Int
  /// What was lived.
  public var episode: Episode
  /// The stream and episode whose learner this one's was copied from before the episode; nil if it was not copied
  /// since its stream's last episode.
  public var parent: StreamParent?
  /// What the stream is among the learner's.
  public var role: StreamRole

  /// An episode of a stream.
  public init(
    stream: Int, learnerSteps: Int, episode: Episode, parent: StreamParent? = nil,
    role: StreamRole = .behaviour
  ) {
    self.stream = stream
    self.learnerSteps = learnerSteps
    self.episode = episode
    self.parent = parent
    self.role = role
  }
}

/// Where a learner was copied from: another stream of the same run, after one of its episodes.
public struct StreamParent: Hashable, Sendable {
  /// The stream, in 0 ..< `streamCount`.
  public let stream: Int
  /// The last episode that it had finished, from 0.
  public let episode: Int

  /// A place to copy from.
  public init(stream: Int, episode: Int) {
    self.stream = stream
    self.episode = episode
  }
}

/// What a stream is among those of its learner, numbered as in files.
public enum StreamRole: UInt8, CaseIterable, Sendable {
  /// The learner's own behaviour, exploration included.
  case behaviour
  /// The mean of a search distribution, acting without its noise.
  case centre
  /// The best of a population so far.
  case elite
  /// A member of a population.
  case member
}

extension TaskInterface {
  /// Why a learner that sees cells alone cannot learn such tasks.
  func problemOfSeeingCells(for learner: String) -> String? {
    sight == .cells
      ? nil
      : "\(learner) learns from cells, but the task shows pictures or vectors; choose dqn"
  }
}
