// Layers of long short-term memory, one on the other, over some steps of some rows. It is run a step at a
// time, as when acting, or layer after layer over all steps, with the same bits.

internal import Layers
package import LinearAlgebra

/// The memory and the passes of a recurrent model between its embedding and its heads.
package final class RecurrentStack {
  private let layers: [LSTM]
  private let doutputs: Matrix
  private let steps: Int

  /// Memory for some steps of some rows.
  /// - Parameter isForBackward: Whether `backward` shall be possible.
  package init(
    _ configuration: ModelConfiguration, steps: Int, rows: Int, isForBackward: Bool = true
  ) {
    let width = configuration.model.width
    self.steps = steps
    layers = (0..<configuration.model.layers).map { _ in
      LSTM(width: width, steps: steps, rows: rows, isForBackward: isForBackward)
    }
    doutputs = Matrix(rows: isForBackward ? steps * rows : 0, columns: width)
  }

  /// Step after step, rows × 4 · width: where the embedded inputs go. After `backward`, their gradients.
  package var inputs: Matrix { layers[0].gates }

  /// The last layer's outputs of some steps, step after step.
  package func outputs(_ steps: Range<Int>, rows: Int) -> Matrix {
    layers[layers.count - 1].outputs[rows: steps.lowerBound * rows..<steps.upperBound * rows]
  }

  /// Where the gradient of `outputs` goes before `backward`.
  package func outputGradients(steps: Int, rows: Int) -> Matrix { doutputs[rows: 0..<steps * rows] }

  /// Makes all rows enter the first step with an empty memory.
  package func clear(rows: Int) { for layer in layers { layer.clear(rows: rows) } }

  /// Makes a row enter a step with an empty memory, after the step before it and before the step itself.
  package func clear(row: Int, before step: Int, rows: Int) {
    for layer in layers { layer.clear(row: row, before: step, rows: rows) }
  }

  /// Makes rows enter the first step as they would have entered a later one.
  package func continueFrom(_ step: Int, rows: Int) {
    for layer in layers { layer.continueFrom(step, rows: rows) }
  }

  /// Outputs and cells of every layer, as rows enter the first step; they can be kept and put back.
  package func entering(rows: Int) -> [Matrix] {
    layers.flatMap { [$0.entering(0, rows: rows), $0.cells(0, rows: rows)] }
  }

  /// All layers of one step, whose inputs are embedded.
  package func forward(_ step: Int, rows: Int, _ parameters: Parameters) {
    let block = step * rows..<(step + 1) * rows
    for (index, (layer, p)) in zip(layers, parameters.recurrent).enumerated() {
      if let input = p.input {
        Linear.forward(
          layers[index - 1].outputs[rows: block], input, into: layer.gates[rows: block])
      }
      layer.forward(step, rows: rows, p.recurrent)
    }
  }

  /// All steps, whose inputs are embedded, layer by layer.
  package func forwardAll(rows: Int, _ parameters: Parameters) {
    let all = 0..<steps * rows
    for (index, (layer, p)) in zip(layers, parameters.recurrent).enumerated() {
      if let input = p.input {
        Linear.forward(layers[index - 1].outputs[rows: all], input, into: layer.gates[rows: all])
      }
      for step in 0..<steps { layer.forward(step, rows: rows, p.recurrent) }
    }
  }

  /// Undoes the first steps: from `outputGradients` to the gradients of `inputs`, and of every weight, which
  /// are added to.
  /// - Parameter forgets: Whether a row was made to forget before a step.
  package func backward(
    steps: Int, rows: Int, _ parameters: Parameters, into gradients: Parameters,
    forgets: (_ row: Int, _ step: Int) -> Bool = { _, _ in false }
  ) {
    let all = 0..<steps * rows
    for index in layers.indices.reversed() {
      let (p, d) = (parameters.recurrent[index], gradients.recurrent[index])
      layers[index].backward(
        steps: steps, rows: rows, p.recurrent, doutputs[rows: all], into: d.recurrent.weight,
        forgets: forgets)
      if let input = p.input, let dinput = d.input {
        Linear.backward(
          of: layers[index - 1].outputs[rows: all], input, layers[index].gates[rows: all],
          into: doutputs[rows: all], dinput)
      }
    }
  }
}
