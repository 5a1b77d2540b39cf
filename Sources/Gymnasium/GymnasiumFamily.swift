// Environments of Gymnasium (Towers et al. 2024, arXiv:2407.17032) as worlds: a family whose tasks are the keyword
// arguments of one environment. Python processes step them; WorkerProcess.swift says how.

internal import Foundation
internal import LearningHistories
public import Randomness
internal import Synchronization
public import Tasks

/// The tasks of one Gymnasium environment.
public struct GymnasiumFamily: TaskFamily {
  /// What was chosen.
  public let settings: GymnasiumSettings
  public let interface: TaskInterface
  let tasks: [GymnasiumTask]
  private let workers: WorkerPool
  private let randomReturns: RandomReturns

  /// A family.
  /// - Parameters:
  ///   - settings: Resolved.
  ///   - processes: The most Python processes that step its environments; as many as there are cores if nil.
  /// - Precondition: The settings have no problems.
  public init(_ settings: GymnasiumSettings, processes: Int? = nil) {
    guard let interface = settings.knownInterface,
      let tasks = try? GymnasiumTaskList.tasks(in: settings.tasks)
    else { preconditionFailure("impossible settings: \(settings.problems)") }
    self.settings = settings
    self.interface = interface
    self.tasks = tasks
    workers = WorkerPool(
      WorkerSettings(
        environment: settings.environment, tasks: tasks, episodeLength: settings.episodeLength,
        secondsPerStep: settings.secondsPerStep),
      expecting: interface, most: processes)
    randomReturns = RandomReturns()
  }

  public var name: String { GymnasiumSettings.family }
  public var taskCount: Int { tasks.count }
  public var renderer: (any Renderer)? { nil }
  /// While one waits for its environment, others act: workers then step several environments at once.
  public var learnersPerThread: Int { 16 }

  public func task(_ id: TaskID) -> GymnasiumWorld {
    precondition(tasks.indices.contains(id.index), "no task \(id) among \(taskCount)")
    return GymnasiumWorld(
      task: id, seed: tasks[id.index].seed, interface: interface, workers: workers)
  }

  /// The keyword arguments in which the task differs, such as `map_name 8x8`, unless the list of tasks has a label.
  public func label(of id: TaskID) -> String { tasks[id.index].label }

  /// What the list of tasks says.
  public func optimalReturn(of id: TaskID) -> Double? { tasks[id.index].optimum }

  /// Measured once, over 32 episodes that are lived side by side; NaN where the environment cannot be run.
  public func randomReturn(of id: TaskID) -> Double {
    randomReturns.value(of: id) {
      (try? Self.meanReturn(ofRandomActionsIn: task(id), episodes: 32)) ?? .nan
    }
  }

  private static func meanReturn(
    ofRandomActionsIn world: GymnasiumWorld, episodes: Int
  ) throws -> Double {
    var randoms = (0..<episodes).map { Seed(0).random(for: "random episodes", $0) }
    var lives = try randoms.indices.map { try Life(in: world, using: &randoms[$0]) }
    while true {
      let open = lives.indices.filter { !lives[$0].isOver }
      if open.isEmpty { break }
      let actions = open.map { randoms[$0].below(world.interface.actionCount) }
      for (index, action) in zip(open, actions) { lives[index].announce(action) }
      for (index, action) in zip(open, actions) {
        _ = try lives[index].step(action, using: &randoms[index])
      }
    }
    return lives.reduce(0) { $0 + $1.returnOfEpisode } / Double(episodes)
  }
}

/// The random returns that were measured.
private final class RandomReturns: Sendable {
  private let known = Mutex<[TaskID: Double]>([:])

  func value(of task: TaskID, measured: () -> Double) -> Double {
    if let value = known.withLock({ $0[task] }) { return value }
    let value = measured()
    known.withLock { $0[task] = value }
    return value
  }
}

/// One task of a Gymnasium environment.
public struct GymnasiumWorld: Environment {
  let task: TaskID
  /// What every episode is reset with; nil if only a life's first is, with a seed that is drawn for it.
  let seed: Int?
  public let interface: TaskInterface
  let workers: WorkerPool

  /// Makes an environment for a life, and begins its first episode.
  public func reset(using random: inout Random) throws(GymnasiumError) -> GymnasiumLife {
    let life = GymnasiumLife(try workers.slot(for: task), interface, workers)
    // 31 bits, as every generator takes them.
    let drawn = random.next() >> 33
    life.beginEpisode(seed: seed.map { UInt64($0) } ?? drawn, makes: true)
    return life
  }

  /// Begins another episode in the same environment, which goes on drawing from its own stream of chance.
  public func nextEpisode(
    after life: GymnasiumLife, using random: inout Random
  ) throws(GymnasiumError) -> GymnasiumLife {
    life.beginEpisode(seed: seed.map { UInt64($0) }, makes: false)
    return life
  }

  public func observation(of life: GymnasiumLife) -> Observation { life.observation }

  public func announce(_ action: Int, in life: GymnasiumLife) { life.announce(action) }

  public func step(
    _ life: inout GymnasiumLife, _ action: Int, using random: inout Random
  ) throws(GymnasiumError) -> Transition {
    try life.step(action)
  }
}

/// An environment that a worker holds open for one life; it is given back with the last reference.
///
/// One thread uses it at a time: it belongs to a life, whose copies share it.
public final class GymnasiumLife: @unchecked Sendable {
  private let slot: WorkerSlot
  private let interface: TaskInterface
  private let workers: WorkerPool
  private var episode = -1
  private var step = 0
  /// The action that the environment was told and whose outcome was not asked for.
  private var announced: Int?
  private var isBeginning = false
  private var seen = Observation.empty
  private var failure: GymnasiumError?

  init(_ slot: WorkerSlot, _ interface: TaskInterface, _ workers: WorkerPool) {
    self.slot = slot
    self.interface = interface
    self.workers = workers
  }

  deinit {
    // A slot whose answer is on its way must not be asked anything else.
    if isBeginning || announced != nil { _ = try? slot.wait() }
    workers.giveBack(slot)
  }

  /// Asks for another episode, and does not wait for it.
  func beginEpisode(seed: UInt64?, makes: Bool) {
    finishBeginning()
    episode += 1
    step = 0
    slot.ask(.beginning(seed: seed, makes: makes), episode: episode, step: step)
    isBeginning = true
  }

  /// What is seen now. What fails here is thrown by the next step.
  var observation: Observation {
    finishBeginning()
    return seen
  }

  func announce(_ action: Int) {
    finishBeginning()
    precondition(announced == nil, "action \(announced ?? 0) was announced and not taken")
    step += 1
    slot.ask(.step(action), episode: episode, step: step)
    announced = action
  }

  func step(_ action: Int) throws(GymnasiumError) -> Transition {
    finishBeginning()
    if let failure { throw failure }
    if let announced {
      precondition(announced == action, "action \(announced) was announced, not \(action)")
      self.announced = nil
      try slot.wait()
    } else {
      step += 1
      try slot.demand(.step(action), episode: episode, step: step)
    }
    try read()
    let reward = Float(slot.reward)
    guard reward.isFinite else {
      throw slot.failure("it gave the reward \(slot.reward), which is no finite number")
    }
    // A cut before the limit can only be told as an end.
    let isEnd = slot.isTerminated || (slot.isTruncated && step < interface.episodeLength)
    return isEnd ? .terminated(reward: reward) : .step(reward: reward)
  }

  private func finishBeginning() {
    guard isBeginning else { return }
    isBeginning = false
    do throws(GymnasiumError) {
      try slot.wait()
      try read()
    } catch {
      failure = failure ?? error
    }
  }

  private func read() throws(GymnasiumError) {
    switch interface.sight {
    case .floats(let count):
      let floats = slot.floats(count)
      guard let bad = floats.first(where: { !$0.isFinite }) else {
        seen = Observation(floats: floats)
        return
      }
      throw slot.failure("it showed the number \(bad) in an observation, which is not finite")
    case .tensor, .categories: seen = Observation(bytes: slot.bytes(interface.sight.carriedCount))
    case .cells, .vector, .image: seen = Observation(digits: slot.digits)
    }
  }
}
