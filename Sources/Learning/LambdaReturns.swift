// λ-returns: what the value of a state is moved towards.

/// Overwrites `returns` with the λ-returns of a stretch of steps.
///
/// G_t = r_t + γ · ((1 − λ) · V(o_{t+1}) + λ · G_{t+1}), beginning beyond the last step with its
/// successor's value; G_t = r_t where an episode ends (Sutton & Barto 2018, eq. 12.20, for a fixed policy).
///
/// - Parameters:
///   - rewards: r_t of each step, undiscounted.
///   - ends: Whether the episode ended with the step, so that nothing follows.
///   - nextValues: V(o_{t+1}) of each step; not read where `ends`.
///   - discount: γ.
///   - lambda: λ.
///   - returns: G_t of each step; overwritten.
/// - Precondition: Rewards, ends and values have one count.
package func computeLambdaReturns(
  rewards: [Float], ends: [Bool], nextValues: [Float], discount: Float, lambda: Float,
  into returns: inout [Float]
) {
  precondition(
    ends.count == rewards.count && nextValues.count == rewards.count,
    "\(rewards.count) rewards, \(ends.count) ends and \(nextValues.count) values are of no one stretch"
  )
  returns.removeAll(keepingCapacity: true)
  returns.append(contentsOf: rewards)
  var later = nextValues.last ?? 0
  for step in rewards.indices.reversed() {
    if ends[step] {
      later = rewards[step]
    } else {
      later = rewards[step] + discount * ((1 - lambda) * nextValues[step] + lambda * later)
    }
    returns[step] = later
  }
}
