import Reports
import TestSupport
import Testing

@Suite struct `Labels at the ends of lines` {
  @Test func `labels that are apart stay where they are`() {
    #expect(spread([90, 10, 50], spacing: 17, within: 0...100) == [90, 10, 50])
  }

  @Test func `labels that are close move apart around their mean`() {
    #expect(spread([50, 52], spacing: 10, within: 0...100) == [46, 56])
  }

  @Test func `labels at the edge stay inside`() {
    #expect(spread([99, 100, 98], spacing: 10, within: 0...100) == [90, 100, 80])
  }

  @Test(arguments: [[1.0, 1, 1, 1], [0, 3, 80, 80, 81, 100], [50], [], [40, 41, 55, 56, 70]])
  func `no two labels are closer than the spacing`(wanted: [Double]) {
    let places = spread(wanted, spacing: 15, within: 0...100).sorted()
    let gaps = zip(places.dropFirst(), places).map { $0 - $1 }
    #expect(gaps.allSatisfy { $0 >= 15 - Tolerance.exactArithmetic })
    #expect(places.allSatisfy { (0...100).contains($0) })
  }
}
