// The places of the network where dropout acts, and the names of their streams of chance.

internal import LinearAlgebra

/// The chance of one training pass: the seed of its dropout, or none when evaluating.
public struct DropoutNoise: Sendable {
  /// The seed of the pass.
  public let seed: UInt32

  /// The noise of one pass.
  public init(seed: UInt32) { self.seed = seed }
}

/// Dropout in one layer of one pass: which of its places are active, and their keys.
///
/// Sites: 0 for the embedding, then for layer l: 3l + 1 attention weights, 3l + 2 the output of
/// attention, 3l + 3 the output of the feed-forward layer.
struct DropoutSite {
  let noise: DropoutNoise?
  let layer: Int
  /// The number of the pass's first window within its batch.
  let firstWindow: Int
  let rate: Double
  let attentionRate: Double

  /// No dropout anywhere: that of a model that acts.
  static let none = DropoutSite(
    noise: nil, layer: 0, firstWindow: 0, rate: 0, attentionRate: 0)

  /// The dropout of attention weights of a window, or nil for none.
  func attentionKey(window: Int) -> UInt32? {
    guard let noise, attentionRate > 0 else { return nil }
    return Dropout.key(seed: noise.seed, site: 3 * layer + 1, window: firstWindow + window)
  }

  var attentionOutput: Place { place(3 * layer + 2) }
  var feedForwardOutput: Place { place(3 * layer + 3) }

  /// The dropout of the embedding.
  var embedding: Place { place(0) }

  private func place(_ number: Int) -> Place {
    Place(seed: rate > 0 ? noise?.seed : nil, number: number, firstWindow: firstWindow)
  }

  /// One place where rows of several windows are dropped.
  struct Place {
    let seed: UInt32?
    let number: Int
    let firstWindow: Int

    var isActive: Bool { seed != nil }

    /// Drops rows in place, window by window; does nothing if inactive.
    func drop(_ x: Matrix, rate: Double, tokens: Int) {
      guard let seed else { return }
      for window in 0..<x.rows / tokens {
        let key = Dropout.key(seed: seed, site: number, window: firstWindow + window)
        x[rows: window * tokens..<(window + 1) * tokens]
          .dropInPlace(Dropout(rate: rate, key: key))
      }
    }
  }
}
