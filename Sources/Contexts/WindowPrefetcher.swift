// Draws the windows of the next update while the current one is computed, so that a training does not
// wait for a disk. Windows follow from seed and update alone: fetched ahead, they are the same.

internal import Dispatch
internal import LinearAlgebra
public import Randomness
internal import Synchronization

/// Batches of successive updates, each filled on a thread of the prefetcher's own while the one before it
/// is in use. Use it from one thread; the thread of its own ends with it.
public final class WindowPrefetcher {
  /// The seconds that `next` has waited for windows.
  public private(set) var secondsWaited = 0.0

  /// For how many updates windows are announced to the system after one that had to wait for the disk.
  private static let announcedUpdates = 1_000

  private let exchange: Exchange
  private var remaining: Int
  /// The number of the last update.
  private let last: Int
  /// Draws the windows of an update, where no thread does it.
  private let fill: ((inout ContextBatch, Int) -> Void)?

  /// Begins to fill the first batch.
  /// - Parameters:
  ///   - updates: The numbers of the updates that will be asked for, in order.
  ///   - seed: The training seed.
  ///   - batch: Of the shape of the batches; its content does not matter.
  public init(_ sampler: WindowSampler, updates: Range<Int>, seed: Seed, batch: ContextBatch) {
    let exchange = Exchange(batch)
    self.exchange = exchange
    remaining = updates.count
    last = updates.upperBound - 1
    let windowCount = batch.windowCount
    let thread = StartedThread {
      // Histories that the memory holds need no announcement, which costs a call of the system for each stretch of steps.
      var announced = 0
      for update in updates {
        if announced > 0 {
          sampler.willFill(windowCount: windowCount, update: update, seed: seed)
          announced -= 1
        }
        guard var batch = exchange.takeUsed() else { return }
        let faults = StartedThread.majorFaults
        sampler.fill(&batch, update: update, seed: seed)
        if StartedThread.majorFaults > faults { announced = Self.announcedUpdates }
        exchange.giveFilled(batch)
      }
    }
    // Where the system has no thread left, windows are drawn when they are wanted.
    thread?.detach()
    fill = thread != nil ? nil : { sampler.fill(&$0, update: $1, seed: seed) }
  }

  deinit { exchange.end() }

  /// Exchanges a batch that is no longer needed for that of the next update, waiting until it is full.
  /// - Precondition: There are updates left.
  public func next(_ batch: inout ContextBatch) {
    precondition(remaining > 0, "all windows have been fetched")
    remaining -= 1
    if let fill {
      fill(&batch, last - remaining)
      return
    }
    let begun = ContinuousClock.now
    exchange.swap(&batch)
    secondsWaited += begun.duration(to: .now) / .seconds(1)
  }
}

/// Where the two threads hand batches to one another. There are two batches: one is in use, the other is
/// here or being filled.
private final class Exchange: Sendable {
  private struct State {
    var used: ContextBatch?
    var filled: ContextBatch?
    var isOver = false
  }

  private let state: Mutex<State>
  /// What the filling thread waits for: a used batch, or the end.
  private let forFilling = DispatchSemaphore(value: 0)
  /// What the thread that uses batches waits for: a full one.
  private let forUse = DispatchSemaphore(value: 0)

  init(_ batch: ContextBatch) {
    state = Mutex(State(used: batch))
    forFilling.signal()
  }

  /// A batch to fill, or nil when no more are wanted.
  func takeUsed() -> ContextBatch? {
    forFilling.wait()
    return state.withLock { $0.isOver ? nil : $0.used.take() }
  }

  func giveFilled(_ batch: consuming ContextBatch) {
    state.withLock { [batch] in $0.filled = batch }
    forUse.signal()
  }

  func swap(_ batch: inout ContextBatch) {
    forUse.wait()
    state.withLock { state in
      guard let filled = state.filled.take() else { preconditionFailure("no batch was filled") }
      state.used = batch
      batch = filled
    }
    forFilling.signal()
  }

  func end() {
    state.withLock { $0.isOver = true }
    forFilling.signal()
  }
}
