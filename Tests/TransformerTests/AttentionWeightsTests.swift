// The attention that a pass shows.

import Contexts
import Foundation
import LinearAlgebra
import Randomness
import TestSupport
import Testing
import Transformer

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
    (settings.layers, settings.heads, settings.isPostNorm) = (1, 1, true)
    let configuration = settings.configuration
    let parameters = Parameters(configuration)
    func tensor(_ tensor: ParameterTensor) throws -> Matrix {
      try #require(parameters.tensors.first { $0.tensor == tensor }?.matrix)
    }
    // Nothing but positions is embedded; keys are what is embedded, and each query is a row of ones.
    let positions = try tensor(.position)
    positions.assign(
      ReferenceMatrix(rows: positions.rows, columns: positions.columns, key: 1).floats)
    let width = configuration.model.width
    let weight = try tensor(.layer(0, .queryKeyValueWeight))
    for channel in 0..<width { weight[width + channel, channel] = 1 }
    try tensor(.layer(0, .queryKeyValueBias))[columns: 0..<width].fill(with: 1)

    let pass = TransformerPass(configuration, windowCount: 1)
    let batch = ReferenceBatch(windows: 1, of: settings, key: 3).contextBatch(of: settings)
    _ = pass.forward(batch, windows: 0..<1, parameters)
    let found = pass.attention(layer: 0, window: 0)[0]
    for token in 0..<configuration.tokenCount {
      let powers = (0...token).map { earlier in
        let sum = (0..<width).reduce(0.0) { $0 + Double(positions[earlier, $1]) }
        return exp(sum / Double(width).squareRoot())
      }
      let total = powers.reduce(0, +)
      let row = (0...token).map { Double(found[token, $0]) }
      #expect(relativeError(row, expected: powers.map { $0 / total }) < 1e-5)
    }
  }
}
