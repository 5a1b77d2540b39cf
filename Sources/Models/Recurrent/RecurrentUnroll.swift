// A recurrent model that acts in several worlds at once, keeps what it needs of a stretch of steps, and is
// then told how its predictions should have been: for learning while acting, truncated at the stretch's
// beginning. What it remembers is carried from stretch to stretch.

internal import Layers
package import LinearAlgebra
package import Tasks

/// The steps of several rows between two updates, with the model's predictions and their gradients.
///
/// The gradient of a step reaches back to the first step of the stretch, or to where its row was made to
/// forget (truncated backpropagation through time; Williams & Peng 1990).
package final class RecurrentUnroll {
  /// The number of steps of a stretch.
  package let steps: Int
  package let rows: Int
  /// Step after step, rows × predictions: logits or action values. What follows the stretch has a step of its own,
  /// which is written for action values alone.
  package let logits: Matrix
  /// Step after step, rows × 1: the return to come, with one step more for what follows the stretch; zero if the
  /// model does not tell it.
  package let values: Matrix

  private let configuration: ModelConfiguration
  private let stack: RecurrentStack
  private let dvalued: Matrix
  private let sight: Sighting?
  private var contents: [TokenContent] = []
  private var forgets: [Bool]

  /// The network that looks, over one step when acting and over all of them when learning.
  private struct Sighting {
    let acting: ObservationEncoder
    let learning: ObservationEncoder
    let dfeatures: Matrix
  }

  /// Memory for a stretch; all rows begin with an empty memory.
  /// - Parameter renderer: Draws what is seen, where that is made of bytes.
  /// - Precondition: The model tells what return is to come, or the values of actions.
  package init(
    _ configuration: ModelConfiguration, steps: Int, rows: Int,
    renderer: (any Renderer)? = nil
  ) {
    precondition(
      configuration.predicts != .actions, "a model that tells no value cannot learn by acting")
    self.configuration = configuration
    self.steps = steps
    self.rows = rows
    stack = RecurrentStack(configuration, steps: steps + 1, rows: rows)
    logits = Matrix(rows: (steps + 1) * rows, columns: configuration.predictionCount)
    values = Matrix(rows: (steps + 1) * rows, columns: 1)
    dvalued = Matrix(rows: steps * rows, columns: configuration.model.width)
    let acting = configuration.makeEncoder(
      capacity: rows, renderer: renderer, isForBackward: false)
    let learning = configuration.makeEncoder(capacity: steps * rows, renderer: renderer)
    sight =
      if let acting, let learning {
        Sighting(
          acting: acting, learning: learning,
          dfeatures: Matrix(rows: steps * rows, columns: configuration.embeddingWidth))
      } else {
        nil
      }
    contents.reserveCapacity((steps + 1) * rows)
    forgets = Array(repeating: false, count: (steps + 1) * rows)
    stack.clear(rows: rows)
  }

  /// Outputs and cells of every layer, as rows enter the stretch; they can be kept and put back.
  package var memory: [Matrix] { stack.entering(rows: rows) }

  /// Begins a stretch with what rows remember after the one before it.
  package func begin() {
    stack.continueFrom(steps, rows: rows)
    restart()
  }

  /// Begins a stretch with what stands in `memory`.
  package func restart() {
    contents.removeAll(keepingCapacity: true)
    for index in forgets.indices { forgets[index] = false }
  }

  /// Makes a row enter a step with an empty memory.
  package func forget(_ row: Int, before step: Int) {
    stack.clear(row: row, before: step, rows: rows)
    forgets[step * rows + row] = true
  }

  /// Predicts a step, into `logits` and `values`; of the step after the stretch, which the next stretch begins
  /// with, what is to come alone.
  package func predict(_ step: Int, _ inputs: [StepInput], _ parameters: Parameters) {
    precondition(
      inputs.count == rows && contents.count == step * rows,
      "\(inputs.count) inputs for \(rows) rows after \(contents.count) others, at step \(step)")
    let features = see(step, inputs, parameters)
    for (row, input) in inputs.enumerated() {
      var content = TokenContent(input)
      if features != nil { content.see(row) }
      Embedding.forward(
        content, position: 0, parameters.embedding, features: features, into: stack.inputs,
        row: step * rows + row)
      if features != nil { content.feature = step * rows + row }
      contents.append(content)
    }
    stack.forward(step, rows: rows, parameters)
    let outputs = stack.outputs(step..<step + 1, rows: rows)
    let block = step * rows..<(step + 1) * rows
    if let value = parameters.value { Linear.forward(outputs, value, into: values[rows: block]) }
    if step < steps || configuration.predicts == .actionValues {
      Linear.forward(outputs, parameters.head, into: logits[rows: block])
    }
  }

  /// Adds the gradient of every parameter.
  /// - Parameters:
  ///   - dlogits: The gradient of `logits`, without those after the stretch.
  ///   - dvalues: The gradient of `values`, without those after the stretch; not read if the model tells none.
  package func backward(
    _ dlogits: Matrix, _ dvalues: Matrix, _ parameters: Parameters, into gradients: Parameters
  ) {
    let outputs = stack.outputs(0..<steps, rows: rows)
    let doutputs = stack.outputGradients(steps: steps, rows: rows)
    Linear.backward(of: outputs, parameters.head, dlogits, into: doutputs, gradients.head)
    if let value = parameters.value, let dvalue = gradients.value {
      Linear.backward(of: outputs, value, dvalues, into: dvalued, dvalue)
      doutputs.add(dvalued)
    }
    stack.backward(steps: steps, rows: rows, parameters, into: gradients) { row, step in
      forgets[step * rows + row]
    }
    sight?.dfeatures.fill(with: 0)
    for row in 0..<steps * rows {
      Embedding.backward(
        of: contents[row], position: 0, stack.inputs, row: row, gradients.embedding,
        dfeatures: sight?.dfeatures)
    }
    if let sight, let p = parameters.embedding.sight, let d = gradients.embedding.sight {
      _ = sight.learning.forward(steps * rows, p)
      sight.learning.backward(sight.dfeatures, p, into: d)
    }
  }

  /// Encodes what is seen in a step; nothing where cells are seen.
  private func see(_ step: Int, _ inputs: [StepInput], _ parameters: Parameters) -> Matrix? {
    guard let sight, let p = parameters.embedding.sight else { return nil }
    for (row, input) in inputs.enumerated() { sight.acting.read(input.observation, row: row) }
    if step < steps {
      sight.learning.input[rows: step * rows..<(step + 1) * rows].copy(from: sight.acting.input)
    }
    return sight.acting.forward(rows, p)
  }
}
