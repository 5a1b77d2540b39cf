// A number that several workers may set.

internal import Synchronization

/// The latest of a number that workers report.
final class Counter: Sendable {
  private let number = Atomic<Int>(0)

  var value: Int { number.load(ordering: .relaxed) }

  func set(_ value: Int) { number.store(value, ordering: .relaxed) }

  func add(_ amount: Int) { number.wrappingAdd(amount, ordering: .relaxed) }
}
