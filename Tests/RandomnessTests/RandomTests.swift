import Randomness
import Testing

@Suite struct `Random numbers` {
  @Test func `the same seed and name give the same stream`() {
    var first = Seed(7).random(for: "source", 3, 1)
    var second = Seed(7).random(for: "source", 3, 1)
    #expect((0..<100).allSatisfy { _ in first.next() == second.next() })
  }
}
