// What learning adds to the rewards of coming where one seldom was, for tasks whose rewards chance hardly finds.

package import Tasks

/// β / √n for coming to see something for the n-th time (Strehl & Littman 2008, doi:10.1016/j.jcss.2007.08.009;
/// Bellemare et al. 2016, arXiv:1606.01868).
package struct NoveltyBonus: Sendable {
  private struct Sight: Hashable {
    let observation: Observation
    let isRewarded: Bool
  }

  private let weight: Float
  private var visits: [Sight: Int] = [:]

  /// A bonus that has counted nothing yet.
  /// - Parameter weight: β; 0 for no bonus.
  package init(_ weight: Double) { self.weight = Float(weight) }

  /// What is added to the reward of a step.
  /// - Parameters:
  ///   - observation: What is seen after it.
  ///   - isRewarded: Whether the episode has been rewarded: what is seen then is counted on its own.
  package mutating func ofComing(to observation: Observation, isRewarded: Bool = false) -> Float {
    guard weight > 0 else { return 0 }
    let sight = Sight(observation: observation, isRewarded: isRewarded)
    let count = visits[sight, default: 0] + 1
    visits[sight] = count
    return weight / Float(count).squareRoot()
  }

  /// Begins to count anew.
  package mutating func forget() { visits.removeAll(keepingCapacity: true) }
}
