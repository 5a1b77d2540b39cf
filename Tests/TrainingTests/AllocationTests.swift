// What a training step allocates, counted in a process of its own by an allocator that stands in for the
// C library's (Tests/AllocationCounter).

import Foundation
import TestSupport
import Testing

@Suite struct `A training step` {
  #if !DEBUG  // unoptimised Swift allocates where optimised Swift does not
    @Test(arguments: ["pre-norm", "paper", "pictures", "recurrent"], [1, 2])
    func `allocates nothing once it has warmed up`(shape: String, workers: Int) throws {
      let count = try #require(try allocations(shape, workers: workers))
      // Not countable on this system.
      if count == -1 { return }
      #expect(count == 0, "`training-allocations \(shape) \(workers) --print` says where from")
    }
  #endif

  /// What the program counted, which is built beside the tests.
  private func allocations(_ shape: String, workers: Int) throws -> Int? {
    let tests = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
    let output = Pipe()
    let process = Process()
    process.executableURL = tests.deletingLastPathComponent()
      .appendingPathComponent("training-allocations")
    process.arguments = [shape, "\(workers)"]
    process.standardOutput = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return Int(text.trimmingCharacters(in: .whitespacesAndNewlines))
  }
}
