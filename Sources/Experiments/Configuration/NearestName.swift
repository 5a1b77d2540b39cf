// The name somebody probably meant.

/// The name with the fewest single-letter changes from what was written, if it is near enough to
/// have been meant: at most two changes, or a third of the letters.
package func nearestName(to written: String, among names: [String]) -> String? {
  let ranked = names.map { (name: $0, distance: editDistance(written, $0)) }
  guard let nearest = ranked.min(by: { $0.distance < $1.distance }) else { return nil }
  return nearest.distance <= max(2, written.count / 3) ? nearest.name : nil
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other
/// (Damerau 1964, each stretch edited once).
package func editDistance(_ first: String, _ second: String) -> Int {
  let a = Array(first)
  let b = Array(second)
  var beforeLast = [Int](repeating: 0, count: b.count + 1)
  var last = Array(0...b.count)
  for i in a.indices {
    var row = [i + 1]
    for j in b.indices {
      var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
        best = min(best, beforeLast[j - 1] + 1)
      }
      row.append(best)
    }
    (beforeLast, last) = (last, row)
  }
  return last[b.count]
}
