import Learning
import LinearAlgebra
import Randomness
import Testing

@Suite struct `An optimiser` {
  @Test func `goes on from a state that was read as if nothing had been between`() {
    let (first, second) = (Matrix(rows: 1, columns: 5), Matrix(rows: 1, columns: 5))
    let gradient = Matrix(rows: 1, columns: 5)
    var random = Seed(1).random(for: "gradient")
    func draw() { gradient.assign((0..<5).map { _ in random.normal() }) }
    func move(_ optimisation: inout any Optimisation, _ parameters: Matrix) {
      optimisation.step(
        parameters, gradient: gradient, learningRate: 0.1, gradientScale: 0.5, copyingTo: nil)
    }
    var (one, other) = (Adam().begin(count: 5), Adam().begin(count: 5))
    for _ in 0..<3 {
      draw()
      move(&one, first)
    }
    second.copy(from: first)
    other.state = one.state
    draw()
    move(&one, first)
    move(&other, second)
    #expect(first.values == second.values)
    #expect(one.state == other.state)
  }

  @Test func `keeps a state of its own`() {
    let parameters = Matrix(rows: 1, columns: 2)
    let gradient = Matrix(rows: 1, columns: 2)
    gradient.fill(with: 1)
    var optimisation = Adam().begin(count: 2)
    let state = optimisation.state
    optimisation.step(
      parameters, gradient: gradient, learningRate: 0.1, gradientScale: 1, copyingTo: nil)
    #expect(state.counters["steps"] == 0 && state.vectors["firstMoment"] == [0, 0])
    #expect(optimisation.state.counters["steps"] == 1)
  }
}

@Suite struct `A learner's state` {
  @Test func `gives back the part that was put under a prefix`() {
    let part = LearnerState(vectors: ["a": [1, 2]], counters: ["n": 3])
    var state = LearnerState(vectors: ["weights": [4]], counters: ["updates": 5])
    state.insert(part, under: "optimiser")
    #expect(state.part(under: "optimiser") == part)
    #expect(state.vector("weights", count: 1) == [4] && state.counter("updates") == 5)
  }
}
