// Histories whose every step tells where it comes from: the observation holds task, stream, episode
// and step. For tests of everything that picks steps from histories.

public import Randomness
public import SourceAlgorithms
public import Tasks

/// Tasks that show their own number as first component and leave the others to the learner.
public struct TellingFamily: TaskFamily {
  /// A task of the family: nothing happens in it.
  public struct World: Environment {
    /// The task's number.
    public let number: Int
    /// Four bytes are observed; there are five actions.
    public let interface: TaskInterface

    /// There is nothing to change.
    public func reset(using random: inout Random) {}

    /// The task's number, then zeros.
    public func observation(of state: Void) -> Observation { Observation(UInt8(number), 0) }

    /// Gives nothing.
    public func step(_ state: inout Void, _ action: Int, using random: inout Random) -> Transition {
      .step(reward: 0)
    }
  }

  /// `telling`.
  public var name: String { "telling" }
  /// Ten.
  public var taskCount: Int { 10 }
  /// Shared by all tasks.
  public var interface: TaskInterface { task(TaskID(0)).interface }

  /// The family.
  public init() {}

  /// The task that shows a number.
  public func task(_ id: TaskID) -> World {
    World(
      number: id.index,
      interface: TaskInterface(
        observationSizes: [256, 256, 256, 256], actionCount: 5, episodeLength: 8, rewards: [0, 1]))
  }

  /// The number.
  public func label(of id: TaskID) -> String { "\(id)" }
  /// Nothing.
  public func optimalReturn(of id: TaskID) -> Double? { 0 }
  /// Nothing.
  public func randomReturn(of id: TaskID) -> Double { 0 }
}

/// What a telling step says of itself.
public struct TellingStep: Equatable, Sendable {
  /// The task it was lived in.
  public let task: Int
  /// The stream that lived it.
  public let stream: Int
  /// Its episode within the history.
  public let episode: Int
  /// Its number within the episode.
  public let step: Int

  /// Reads an observation.
  public init(_ observation: Observation) {
    task = Int(observation.components[0])
    stream = Int(observation.components[1])
    episode = Int(observation.components[2])
    step = Int(observation.components[3])
  }

  /// Its action, which follows from where it stands.
  public var action: Int { (3 * task + stream + 2 * episode + step) % 5 }
  /// Its reward, which follows from where it stands.
  public var reward: Float { (task + episode * step) % 3 == 0 ? 1 : 0 }
}

/// A learner that writes into every step where it stands.
public struct TellingLearner: SourceLearner {
  /// `telling`.
  public var name: String { "telling" }
  /// The number of streams.
  public let streamCount: Int
  /// The episodes of each stream.
  public let episodesPerStream: Int
  /// Whether episodes have 5 to 7 steps, instead of all 6.
  public let lengthsVary: Bool

  /// A learner with some streams of some episodes.
  public init(streamCount: Int = 2, episodesPerStream: Int = 20, lengthsVary: Bool = false) {
    self.streamCount = streamCount
    self.episodesPerStream = episodesPerStream
    self.lengthsVary = lengthsVary
  }

  /// The number of steps of an episode of a stream.
  public func length(ofEpisode episode: Int, stream: Int) -> Int {
    lengthsVary ? 5 + (2 * episode + stream) % 3 : 6
  }

  /// Emits every episode of every stream, whatever came before.
  public func learn<World: Environment>(
    _ task: World, after previous: [World], using random: inout Random,
    emit: (borrowing StreamedEpisode) throws -> Void
  ) throws {
    let state = try task.reset(using: &random)
    let shown = task.observation(of: state)
    var steps = 0
    for number in 0..<episodesPerStream {
      for stream in 0..<streamCount {
        var episode = Episode()
        let length = length(ofEpisode: number, stream: stream)
        for step in 0..<length {
          var observation = shown
          observation.components[1] = UInt8(stream)
          observation.components[2] = UInt8(number)
          observation.components[3] = UInt8(step)
          let said = TellingStep(observation)
          episode.append(
            observation, said.action,
            step == length - 1 ? .terminated(reward: said.reward) : .step(reward: said.reward))
        }
        steps += length
        try emit(StreamedEpisode(stream: stream, learnerSteps: steps, episode: episode))
      }
    }
  }
}
