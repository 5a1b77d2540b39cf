// Where chance comes from: a stream is named by what it is for and whom it belongs to, never by
// when it is first used. So the order of execution and the number of workers change nothing.

/// The seed of an experiment, from which every stream of chance is derived by name.
///
/// ```swift
/// var random = Seed(7).random(for: "source", 12, 3)   // the learner 3 on task 12
/// ```
public struct Seed: Hashable, Sendable {
  /// The number the user chose.
  public let value: UInt64

  /// A seed with the user's number.
  public init(_ value: UInt64) { self.value = value }

  /// The stream of chance for a purpose and an identity.
  /// - Parameters:
  ///   - purpose: What the chance is for, such as `"source"`; streams of different purposes are unrelated.
  ///   - identity: Whose it is: task, learner, update, … in a fixed order.
  public func random(for purpose: String, _ identity: Int...) -> Random {
    Random(seed: derived(for: purpose, identity))
  }

  /// The seed of a part of the experiment, for handing down.
  public func seed(for purpose: String, _ identity: Int...) -> Seed {
    Seed(derived(for: purpose, identity))
  }

  private func derived(for purpose: String, _ identity: [Int]) -> UInt64 {
    var mixer = SplitMix64(state: value)
    for byte in purpose.utf8 { mixer.absorb(UInt64(byte)) }
    mixer.absorb(UInt64.max)
    for number in identity { mixer.absorb(UInt64(bitPattern: Int64(number))) }
    return mixer.next()
  }
}

/// SplitMix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195): spreads and mixes seeds.
struct SplitMix64 {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var word = state
    word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
    return word ^ (word >> 31)
  }

  /// Makes all further output depend on `word`.
  mutating func absorb(_ word: UInt64) {
    state = next() ^ word
  }
}
