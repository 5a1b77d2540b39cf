// Threads that stay, for work that comes again and again: handing them a piece allocates nothing.
// For work that comes once, see Concurrently.swift.

internal import Dispatch
internal import Synchronization

/// A piece of work in numbered parts that may be done at the same time.
///
/// What is done to a part may depend on the part alone, never on the worker or the order.
public protocol ConcurrentWork: AnyObject {
  /// Does a part.
  /// - Parameters:
  ///   - part: Its number.
  ///   - worker: The number of the worker, for scratch memory of its own.
  func perform(part: Int, worker: Int)
}

/// Some threads, the calling one among them, that do pieces of work together.
///
/// Not `Sendable`: one piece at a time.
public final class WorkerTeam {
  public let workers: Int
  private let table: Table
  private let finished = DispatchSemaphore(value: 0)
  private let starts: [DispatchSemaphore]

  /// A team whose further threads wait for work from now on.
  /// - Parameter workers: At least 1, the calling thread.
  public init(workers: Int) {
    precondition(workers >= 1, "\(workers) workers do no work")
    self.workers = workers
    let table = Table()
    self.table = table
    var starts: [DispatchSemaphore] = []
    // Where the system has no thread left, fewer do the same work.
    for worker in 1..<workers {
      let start = DispatchSemaphore(value: 0)
      let finished = finished
      let thread = StartedThread {
        while true {
          start.wait()
          guard table.perform(worker: worker) else { return }
          finished.signal()
        }
      }
      guard let thread else { break }
      thread.detach()
      starts.append(start)
    }
    self.starts = starts
  }

  deinit {
    table.lay(nil, parts: 0)
    for start in starts { start.signal() }
  }

  /// Does parts 0 ..< `parts` of a piece of work, each once, and returns when all are done.
  public func perform(_ work: some ConcurrentWork, parts: Int) {
    table.lay(work, parts: parts)
    for start in starts { start.signal() }
    _ = table.perform(worker: 0)
    for _ in starts { finished.wait() }
  }
}

/// What the threads of a team share. Written while they wait; the semaphores order it.
private final class Table: @unchecked Sendable {
  private var work: (any ConcurrentWork)?
  private var parts = 0
  private let next = Atomic<Int>(0)

  func lay(_ work: (any ConcurrentWork)?, parts: Int) {
    self.work = work
    self.parts = parts
    next.store(0, ordering: .relaxed)
  }

  /// Does parts until none is left; false if there is nothing to be done any more.
  func perform(worker: Int) -> Bool {
    guard let work else { return false }
    while true {
      let part = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard part < parts else { return true }
      work.perform(part: part, worker: worker)
    }
  }
}
