// Sine and cosine from their Taylor series: plain arithmetic, so that worlds and schedules have the same bits whichever
// C library is installed.

/// sin(2πx), from its series about the nearest zero.
package func sine(ofTurns x: Double) -> Double {
  let fraction = x - x.rounded()
  let angle = abs(fraction) > 0.25 ? (fraction > 0 ? 0.5 : -0.5) - fraction : fraction
  let radians = 2 * Double.pi * angle
  return series(from: radians, radians, through: 28, shift: 1)
}

/// cos(πx) for x in 0 ... 1, from its series about the nearer of 0, ½ and 1.
package func cosine(ofHalfTurns x: Double) -> Double {
  if x > 0.5 { return -cosine(ofHalfTurns: 1 - x) }
  return series(from: 1, x * .pi, through: 30, shift: -1)
}

/// The sum of alternating terms t₀ = `first`, tₖ = −tₖ₋₁ · r² / (2k · (2k + `shift`)), up to 2k = `last`.
private func series(
  from first: Double, _ radians: Double, through last: Double, shift: Double
) -> Double {
  var term = first
  var sum = 0.0
  for order in stride(from: 2.0, through: last, by: 2.0) {
    sum += term
    term *= -radians * radians / (order * (order + shift))
  }
  return sum
}
