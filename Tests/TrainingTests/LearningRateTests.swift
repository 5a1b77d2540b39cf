import TestSupport
import Testing
import Training

@Suite struct `The learning rate` {
  /// Ten updates of warm-up, then a hundred intervals to the last update.
  private var settings: TrainingSettings {
    var settings = TrainingSettings()
    settings.updates = 111
    settings.warmUpUpdates = 10
    settings.learningRate = 0.5
    settings.initialLearningRate = 0.1
    settings.finalLearningRateFraction = 0.2
    return settings
  }

  @Test(arguments: [
    (0, 0.1), (5, 0.3), (9, 0.46), (10, 0.5),
    // A quarter, a third, a half and three quarters of the way down from 0.5 to 0.1:
    // 0.1 + 0.4 · (1 + cos πx) / 2.
    (35, 0.3 + 0.2 * 0.70710678118654752), (60, 0.3), (85, 0.3 - 0.2 * 0.70710678118654752),
    (110, 0.1), (500, 0.1),
  ])
  func `rises along a line and falls along half a cosine`(update: Int, expected: Double) {
    let error = abs(settings.learningRate(at: update) - expected)
    #expect(error <= Tolerance.exactArithmetic)
  }

  @Test func `only rises in the warm-up and only falls after it`() {
    let rates = (0..<111).map { settings.learningRate(at: $0) }
    for (update, (rate, next)) in zip(rates, rates.dropFirst()).enumerated() {
      #expect(update < 10 ? rate < next : rate > next)
    }
  }

  @Test func `is at its greatest at once without a warm-up`() {
    var settings = settings
    settings.warmUpUpdates = 0
    #expect(settings.learningRate(at: 0) == 0.5)
    #expect(abs(settings.learningRate(at: 110) - 0.1) <= Tolerance.exactArithmetic)
  }

  @Test func `of a single update is the greatest`() {
    var settings = settings
    (settings.updates, settings.warmUpUpdates) = (1, 0)
    #expect(settings.learningRate(at: 0) == 0.5)
  }

  @Test func `falls to nothing when the last share is nothing`() {
    var settings = settings
    settings.finalLearningRateFraction = 0
    #expect(settings.learningRate(at: 110) == 0)
  }
}
