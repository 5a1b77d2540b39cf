// The workers of a family: started when they are first needed, as many as cores at most, each with its share of the
// environments that are open.

internal import Foundation
internal import Synchronization
internal import Tasks

/// What a worker is started with.
struct WorkerSettings: Sendable {
  let environment: String
  let tasks: [GymnasiumTask]
  let episodeLength: Int
  let secondsPerStep: Double
}

/// The workers of a family.
final class WorkerPool: Sendable {
  private let settings: WorkerSettings
  private let interface: TaskInterface
  private let greatestCount: Int
  private let workers = Mutex<[WorkerProcess]>([])

  init(_ settings: WorkerSettings, expecting interface: TaskInterface, most: Int? = nil) {
    greatestCount = min(most ?? ProcessInfo.processInfo.activeProcessorCount, 64)
    self.settings = settings
    self.interface = interface
  }

  /// A slot of the worker that has the fewest environments open.
  func slot(for task: TaskID) throws(GymnasiumError) -> WorkerSlot {
    try workers.withLock { (workers) throws(GymnasiumError) in
      // A worker is started for whoever would else wait for another's environments.
      if workers.count < greatestCount && workers.allSatisfy({ $0.openCount > 0 }) {
        workers.append(try WorkerProcess(settings, expecting: interface))
      }
      guard let idlest = workers.min(by: { $0.openCount < $1.openCount }) else {
        preconditionFailure("there is no worker for task \(task)")
      }
      return try idlest.take(for: task)
    }
  }

  /// Takes a slot back whose environment nobody acts in any more.
  func giveBack(_ slot: WorkerSlot) { slot.worker.giveBack(slot.number) }
}

/// A place in the memory shared with a worker, where one environment at a time is asked and answers.
struct WorkerSlot: Sendable {
  let worker: WorkerProcess
  let number: Int
  let task: TaskID

  enum Request {
    /// The beginning of an episode, in an environment that is made for it if asked to; its chance goes on from the episode
    /// before if there is no seed.
    case beginning(seed: UInt64?, makes: Bool)
    case step(Int)
  }

  /// Leaves a request, which is sent with all others as soon as somebody waits.
  func ask(_ request: Request, episode: Int, step: Int) {
    worker.write(number, request, task: task, episode: episode, step: step)
    worker.ask(number)
  }

  /// Waits for the answer.
  func wait() throws(GymnasiumError) { try worker.wait(for: number, asking: false) }

  /// Asks and waits.
  func demand(_ request: Request, episode: Int, step: Int) throws(GymnasiumError) {
    worker.write(number, request, task: task, episode: episode, step: step)
    try worker.wait(for: number, asking: true)
  }

  var reward: Double { worker.memory.reward(number) }
  var isTerminated: Bool { worker.memory.ends(number) == 1 }
  var isTruncated: Bool { worker.memory.ends(number) == 2 }
  var digits: UInt32 { worker.memory.digits(number) }
  func floats(_ count: Int) -> [Float] { worker.memory.floats(number, count) }
  func bytes(_ count: Int) -> [UInt8] { worker.memory.bytes(number, count) }

  /// A failure of the environment, where it is now.
  func failure(_ reason: String) -> GymnasiumError { worker.failure(number, reason) }
}
