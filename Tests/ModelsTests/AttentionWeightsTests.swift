// The attention that a pass shows.

import Contexts
import Foundation
import LinearAlgebra
import Models
import Randomness
import TestSupport
import Testing

@Suite struct `The attention of a pass` {
  @Test(arguments: [1, 3])
  func `is a distribution over a token and those before it, in each window, layer and head`(
    tokensPerStep: Int
  ) {
    var settings = ReferenceSettings()
    settings.tokensPerStep = tokensPerStep
    let configuration = settings.configuration
    let parameters = Parameters(configuration, seed: Seed(1))
    let batch = ReferenceBatch(windows: 3, of: settings, key: 3).contextBatch(of: settings)
    let pass = TransformerPass(configuration, windowCount: 3)
    _ = pass.forward(batch, windows: 0..<3, parameters)
    for window in 0..<3 {
      for layer in 0..<configuration.model.layers {
        let heads = pass.attention(layer: layer, window: window)
        #expect(heads.count == configuration.model.heads)
        for head in heads {
          for token in 0..<configuration.tokenCount {
            let row = head.row(token)
            var sum: Float = 0
            for earlier in row.indices {
              sum += row[earlier]
              #expect(earlier <= token ? row[earlier] > 0 : row[earlier] == 0)
            }
            #expect(abs(sum - 1) < 1e-5)
          }
        }
      }
    }
  }

  @Test func `is the softmax of queries times keys`() throws {
    var settings = ReferenceSettings()
    (settings.layers, settings.heads, settings.isPostNorm) = (1, 2, true)
    let configuration = settings.configuration
    let parameters = Parameters(configuration)
    func tensor(_ tensor: ParameterTensor) throws -> Matrix {
      try #require(parameters.tensors.first { $0.tensor == tensor }?.matrix)
    }
    // Positions and actions are embedded; keys are what is embedded, and queries rows of ones, in the second head of
    // twos.
    let positions = try tensor(.position)
    positions.assign(
      ReferenceMatrix(rows: positions.rows, columns: positions.columns, key: 1).floats)
    let width = configuration.model.width
    let weight = try tensor(.layer(0, .queryKeyValueWeight))
    for channel in 0..<width { weight[width + channel, channel] = 1 }
    let bias = try tensor(.layer(0, .queryKeyValueBias))
    bias[columns: 0..<width / 2].fill(with: 1)
    bias[columns: width / 2..<width].fill(with: 2)
    let actions = try tensor(.action)
    actions.assign(ReferenceMatrix(rows: actions.rows, columns: actions.columns, key: 2).floats)

    let pass = TransformerPass(configuration, windowCount: 2)
    let batch = ReferenceBatch(windows: 2, of: settings, key: 3).contextBatch(of: settings)
    _ = pass.forward(batch, windows: 0..<2, parameters)
    for window in 0..<2 {
      for (head, found) in pass.attention(layer: 0, window: window).enumerated() {
        for token in 0..<configuration.tokenCount {
          let powers = (0...token).map { earlier in
            let previous =
              earlier == 0
              ? actions.rows - 1
              : Int(batch.actions[batch.index(window: window, step: earlier - 1)])
            let sum = (head * width / 2..<(head + 1) * width / 2).reduce(0.0) {
              $0 + Double(positions[earlier, $1] + actions[previous, $1])
            }
            return exp(Double(head + 1) * sum / Double(width / 2).squareRoot())
          }
          let total = powers.reduce(0, +)
          let row = (0...token).map { Double(found[token, $0]) }
          #expect(relativeError(row, expected: powers.map { $0 / total }) < 1e-5)
        }
      }
    }
  }
}
