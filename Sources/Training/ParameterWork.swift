// What happens to whole parameters in an update, in parts that workers share: packing, the sum of gradients, the
// optimiser's step.

internal import LinearAlgebra
internal import Models

/// The packing of the weights as they are when an update begins, a weight a part.
final class PackWork: ConcurrentWork {
  private let parameters: Parameters

  init(_ parameters: Parameters) { self.parameters = parameters }

  func perform(part: Int, worker: Int) { parameters.pack(part) }
}

/// The sum of the lanes' gradients, left in the first, and its norm; a tensor a part.
final class SumWork: ConcurrentWork {
  private let gradients: [Parameters]
  /// Of each tensor; objects, since workers write to several at once.
  private let squares: [SumOfSquares]

  private final class SumOfSquares {
    var value = 0.0
  }

  init(_ gradients: [Parameters]) {
    self.gradients = gradients
    squares = gradients[0].tensors.map { _ in SumOfSquares() }
  }

  /// The global norm of the sum.
  var norm: Double { squares.reduce(0) { $0 + $1.value }.squareRoot() }

  func perform(part: Int, worker: Int) {
    let sum = gradients[0].tensors[part].matrix
    for other in gradients.dropFirst() { sum.add(other.tensors[part].matrix) }
    squares[part].value = sum.sumOfSquares
  }
}

/// The optimiser's step, a tensor a part.
final class StepWork: ConcurrentWork {
  struct Task {
    let step: Int
    let rate: Double
    let gradientScale: Double
    let beta1, beta2, epsilon, weightDecay: Double
  }

  var task: Task?
  private let parameters: Parameters
  private let gradient: Parameters
  private let firstMoment: Parameters
  private let secondMoment: Parameters

  init(
    _ parameters: Parameters, gradient: Parameters, firstMoment: Parameters,
    secondMoment: Parameters
  ) {
    self.parameters = parameters
    self.gradient = gradient
    self.firstMoment = firstMoment
    self.secondMoment = secondMoment
  }

  func perform(part: Int, worker: Int) {
    guard let task else { preconditionFailure("no step to take") }
    let (tensor, matrix) = parameters.tensors[part]
    AdamStep(
      step: task.step, rate: task.rate, beta1: task.beta1, beta2: task.beta2, epsilon: task.epsilon,
      weightDecay: tensor.decays ? task.weightDecay : 0,
      gradientScale: task.gradientScale
    ).apply(
      gradient: gradient.tensors[part].matrix, firstMoment: firstMoment.tensors[part].matrix,
      secondMoment: secondMoment.tensors[part].matrix, to: matrix)
  }
}
