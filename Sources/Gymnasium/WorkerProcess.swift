// A Python process that steps environments. Requests lie in shared memory; the numbers of their slots go to the worker
// over a socket, all that are ready at once, and come back when they are done. Several threads may wait for slots of one
// worker: one of them reads the socket, and wakes the others whose slots it read.
//
// The worker is Resources/worker.py, which is built into the program.

internal import Dispatch
internal import Foundation
internal import LearningHistories
internal import Synchronization
internal import Tasks

/// A process with its memory.
final class WorkerProcess: Sendable {
  let memory: SharedMemory
  private let settings: WorkerSettings
  private let channel: WorkerChannel
  private let exchange: Mutex<Exchange>

  private struct Exchange {
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
    var sleepers: [UInt16: DispatchSemaphore] = [:]
    var failure: GymnasiumError?
  }

  /// What a thread has to do next.
  private enum Turn {
    case take
    case read
    case sleep(DispatchSemaphore)
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

  func ask(
    _ number: Int, _ request: WorkerSlot.Request, task: TaskID, episode: Int, step: Int
  ) {
    switch request {
    case .beginning(let seed, let makes):
      memory.ask(
        number, kind: makes ? 0 : 1, seed: seed, task: task.index, action: 0, episode: episode,
        step: step)
    case .step(let action):
      memory.ask(
        number, kind: 2, seed: 0, task: task.index, action: action, episode: episode, step: step)
    }
    exchange.withLock { exchange in
      exchange.isDone[number] = false
      exchange.unsent.append(UInt16(number))
    }
  }

  /// Waits for a slot that was asked something.
  func wait(for number: Int) throws(GymnasiumError) {
    let slot = UInt16(number)
    while true {
      let (turn, unsent) = try exchange.withLock { (exchange) throws(GymnasiumError) in
        if exchange.isDone[number] {
          if !exchange.isBeingRead, let next = exchange.sleepers.popFirst() { next.value.signal() }
          return (Turn.take, [UInt16]())
        }
        if let failure = exchange.failure { throw failure }
        let unsent = exchange.unsent
        exchange.unsent.removeAll(keepingCapacity: true)
        if exchange.isBeingRead {
          let sleeper = DispatchSemaphore(value: 0)
          exchange.sleepers[slot] = sleeper
          return (.sleep(sleeper), unsent)
        }
        exchange.isBeingRead = true
        return (.read, unsent)
      }
      if !unsent.isEmpty { channel.send(unsent) }
      switch turn {
      case .take:
        if memory.hasFailed(number) { throw failure(number, memory.text(number)) }
        return
      case .sleep(let sleeper): sleeper.wait()
      case .read: read()
      }
    }
  }

  /// Reads what is done, and wakes those who wait for it.
  private func read() {
    let done = Result { () throws(WorkerChannel.Silence) in try channel.receive() }
    exchange.withLock { exchange in
      exchange.isBeingRead = false
      switch done {
      case .success(let slots):
        for slot in slots where Int(slot) < memory.slots {
          exchange.isDone[Int(slot)] = true
          exchange.sleepers.removeValue(forKey: slot)?.signal()
        }
      case .failure(let silence):
        exchange.failure = reason(for: silence, exchange)
        for sleeper in exchange.sleepers.values { sleeper.signal() }
        exchange.sleepers = [:]
      }
    }
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
