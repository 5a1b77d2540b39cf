// Exact returns of small worlds, by backward induction over an episode (Bellman 1957): computed
// from the dynamics alone, so no world states its own optimum.

/// An environment whose states can be listed and whose chances can be enumerated.
public protocol FiniteEnvironment: Environment where State: Hashable {
  /// The states an episode may start in, with their probabilities.
  var initialStates: [(probability: Double, state: State)] { get }

  /// What an action may lead to, with the probabilities.
  func outcomes(
    of action: Int, in state: State
  ) -> [(probability: Double, next: State, transition: Transition)]
}

extension FiniteEnvironment {
  /// The greatest expected undiscounted return of an episode.
  public func bestExpectedReturn() -> Double {
    expectedReturn { values in values.max() ?? 0 }
  }

  /// The expected undiscounted return of an episode of uniformly random actions.
  public func expectedReturnOfRandomActions() -> Double {
    expectedReturn { values in values.reduce(0, +) / Double(values.count) }
  }

  /// V_T = 0; V_t(s) = choose over a of Σ p(s', r | s, a) · (r + [not terminated] · V_{t+1}(s')).
  private func expectedReturn(choosing value: ([Double]) -> Double) -> Double {
    let states = reachableStates()
    let indices = Dictionary(uniqueKeysWithValues: zip(states, states.indices))
    var later = [Double](repeating: 0, count: states.count)
    for _ in 0..<interface.episodeLength {
      later = states.map { state in
        value(
          (0..<interface.actionCount).map { action in
            outcomes(of: action, in: state).reduce(0) { sum, outcome in
              let next = outcome.transition.isTerminated ? nil : indices[outcome.next]
              return sum + outcome.probability
                * (Double(outcome.transition.reward) + (next.map { later[$0] } ?? 0))
            }
          })
      }
    }
    return initialStates.reduce(0) { sum, start in
      sum + start.probability * (indices[start.state].map { later[$0] } ?? 0)
    }
  }

  /// Every state that some actions lead to, in order of discovery.
  private func reachableStates() -> [State] {
    var states: [State] = []
    var known: Set<State> = []
    for start in initialStates where known.insert(start.state).inserted {
      states.append(start.state)
    }
    var explored = 0
    while explored < states.count {
      for action in 0..<interface.actionCount {
        for outcome in outcomes(of: action, in: states[explored])
        where known.insert(outcome.next).inserted {
          states.append(outcome.next)
        }
      }
      explored += 1
    }
    return states
  }
}
