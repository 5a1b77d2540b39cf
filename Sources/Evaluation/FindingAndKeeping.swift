// What a curve of returns hides: whether streams earn little because most have found nothing yet, or because those
// that have do not keep it. In order: when streams find, what they earn after.

extension ReturnsGrid {
  /// When each stream first earns anything: the index of the episode, from 0; none where it never does.
  private var finds: [Int?] {
    (0..<streamCount).map { stream in
      (0..<episodeCount).first { returns[stream * episodeCount + $0] != 0 }
    }
  }

  /// The share of streams that have found by each episode: whose return of that episode or an earlier one is not 0.
  public func foundShares() -> [Double] {
    var shares = [Double](repeating: 0, count: episodeCount)
    for case let find? in finds { shares[find] += 1 }
    var found = 0.0
    for episode in shares.indices {
      found += shares[episode]
      shares[episode] = found / Double(streamCount)
    }
    return shares
  }

  /// The mean return of each episode after a stream's first find, from the next one on: over the streams that found
  /// early enough to have it, as long as these are at least nine tenths of those that found: later ones would be of other,
  /// easier tasks.
  public func returnsAfterFind() -> [Double] {
    let finds = finds
    let finders = finds.count { $0 != nil }
    var means: [Double] = []
    for episode in 1..<max(1, episodeCount) {
      var sum = 0.0
      var count = 0
      for (stream, find) in finds.enumerated() {
        guard let find, find + episode < episodeCount else { continue }
        sum += returns[stream * episodeCount + find + episode]
        count += 1
      }
      guard count > 0, 10 * count >= 9 * finders else { break }
      means.append(sum / Double(count))
    }
    return means
  }
}
