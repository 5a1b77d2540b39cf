// A share of some work, of which several programs each make one: tasks of an array on a cluster, for example.

/// One of several equal shares.
public struct Share: Equatable, Sendable {
  /// Which share it is, from 1.
  public let index: Int
  /// How many shares there are.
  public let count: Int

  /// All of the work.
  public static let whole = Share(index: 1, count: 1)

  private init(index: Int, count: Int) {
    self.index = index
    self.count = count
  }

  /// Reads `2/5`, the second of five; nil if the text is something else, or no share from 1 to 100,000.
  public init?(parsing text: String) {
    let numbers = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard numbers.count == 2, let index = numbers[0], let count = numbers[1],
      (1...100_000).contains(count), (1...count).contains(index)
    else { return nil }
    self.init(index: index, count: count)
  }

  /// Every `count`-th of some things, so that shares are about as large as each other where things grow along the list.
  package func of<Thing>(_ things: [Thing]) -> [Thing] {
    things.enumerated().filter { $0.offset % count == index - 1 }.map(\.element)
  }
}
