// The sum of the lanes' gradients: of the lanes of this process alone, or of all ranks. The additions are the same
// chain in both, from the first lane to the last, so that the number of ranks changes no bit: each rank adds its lanes
// to what the ranks before it have summed, and the last hands the sum to all. What a backward pass finishes first goes
// round while the passes go on.

internal import Dispatch
internal import LinearAlgebra
internal import Models
internal import Ranks
internal import Synchronization

/// The sum of all lanes' gradients and its norm.
final class GradientSum {
  /// The sum, after `finish`.
  let total: Parameters
  /// The number of stages that lanes finish.
  let stageCount: Int
  private let work: SumWork
  private let exchange: GradientExchange?

  /// - Parameter lanes: The gradients of this rank's lanes; at least one.
  init(_ lanes: [Parameters], among ranks: any Ranks) {
    if ranks.count == 1 {
      total = lanes[0]
      work = SumWork(lanes)
      exchange = nil
    } else {
      total = ranks.leads ? lanes[0] : Parameters(lanes[0].configuration)
      work = SumWork([total])
      exchange = GradientExchange(lanes, into: total, among: ranks)
    }
    stageCount = total.stages.count
  }

  /// To be called before the lanes' passes.
  func begin() { exchange?.begin() }

  /// Says of a lane that nothing is added to a stage of its gradients any more; from any thread.
  func finished(_ stage: Int) { exchange?.finished(stage) }

  /// Waits for the sum.
  /// - Returns: Its global norm.
  func finish(on team: WorkerTeam) -> Double {
    exchange?.finish()
    team.perform(work, parts: total.tensors.count)
    return work.norm
  }
}

/// A thread that passes sums from rank to rank while others compute.
private final class GradientExchange {
  private let chain: Chain
  private let start = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  /// False if the system has no thread left: the sums are then passed when all passes are done.
  private let hasThread: Bool

  init(_ lanes: [Parameters], into total: Parameters, among ranks: any Ranks) {
    let chain = Chain(lanes, into: total, among: ranks)
    let (start, done) = (start, done)
    let thread = StartedThread {
      while true {
        start.wait()
        guard !chain.isOver.load(ordering: .relaxed) else { return }
        chain.pass()
        done.signal()
      }
    }
    self.chain = chain
    hasThread = thread != nil
    thread?.detach()
  }

  deinit {
    chain.isOver.store(true, ordering: .relaxed)
    start.signal()
  }

  func begin() {
    chain.begin()
    start.signal()
  }

  func finished(_ stage: Int) { chain.finished(stage) }

  func finish() {
    if hasThread {
      done.wait()
    } else {
      chain.pass()
    }
  }
}

/// What is passed from rank to rank. Its gradients are written by workers until they say that a stage is finished, and
/// by one thread from then on; the semaphores order it.
private final class Chain: @unchecked Sendable {
  /// Some floats of a stage.
  private struct Segment {
    let total: Matrix
    let lanes: [Matrix]
  }

  /// Stages that follow each other, and are passed on when all are finished.
  private struct Group {
    let segments: [Segment]
    let stageCount: Int
    let isFinished = DispatchSemaphore(value: 0)
  }

  /// The fewest floats of a group but the last: a message of less takes as long.
  private static let fewestFloats = 16_384
  /// The most floats of a segment: few enough for several ranks to be at work on a sum.
  private static let greatestSegment = 65_536

  let isOver = Atomic<Bool>(false)
  private let ranks: any Ranks
  private let laneCount: Int
  private let groups: [Group]
  /// The number of each stage's group.
  private let groupOfStage: [Int]
  /// Of each group, how often lanes have not yet finished one of its stages.
  private let unfinished: Mutex<[Int]>

  init(_ lanes: [Parameters], into total: Parameters, among ranks: any Ranks) {
    self.ranks = ranks
    laneCount = lanes.count
    // The first lane of all is what the others are added to.
    let added = ranks.leads ? lanes.dropFirst() : lanes[...]
    var groups: [Group] = []
    var groupOfStage: [Int] = []
    var joined: [Range<Int>] = []
    let stages = total.stages
    for (number, stage) in stages.enumerated() {
      groupOfStage.append(groups.count)
      joined.append(stage)
      // A stage lies in memory before those that are finished before it.
      let floats = stage.lowerBound..<joined[0].upperBound
      guard floats.count >= Self.fewestFloats || number == stages.count - 1 else { continue }
      let segments = stride(
        from: floats.lowerBound, to: floats.upperBound, by: Self.greatestSegment
      )
      .map { first in
        let floats = first..<min(first + Self.greatestSegment, floats.upperBound)
        return Segment(
          total: total.all[columns: floats], lanes: added.map { $0.all[columns: floats] })
      }
      groups.append(Group(segments: segments, stageCount: joined.count))
      joined = []
    }
    self.groups = groups
    self.groupOfStage = groupOfStage
    unfinished = Mutex(groups.map { _ in 0 })
  }

  func begin() {
    unfinished.withLock { counts in
      for group in counts.indices { counts[group] = laneCount * groups[group].stageCount }
    }
  }

  func finished(_ stage: Int) {
    let group = groupOfStage[stage]
    let isLast = unfinished.withLock { counts in
      counts[group] -= 1
      return counts[group] == 0
    }
    if isLast { groups[group].isFinished.signal() }
  }

  /// Adds and passes on group after group, as the lanes finish them, and returns when the sum of all ranks is there.
  func pass() {
    for group in groups {
      group.isFinished.wait()
      for segment in group.segments {
        if !ranks.leads { ranks.receive(segment.total, from: ranks.index - 1) }
        for lane in segment.lanes { segment.total.add(lane) }
        if ranks.index + 1 < ranks.count { ranks.beginSend(segment.total, to: ranks.index + 1) }
        ranks.beginBroadcast(segment.total, from: ranks.count - 1)
      }
    }
    ranks.finish()
  }
}
