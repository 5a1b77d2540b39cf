// Windows that are drawn ahead are those that would have been drawn when needed.

import Contexts
import Randomness
import TestSupport
import Testing

@Suite struct `Windows that are fetched ahead` {
  private func batch(_ sampling: Sampling, windows: Int = 5) -> ContextBatch {
    ContextBatch(windowCount: windows, stepCount: sampling.settings.steps)
  }

  @Test(arguments: [0..<1, 0..<20, 7..<30])
  func `are those of the sampler, in order`(updates: Range<Int>) throws {
    let sampling = try Sampling()
    let windows = WindowPrefetcher(
      sampling.sampler, updates: updates, seed: Seed(3), batch: batch(sampling))
    var fetched = batch(sampling)
    for update in updates {
      windows.next(&fetched)
      #expect(fetched.windows == sampling.windows(5, update: update, seed: 3))
    }
  }

  @Test func `stay as they are while the next are drawn`() throws {
    let sampling = try Sampling()
    let windows = WindowPrefetcher(
      sampling.sampler, updates: 0..<50, seed: Seed(3), batch: batch(sampling, windows: 1))
    var fetched = batch(sampling, windows: 1)
    for update in 0..<50 {
      windows.next(&fetched)
      let expected = sampling.windows(1, update: update, seed: 3)
      for _ in 0..<100 { #expect(fetched.windows == expected) }
    }
  }

  @Test func `are the same when they were announced to the system`() throws {
    let sampling = try Sampling()
    let expected = sampling.windows(5, update: 4, seed: 3)
    sampling.sampler.willFill(windowCount: 5, update: 4, seed: Seed(3))
    #expect(sampling.windows(5, update: 4, seed: 3) == expected)
  }

  @Test func `need not all be taken`() throws {
    let sampling = try Sampling()
    for taken in 0..<4 {
      let windows = WindowPrefetcher(
        sampling.sampler, updates: 0..<1_000_000, seed: Seed(3), batch: batch(sampling))
      var fetched = batch(sampling)
      for _ in 0..<taken { windows.next(&fetched) }
    }
    _ = WindowPrefetcher(sampling.sampler, updates: 3..<3, seed: Seed(3), batch: batch(sampling))
  }

  @Test func `are waited for only while they are drawn`() throws {
    let sampling = try Sampling()
    let windows = WindowPrefetcher(
      sampling.sampler, updates: 0..<3, seed: Seed(3), batch: batch(sampling))
    #expect(windows.secondsWaited == 0)
    var fetched = batch(sampling)
    windows.next(&fetched)
    let first = windows.secondsWaited
    #expect(first > 0)
    windows.next(&fetched)
    #expect(windows.secondsWaited > first)
  }
}
