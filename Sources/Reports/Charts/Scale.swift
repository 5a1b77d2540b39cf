// From a chart's units to the page, and where to put ticks.

/// A linear map from a range of values to a range of coordinates, whatever the values: those beyond 10¹⁰⁰ are drawn
/// as if they were that, and what is no number at the range's start.
struct Scale {
  let values: ClosedRange<Double>
  let from: Double
  let to: Double

  private static let greatest = 1e100

  /// Values from `values` drawn between two coordinates; a range of one value, or of numbers that cannot be told
  /// apart, is widened.
  init(_ values: ClosedRange<Double>, from: Double, to: Double) {
    let low = max(-Self.greatest, min(values.lowerBound, Self.greatest))
    let high = min(Self.greatest, max(values.upperBound, low))
    let size = max(abs(low), abs(high))
    let isPoint = high - low <= max(1e-12 * size, 1e-100)
    self.values = isPoint ? low...low + max(1, 1e-6 * size) : low...high
    self.from = from
    self.to = to
  }

  func callAsFunction(_ value: Double) -> Double {
    let share = (value - values.lowerBound) / (values.upperBound - values.lowerBound)
    guard !share.isNaN else { return from }
    return from + min(max(share, -10), 10) * (to - from)
  }

  /// Round numbers within the range, about `count` of them: steps are 1, 2 or 5 times a power of ten. The range is
  /// neither endless nor a point, so there are never more than `count` + 2.
  func ticks(about count: Int) -> [Double] {
    let step = Self.roundStep(atLeast: (values.upperBound - values.lowerBound) / Double(count))
    let first = (values.lowerBound / step).rounded(.up)
    let last = (values.upperBound / step + 1e-9).rounded(.down)
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  private static func roundStep(atLeast size: Double) -> Double {
    var power = 1.0
    while power * 10 <= size { power *= 10 }
    while power > size { power /= 10 }
    for factor in [1.0, 2, 5] where power * factor >= size { return power * factor }
    return power * 10
  }
}

/// A tick's value without needless decimals.
func tickText(_ value: Double) -> String {
  if value == value.rounded() { return abs(value) < 1e15 ? countText(Int(value)) : "\(value)" }
  let decimals = [1, 2, 3, 4].first { places in
    let scaled = value * (0..<places).reduce(1.0) { power, _ in power * 10 }
    return abs(scaled - scaled.rounded()) < 1e-6
  }
  return fixed(value, decimals ?? 5)
}

/// Moves positions apart until none is closer to the next than `spacing`, as little as needed:
/// those too close form a group around their mean, kept within the range.
package func spread(
  _ wanted: [Double], spacing: Double, within range: ClosedRange<Double>
) -> [Double] {
  struct Group {
    var members: [Int]
    var centre: Double
  }
  func half(_ group: Group) -> Double { spacing * Double(group.members.count - 1) / 2 }
  func kept(_ group: Group) -> Group {
    let low = range.lowerBound + half(group)
    let high = max(low, range.upperBound - half(group))
    return Group(members: group.members, centre: min(max(group.centre, low), high))
  }
  var groups: [Group] = []
  for index in wanted.indices.sorted(by: { (wanted[$0], $0) < (wanted[$1], $1) }) {
    groups.append(kept(Group(members: [index], centre: wanted[index])))
    while groups.count > 1 {
      let (upper, lower) = (groups[groups.count - 2], groups[groups.count - 1])
      if upper.centre + half(upper) + spacing <= lower.centre - half(lower) { break }
      let members = upper.members + lower.members
      let mean = members.reduce(0) { $0 + wanted[$1] } / Double(members.count)
      groups.removeLast(2)
      groups.append(kept(Group(members: members, centre: mean)))
    }
  }
  var positions = wanted
  for group in groups {
    for (place, index) in group.members.enumerated() {
      positions[index] = group.centre - half(group) + spacing * Double(place)
    }
  }
  return positions
}

/// Fewer points that show the same curve: means of neighbours, at most `count` of them.
func thinned(_ points: [Point], to count: Int) -> [Point] {
  guard points.count > count else { return points }
  return (0..<count).map { bin in
    let members = points[bin * points.count / count..<(bin + 1) * points.count / count]
    return Point(
      x: members.reduce(0) { $0 + $1.x } / Double(members.count),
      y: members.reduce(0) { $0 + $1.y } / Double(members.count))
  }
}
