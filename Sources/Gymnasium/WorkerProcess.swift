// A Python process that steps environments. Requests lie in shared memory; the numbers of their slots go to the worker
// over a socket, all that are ready at once, and come back when they are done. Several threads may wait for slots of one
// worker: one of them reads the socket, and wakes the others whose slots it read.
//
// The worker is Resources/worker.py, which is built into the program.

internal import Dispatch
internal import Foundation
internal import Interprocess
internal import LearningHistories
internal import Synchronization
internal import Tasks

/// A process with its memory.
final class WorkerProcess: Sendable {
  let memory: SharedMemory
  private let settings: WorkerSettings
  private let channel: WorkerChannel
  private let exchange: Mutex<Exchange>

  fileprivate struct Exchange {
    /// Slots that were asked something, not yet sent.
    var unsent: [UInt16] = []
    /// Whether a slot's answer is there.
    var isDone: [Bool]
    /// The task of each slot that was taken.
    var tasks: [TaskID?]
    /// Slots that nobody has, the last one first.
    var free: [UInt16]
    var isBeingRead = false
    /// Who sleeps until a slot is done, or reading is up to them.
    var sleepers: [UInt16: Sleeper] = [:]
    var failure: GymnasiumError?
  }

  /// A thread that sleeps. Who wakes it says first whether its slot is done, so that it needs no lock to go on: dozens of
  /// threads that are woken at once would only meet there.
  fileprivate final class Sleeper: @unchecked Sendable {
    let semaphore = DispatchSemaphore(value: 0)
    var isDone = false
  }

  /// What a thread has to do next.
  fileprivate enum Turn {
    case take
    case read
    case sleep(Sleeper)
  }

  /// Starts a worker.
  /// - Throws: `GymnasiumError.cannotStart` if there is no Python with Gymnasium, no such environment, or one whose
  ///   spaces are not those of the interface.
  init(_ settings: WorkerSettings, expecting interface: TaskInterface) throws(GymnasiumError) {
    self.settings = settings
    channel = try WorkerChannel(settings)
    let described = try channel.describe()
    let found = try described.interface(settings, rewardScale: interface.rewardScale)
    guard found.sight == interface.sight, found.observationSizes == interface.observationSizes,
      found.actionFactors == interface.actionFactors
    else {
      throw .cannotStart(
        environment: settings.environment,
        reason: "its spaces have changed: they are now of \(found.sight.text), sizes "
          + "\(found.observationSizes) and actions \(found.actionFactors), and were of "
          + "\(interface.sight.text), sizes \(interface.observationSizes) and actions "
          + "\(interface.actionFactors). Choose another folder for this version of it.")
    }
    do throws(SystemFailure) {
      memory = try SharedMemory(bytesOfObservation: described.observationBytes)
    } catch {
      throw .cannotStart(
        environment: settings.environment,
        reason: "no memory can be shared with its process: \(error.reason)")
    }
    let count = memory.slots
    exchange = Mutex(
      Exchange(
        isDone: Array(repeating: false, count: count), tasks: Array(repeating: nil, count: count),
        free: (0..<count).reversed().map(UInt16.init)))
    try channel.share(memory)
  }

  /// What an environment's spaces come to as an interface, and the parts of observations that it leaves out.
  static func describe(
    _ settings: WorkerSettings, rewardScale: Float
  ) throws(GymnasiumError) -> (interface: TaskInterface, unseen: [String]) {
    let described = try WorkerChannel(settings).describe()
    return (try described.interface(settings, rewardScale: rewardScale), described.left_out)
  }

  /// The environments that are open.
  var openCount: Int { exchange.withLock { memory.slots - $0.free.count } }

  func take(for task: TaskID) throws(GymnasiumError) -> WorkerSlot {
    let number = exchange.withLock { exchange -> UInt16? in
      guard let number = exchange.free.popLast() else { return nil }
      exchange.tasks[Int(number)] = task
      return number
    }
    guard let number else {
      throw .tooMany(environment: settings.environment, greatest: memory.slots)
    }
    return WorkerSlot(worker: self, number: Int(number), task: task)
  }

  func giveBack(_ number: Int) {
    exchange.withLock { $0.free.append(UInt16(number)) }
  }

  /// Leaves a request in memory, for a slot that is done.
  func write(
    _ number: Int, _ request: WorkerSlot.Request, task: TaskID, episode: Int, step: Int
  ) {
    switch request {
    case .beginning(let seed, let makes):
      memory.ask(
        number, kind: makes ? 0 : 1, seed: seed ?? .max, task: task.index, action: 0,
        episode: episode,
        step: step)
    case .step(let action):
      memory.ask(
        number, kind: 2, seed: 0, task: task.index, action: action, episode: episode, step: step)
    }
  }

  /// Puts a slot whose request is written among those that are sent when somebody waits.
  func ask(_ number: Int) { exchange.withLock { $0.ask(number) } }

  /// Waits for a slot.
  /// - Parameter asking: Whether its request is written and not asked yet.
  func wait(for number: Int, asking: Bool) throws(GymnasiumError) {
    var asks = asking
    var isDone = false
    while !isDone {
      let (turn, unsent, next) = try exchange.withLock { (exchange) throws(GymnasiumError) in
        if asks { exchange.ask(number) }
        return try exchange.turn(of: number)
      }
      asks = false
      next?.semaphore.signal()
      if !unsent.isEmpty { channel.send(unsent) }
      switch turn {
      case .take: isDone = true
      case .sleep(let sleeper):
        sleeper.semaphore.wait()
        isDone = sleeper.isDone
      case .read: isDone = read(for: number)
      }
    }
    if memory.hasFailed(number) { throw failure(number, memory.text(number)) }
  }

  /// Reads what is done, and wakes those who wait for it.
  /// - Returns: Whether the reader's own slot is done; reading is then up to another.
  private func read(for number: Int) -> Bool {
    let done = Result { () throws(WorkerChannel.Silence) in try channel.receive() }
    let (isDone, woken) = exchange.withLock { exchange -> (Bool, [Sleeper]) in
      exchange.isBeingRead = false
      switch done {
      case .success(let slots):
        var woken: [Sleeper] = []
        for slot in slots where Int(slot) < memory.slots {
          exchange.isDone[Int(slot)] = true
          guard let sleeper = exchange.sleepers.removeValue(forKey: slot) else { continue }
          sleeper.isDone = true
          woken.append(sleeper)
        }
        let isDone = exchange.isDone[number]
        if isDone, let next = exchange.sleepers.popFirst() { woken.append(next.value) }
        return (isDone, woken)
      case .failure(let silence):
        exchange.failure = reason(for: silence, exchange)
        defer { exchange.sleepers = [:] }
        return (false, Array(exchange.sleepers.values))
      }
    }
    for sleeper in woken { sleeper.semaphore.signal() }
    return isDone
  }

  private func reason(
    for silence: WorkerChannel.Silence, _ exchange: Exchange
  ) -> GymnasiumError {
    let what =
      switch silence {
      case .ended(let how):
        "its Python process ended (\(how)). What it wrote last is above."
      case .hung:
        "it has not answered for \(settings.secondsPerStep) seconds, which is "
          + "task.seconds_per_step, so its Python process was ended."
      }
    guard let slot = memory.current, let task = exchange.tasks[slot] else {
      return .cannotStart(environment: settings.environment, reason: what)
    }
    return failure(slot, task, what)
  }

  /// A failure of a slot's environment, where it is now.
  func failure(_ number: Int, _ reason: String) -> GymnasiumError {
    failure(number, exchange.withLock { $0.tasks[number] } ?? TaskID(0), reason)
  }

  private func failure(_ number: Int, _ task: TaskID, _ reason: String) -> GymnasiumError {
    let (episode, step) = memory.place(number)
    return .failed(
      environment: settings.environment,
      place: GymnasiumPlace(
        task: task, label: settings.tasks[task.index].label, episode: episode, step: step),
      reason: reason)
  }
}

extension WorkerProcess.Exchange {
  fileprivate mutating func ask(_ number: Int) {
    isDone[number] = false
    unsent.append(UInt16(number))
  }

  /// What a thread that waits for a slot has to do, what it has to send before, and whom it has to wake to read.
  fileprivate mutating func turn(
    of number: Int
  ) throws(GymnasiumError) -> (WorkerProcess.Turn, [UInt16], WorkerProcess.Sleeper?) {
    if isDone[number] {
      return (.take, [], isBeingRead ? nil : sleepers.popFirst()?.value)
    }
    if let failure { throw failure }
    let unsent = unsent
    self.unsent = []
    if isBeingRead {
      let sleeper = WorkerProcess.Sleeper()
      sleepers[UInt16(number)] = sleeper
      return (.sleep(sleeper), unsent, nil)
    }
    isBeingRead = true
    return (.read, unsent, nil)
  }
}
