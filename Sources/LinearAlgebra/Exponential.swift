// e to the power of x, with the same bits whichever C library is installed.

/// eˣ with a relative error below 3 · 10⁻⁷, by the squaring of a short series in double precision.
public func exponential(_ x: Float) -> Float {
  if x < -87 { return 0 }
  precondition(x <= 88, "e to the power of \(x) is no float")
  let power = (Double(x) / 0.693147180559945309417).rounded()
  let rest = Double(x) - power * 0.693147180559945309417
  var term = 1.0
  var sum = 1.0
  for order in 1...11 {
    term *= rest / Double(order)
    sum += term
  }
  return Float(Double(sign: .plus, exponent: Int(power), significand: 1) * sum)
}
