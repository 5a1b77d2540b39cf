// How gradients are checked and numbers compared: central differences, and the distance of two
// tensors relative to the size of the expected one.

/// The gradient of a function of a matrix, element by element by central differences.
///
/// The step of 10⁻⁵ balances the truncation, 10⁻¹⁰ of the third derivative, against the rounding of
/// a double, 10⁻¹¹ of the value.
public func centralDifferences(
  at x: ReferenceMatrix, of function: (ReferenceMatrix) -> Double
) -> ReferenceMatrix {
  let step = 1e-5
  var gradient = x
  for index in x.values.indices {
    var moved = x
    moved.values[index] = x.values[index] + step
    let above = function(moved)
    moved.values[index] = x.values[index] - step
    gradient.values[index] = (above - function(moved)) / (2 * step)
  }
  return gradient
}

/// The largest difference of two elements relative to the largest element expected; zero where both
/// are all zeros, infinite where one has another shape or is no number.
public func relativeError(_ found: ReferenceMatrix, expected: ReferenceMatrix) -> Double {
  guard found.rows == expected.rows && found.columns == expected.columns else { return .infinity }
  return relativeError(found.values, expected: expected.values)
}

/// The largest difference of two elements relative to the largest element expected.
public func relativeError(_ found: [Double], expected: [Double]) -> Double {
  guard found.count == expected.count else { return .infinity }
  var difference = 0.0
  var size = 0.0
  for (found, expected) in zip(found, expected) {
    guard found.isFinite && expected.isFinite else { return .infinity }
    difference = max(difference, abs(found - expected))
    size = max(size, abs(expected))
  }
  return difference == 0 ? 0 : difference / size
}
