// One block of the model: attention and feed-forward, each a branch beside the residual stream, with
// norms before the branches or after the sums. The backward recomputes what the forward did.

/// A block with its parameters under `layers.<layer>.`.
public struct ReferenceBlock: Sendable {
  let settings: ReferenceSettings
  let windows: Int
  let noiseSeed: UInt32
  let layer: Int
  let parameters: ReferenceParameters

  /// The block of that number.
  public init(
    _ layer: Int, of settings: ReferenceSettings, _ parameters: ReferenceParameters, windows: Int,
    noiseSeed: UInt32
  ) {
    self.layer = layer
    self.settings = settings
    self.parameters = parameters
    self.windows = windows
    self.noiseSeed = noiseSeed
  }

  /// One of the two branches: a function of tokens and its gradient.
  private struct Branch {
    let norm: String
    let forward: (ReferenceMatrix) -> ReferenceMatrix
    let backward: (ReferenceMatrix, ReferenceMatrix, inout ReferenceParameters) -> ReferenceMatrix
  }

  private func name(_ part: String) -> String { "layers.\(layer).\(part)" }

  private func dropout(_ rate: Double, site: Int) -> ReferenceDropout {
    ReferenceDropout(rate: rate, noiseSeed: noiseSeed, site: UInt32(3 * layer + site))
  }

  private var branches: [Branch] {
    [
      Branch(norm: "norm1", forward: attended, backward: attendedBackward),
      Branch(norm: "norm2", forward: fed, backward: fedBackward),
    ]
  }

  /// Tokens after the block.
  public func forward(_ x: ReferenceMatrix) -> ReferenceMatrix {
    branches.reduce(x) { forward($0, through: $1) }
  }

  /// The gradient of the tokens before the block; adds those of the parameters.
  public func backward(
    of dy: ReferenceMatrix, x: ReferenceMatrix, to gradients: inout ReferenceParameters
  ) -> ReferenceMatrix {
    let middle = forward(x, through: branches[0])
    let dMiddle = backward(of: dy, x: middle, through: branches[1], to: &gradients)
    return backward(of: dMiddle, x: x, through: branches[0], to: &gradients)
  }

  private func forward(_ x: ReferenceMatrix, through branch: Branch) -> ReferenceMatrix {
    settings.isPostNorm
      ? normalised(x + branch.forward(x), branch.norm)
      : x + branch.forward(normalised(x, branch.norm))
  }

  private func backward(
    of dy: ReferenceMatrix, x: ReferenceMatrix, through branch: Branch,
    to gradients: inout ReferenceParameters
  ) -> ReferenceMatrix {
    if settings.isPostNorm {
      let dSum = normalisedBackward(dy, x + branch.forward(x), branch.norm, &gradients)
      return dSum + branch.backward(dSum, x, &gradients)
    }
    let dNormalised = branch.backward(dy, normalised(x, branch.norm), &gradients)
    return dy + normalisedBackward(dNormalised, x, branch.norm, &gradients)
  }

  private func normalised(_ x: ReferenceMatrix, _ norm: String) -> ReferenceMatrix {
    ReferenceLayerNorm.forward(
      x, gain: parameters[name(norm + ".gain")], bias: parameters[name(norm + ".bias")])
  }

  private func normalisedBackward(
    _ dy: ReferenceMatrix, _ x: ReferenceMatrix, _ norm: String,
    _ gradients: inout ReferenceParameters
  ) -> ReferenceMatrix {
    let d = ReferenceLayerNorm.backward(of: dy, x: x, gain: parameters[name(norm + ".gain")])
    gradients.add(d.gain, to: name(norm + ".gain"))
    gradients.add(d.bias, to: name(norm + ".bias"))
    return d.x
  }

  private var attention: ReferenceAttention {
    ReferenceAttention(
      windows: windows, heads: settings.heads, dropout: dropout(settings.attentionDropout, site: 1))
  }

  private func attended(_ x: ReferenceMatrix) -> ReferenceMatrix {
    let mixed = attention.forward(linear(x, "attention.qkv"))
    return dropout(settings.dropout, site: 2)
      .applied(to: linear(mixed, "attention.projection"), windows: windows)
  }

  private func attendedBackward(
    _ dy: ReferenceMatrix, _ x: ReferenceMatrix, _ gradients: inout ReferenceParameters
  ) -> ReferenceMatrix {
    let qkv = linear(x, "attention.qkv")
    let dProjected = dropout(settings.dropout, site: 2).applied(to: dy, windows: windows)
    let dMixed = linearBackward(
      dProjected, attention.forward(qkv), "attention.projection", &gradients)
    return linearBackward(attention.backward(of: dMixed, qkv: qkv), x, "attention.qkv", &gradients)
  }

  private func fed(_ x: ReferenceMatrix) -> ReferenceMatrix {
    let hidden = ReferenceGELU.forward(linear(x, "feedforward.in"))
    return dropout(settings.dropout, site: 3)
      .applied(to: linear(hidden, "feedforward.out"), windows: windows)
  }

  private func fedBackward(
    _ dy: ReferenceMatrix, _ x: ReferenceMatrix, _ gradients: inout ReferenceParameters
  ) -> ReferenceMatrix {
    let entered = linear(x, "feedforward.in")
    let dOut = dropout(settings.dropout, site: 3).applied(to: dy, windows: windows)
    let dHidden = linearBackward(
      dOut, ReferenceGELU.forward(entered), "feedforward.out", &gradients)
    return linearBackward(
      ReferenceGELU.backward(of: dHidden, x: entered), x, "feedforward.in", &gradients)
  }

  private func linear(_ x: ReferenceMatrix, _ part: String) -> ReferenceMatrix {
    ReferenceLinear.forward(
      x, weight: parameters[name(part + ".weight")], bias: parameters[name(part + ".bias")])
  }

  private func linearBackward(
    _ dy: ReferenceMatrix, _ x: ReferenceMatrix, _ part: String,
    _ gradients: inout ReferenceParameters
  ) -> ReferenceMatrix {
    let d = ReferenceLinear.backward(of: dy, x: x, weight: parameters[name(part + ".weight")])
    gradients.add(d.weight, to: name(part + ".weight"))
    gradients.add(d.bias, to: name(part + ".bias"))
    return d.x
  }
}

extension ReferenceParameters {
  /// Adds a contribution to a gradient.
  mutating func add(_ contribution: ReferenceMatrix, to name: String) {
    self[name] = self[name] + contribution
  }
}
