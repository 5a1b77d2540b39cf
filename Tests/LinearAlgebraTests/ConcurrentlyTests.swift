import Foundation
import LinearAlgebra
import Synchronization
import Testing

@Suite struct `Work on several cores` {
  private struct Failure: Error, Equatable { let index: Int }

  @Test(arguments: [1, 2, 3], [0, 1, 2, 100])
  func `is done once for each element`(workers: Int, count: Int) {
    let done = Mutex<[Int: [Int]]>([:])
    concurrently(over: (0..<count).map { 10 * $0 }, workers: workers) { index, element, worker in
      done.withLock { $0[index, default: []].append(element) }
      #expect((0..<workers).contains(worker))
    }
    let expected = Dictionary(uniqueKeysWithValues: (0..<count).map { ($0, [10 * $0]) })
    #expect(done.withLock { $0 } == expected)
  }

  @Test func `goes in order with one worker`() {
    let order = Mutex<[Int]>([])
    concurrently(over: Array(0..<50), workers: 1) { index, _, _ in
      order.withLock { $0.append(index) }
    }
    #expect(order.withLock { $0 } == Array(0..<50))
  }

  @Test(arguments: [2, 3]) func `gives a worker one element at a time`(workers: Int) {
    let busy = Mutex<Set<Int>>([])
    concurrently(over: Array(0..<200), workers: workers) { _, _, worker in
      #expect(busy.withLock { $0.insert(worker).inserted })
      busy.withLock { _ = $0.remove(worker) }
    }
  }

  @Test(arguments: [1, 2, 3]) func `fails as its lowest failing element does`(workers: Int) {
    #expect(throws: Failure(index: 0)) {
      try concurrently(over: Array(0..<10), workers: workers) { (index, _, _) throws(Failure) in
        if index == 0 { Thread.sleep(forTimeInterval: 0.05) }
        throw Failure(index: index)
      }
    }
  }

  @Test(arguments: [1, 2, 3]) func `begins nothing new after a failure`(workers: Int) {
    let begun = Mutex<Set<Int>>([])
    #expect(throws: Failure(index: 3)) {
      try concurrently(over: Array(0..<10_000), workers: workers) {
        (index, _, _) throws(Failure) in
        begun.withLock { _ = $0.insert(index) }
        if index == 3 { throw Failure(index: index) }
      }
    }
    let indices = begun.withLock { $0 }
    #expect(indices.isSuperset(of: 0...3))
    #expect(indices == Set(0..<indices.count))
  }
}
