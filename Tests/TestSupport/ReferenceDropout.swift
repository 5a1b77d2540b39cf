// Dropout by hashing: which elements are dropped is a function of the noise seed, the place in the
// model, the window and the element, so that an implementation in another language drops the same.

/// Sets elements to zero with a probability and scales the others so that the mean stays.
public struct ReferenceDropout: Sendable {
  /// The probability that an element is dropped.
  public let rate: Double
  /// The seed of a forward pass.
  public let noiseSeed: UInt32
  /// The place in the model.
  public let site: UInt32

  /// Dropout at a place of the model.
  public init(rate: Double, noiseSeed: UInt32, site: UInt32) {
    self.rate = rate
    self.noiseSeed = noiseSeed
    self.site = site
  }

  /// The finaliser of MurmurHash3 (Appleby 2011).
  public static func mixed(_ word: UInt32) -> UInt32 {
    var h = word
    h ^= h >> 16
    h &*= 0x85EB_CA6B
    h ^= h >> 13
    h &*= 0xC2B2_AE35
    h ^= h >> 16
    return h
  }

  /// What an element of a window is multiplied by: 0 or 1/(1 − rate).
  public func factor(window: Int, element: Int) -> Double {
    guard rate > 0 else { return 1 }
    let key = Self.mixed(Self.mixed(noiseSeed &+ site) &+ UInt32(window))
    let word = Self.mixed(UInt32(element) &* 0x9E37_79B9 &+ key)
    return Double(word) >= (rate * 0x1p32).rounded(.down) ? 1 / (1 - rate) : 0
  }

  /// Tokens of all windows with elements dropped; the gradient of it is the same function.
  public func applied(to x: ReferenceMatrix, windows: Int) -> ReferenceMatrix {
    var y = x
    let perWindow = x.values.count / windows
    for index in y.values.indices {
      y.values[index] *= factor(window: index / perWindow, element: index % perWindow)
    }
    return y
  }
}
