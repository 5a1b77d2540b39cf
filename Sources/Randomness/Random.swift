// The one generator of the package, and its conversions to floats, ranges and distributions.
// Both are ours because the standard library does not promise the same numbers across versions,
// and a history must be made again to the byte. Not for cryptography.

/// A seedable generator of pseudo-random numbers: xoshiro256++ (Blackman & Vigna 2021,
/// doi:10.1145/3460772), seeded through SplitMix64.
///
/// A value: copying it copies the stream. The same seed gives the same numbers on every machine.
public struct Random: Sendable {
  @usableFromInline var state: (UInt64, UInt64, UInt64, UInt64)

  /// A generator whose four words of state are the first four outputs of SplitMix64 from `seed`.
  public init(seed: UInt64) {
    var mixer = SplitMix64(state: seed)
    state = (mixer.next(), mixer.next(), mixer.next(), mixer.next())
  }

  /// The next 64 random bits.
  @inlinable @inline(__always)
  public mutating func next() -> UInt64 {
    let result = rotated(state.0 &+ state.3, by: 23) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, by: 45)
    return result
  }

  /// A float in [0, 1), a multiple of 2⁻²⁴.
  @inlinable @inline(__always)
  public mutating func uniform() -> Float {
    Float(next() >> 40) * 0x1p-24
  }

  /// An integer in 0 ..< `bound`, without bias (Lemire 2019, arXiv:1805.10941).
  /// - Precondition: `bound` is positive.
  @inlinable @inline(__always)
  public mutating func below(_ bound: Int) -> Int {
    precondition(bound > 0, "a bound of \(bound) leaves no integer to draw")
    let range = UInt64(bound)
    var product = next().multipliedFullWidth(by: range)
    if product.low < range {
      let threshold = (0 &- range) % range
      while product.low < threshold { product = next().multipliedFullWidth(by: range) }
    }
    return Int(product.high)
  }

  /// True with the given probability.
  @inlinable @inline(__always)
  public mutating func chance(_ probability: Float) -> Bool {
    uniform() < probability
  }

  /// A standard normal float, by the sum of squares of two uniforms (Marsaglia & Bray 1964).
  public mutating func normal() -> Float {
    while true {
      let x = 2 * uniform() - 1
      let y = 2 * uniform() - 1
      let square = x * x + y * y
      if square > 0 && square < 1 {
        return Float(
          Double(x) * (-2 * natural(logarithmOf: Double(square)) / Double(square)).squareRoot())
      }
    }
  }

  /// An index drawn with probability proportional to its weight.
  /// - Parameter weights: Non-negative, with a positive sum; need not sum to one.
  @inlinable
  public mutating func categorical(_ weights: Span<Float>) -> Int {
    var total: Float = 0
    for index in weights.indices { total += weights[index] }
    precondition(total > 0 && total.isFinite, "weights sum to \(total), not to a positive number")
    var remaining = uniform() * total
    var lastPositive = 0
    for index in weights.indices where weights[index] > 0 {
      lastPositive = index
      remaining -= weights[index]
      if remaining < 0 { return index }
    }
    return lastPositive
  }

  /// Puts the elements in random order (Fisher & Yates).
  public mutating func shuffle<Element>(_ elements: inout [Element]) {
    for last in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(last, below(last + 1))
    }
  }
}

@inlinable @inline(__always)
func rotated(_ word: UInt64, by bits: UInt64) -> UInt64 {
  (word << bits) | (word >> (64 - bits))
}

/// ln x for x in (0, 1), from the series of 2 artanh((m − 1)/(m + 1)) after taking out powers of two:
/// plain arithmetic, so the same bits whichever C library is installed.
private func natural(logarithmOf x: Double) -> Double {
  let ratio = (x.significand - 1) / (x.significand + 1)
  let square = ratio * ratio
  var term = ratio
  var sum = 0.0
  for odd in stride(from: 1.0, through: 41.0, by: 2.0) {
    let longer = sum + term / odd
    if longer == sum { break }  // nor would the terms after it be felt: they only shrink
    sum = longer
    term *= square
  }
  return 2 * sum + Double(x.exponent) * 0.693147180559945309417
}
