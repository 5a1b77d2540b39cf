// Work on all cores. What is done to an element may depend on the element alone, never on the
// worker or the order, so that any number of workers gives the same results.

internal import Synchronization

/// Runs a piece of work for every element, on up to `workers` threads at once, and returns when all
/// are done. Each element is handed to exactly one worker.
///
/// - Parameters:
///   - elements: What to work on. Elements may share nothing that the work changes.
///   - workers: At least 1, each on a thread of its own, the calling thread among them. With 1, everything runs in order.
///     More than there are cores help where workers wait for something else than a core.
///   - body: Receives an element's index, the element, and the number of the worker in 0 ..< `workers`,
///     for scratch memory of its own.
/// - Throws: The error of the lowest-numbered element that failed; elements not yet begun by then are skipped.
public func concurrently<Element, Failure: Error>(
  over elements: [Element], workers: Int,
  _ body: (Int, Element, Int) throws(Failure) -> Void
) throws(Failure) {
  precondition(workers >= 1, "\(workers) workers do no work")
  if workers == 1 {
    for (index, element) in elements.enumerated() { try body(index, element, 0) }
    return
  }
  let next = Atomic<Int>(0)
  let failure = Mutex<(index: Int, error: Failure)?>(nil)
  nonisolated(unsafe) let elements = elements
  withoutActuallyEscaping(body) { body in
    nonisolated(unsafe) let body = body
    let work: @Sendable (Int) -> Void = { worker in
      while failure.withLock({ $0 == nil }) {
        let index = next.wrappingAdd(1, ordering: .relaxed).oldValue
        guard unsafe index < elements.count else { return }
        do throws(Failure) {
          unsafe try body(index, elements[index], worker)
        } catch {
          failure.withLock { first in
            if first.map({ index < $0.index }) ?? true { first = (index, error) }
          }
        }
      }
    }
    // Where the system has no thread left, fewer do the same work.
    var threads: [StartedThread] = []
    for worker in 1..<workers {
      guard let thread = StartedThread({ work(worker) }) else { break }
      threads.append(thread)
    }
    work(0)
    for thread in threads { thread.join() }
  }
  if let failure = failure.withLock({ $0 }) { throw failure.error }
}
