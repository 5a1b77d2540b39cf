import LinearAlgebra
import Synchronization
import Testing

@Suite struct `A team of workers` {
  /// Notes what is done and by whom.
  private final class Diary: ConcurrentWork, Sendable {
    let parts = Mutex<[Int]>([])
    let busy = Mutex<Set<Int>>([])

    func perform(part: Int, worker: Int) {
      #expect(
        busy.withLock { $0.insert(worker).inserted }, "worker \(worker) does two parts at once")
      parts.withLock { $0.append(part) }
      busy.withLock { _ = $0.remove(worker) }
    }
  }

  @Test(arguments: [1, 2, 5]) func `does each part of each piece of work once`(workers: Int) {
    let team = WorkerTeam(workers: workers)
    for round in 0..<200 {
      let diary = Diary()
      team.perform(diary, parts: round % 7)
      #expect(diary.parts.withLock { $0.sorted() } == Array(0..<round % 7))
    }
  }

  @Test func `of one goes in order`() {
    let diary = Diary()
    WorkerTeam(workers: 1).perform(diary, parts: 50)
    #expect(diary.parts.withLock { $0 } == Array(0..<50))
  }
}
