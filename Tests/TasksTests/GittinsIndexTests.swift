import Tasks
import Testing

@Suite struct `The Gittins index` {
  // Indices of Beta(a, b) as they are tabulated in the literature, to four decimals.
  @Test(arguments: [
    (0.9, 1, 1, 0.7029), (0.9, 2, 1, 0.8001), (0.9, 1, 2, 0.5001), (0.9, 2, 2, 0.6346),
    (0.99, 1, 1, 0.8699), (0.99, 2, 1, 0.9102), (0.99, 1, 2, 0.7005),
  ])
  func `is that of the published tables`(
    discount: Double, successes: Int, failures: Int, index: Double
  ) {
    let indices = GittinsIndex(greatestPulls: 4, discount: discount)
    let found = indices[pulls: successes + failures - 2, paid: successes - 1]
    #expect(abs(found - index) < 0.002)
  }

  @Test func `without a future is the mean`() {
    let indices = GittinsIndex(greatestPulls: 6, discount: 0)
    for pulls in 0...6 {
      for paid in 0...pulls {
        let mean = Double(paid + 1) / Double(pulls + 2)
        #expect(abs(indices[pulls: pulls, paid: paid] - mean) < 0.001)
      }
    }
  }
}
