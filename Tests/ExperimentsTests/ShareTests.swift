import Experiments
import Testing

@Suite struct `A share` {
  @Test(arguments: ["1/1", "2/5", "5/5"]) func `is read from its number and the count`(text: String)
    throws
  {
    let share = try #require(Share(parsing: text))
    #expect("\(share.index)/\(share.count)" == text)
  }

  @Test(arguments: ["", "1", "0/2", "3/2", "-1/2", "1/0", "1/2/3", "a/b", "1/", "1/100001"])
  func `is nothing else`(text: String) {
    #expect(Share(parsing: text) == nil)
  }

  @Test func `is disjoint from the others, and all of them are everything`() throws {
    let things = Array(0..<11)
    let shares = try (1...3).map { try #require(Share(parsing: "\($0)/3")).of(things) }
    #expect(shares.map(\.count) == [4, 4, 3])
    #expect(shares.flatMap { $0 }.sorted() == things)
    #expect(Share.whole.of(things) == things)
  }
}
