// How actions lie in a shard: a number for each factor's choice, in one byte where every factor has at most 256
// choices, otherwise in two. An expert's actions lie in the same way. In order: the type and shape of a step,
// writing, what does not fit an interface, reading.

package import Tasks
internal import TensorFiles

/// The type and shape of the actions of an interface.
struct ActionLayout: Sendable {
  /// U8 or U16.
  let type: ElementType
  /// The shape of one step: none for a single choice, else the number of factors.
  let shape: [Int]
  /// The number of choices of each factor.
  let factors: [Int]
  /// By what an action is divided so that a factor's choice becomes its last digit.
  private let weights: [Int]

  init(_ interface: TaskInterface) {
    factors = interface.actionFactors
    type = factors.allSatisfy { $0 <= 256 } ? .uint8 : .uint16
    shape = factors.count == 1 ? [] : [factors.count]
    var weights: [Int] = []
    var weight = 1
    for size in factors.reversed() {
      weights.append(weight)
      weight *= size
    }
    self.weights = weights.reversed()
  }

  var bytesPerStep: Int { factors.count * type.byteCount }

  /// Whether a step is one byte, which is the action itself.
  var isByte: Bool { type == .uint8 && factors.count == 1 }

  /// Appends an action as a file holds it.
  /// - Precondition: It is one of the interface's.
  func append(_ action: Int, to bytes: inout [UInt8]) {
    for (factor, weight) in zip(factors, weights) {
      let choice = action / weight % factor
      if type == .uint8 {
        bytes.append(UInt8(choice))
      } else {
        bytes.append(littleEndian: UInt16(choice))
      }
    }
  }
}

extension TaskInterface {
  /// What is wrong with an action, if it is not one of the interface's.
  package func misfit(ofAction action: Int, _ what: String = "the action") -> Misfit? {
    guard !(0..<actionCount).contains(action) else { return nil }
    return Misfit(
      what: what, expected: "an action from 0 to \(actionCount - 1)", found: "\(action)")
  }

  /// What is wrong with a reward, if no step can give it.
  func misfit(ofReward reward: Float) -> Misfit? {
    guard !allows(reward: reward) else { return nil }
    return Misfit(
      what: "the reward", expected: rewards.map { "one of \($0)" } ?? "a finite number",
      found: "\(reward)")
  }
}

/// The actions of an open shard.
struct ShardActions: Sendable {
  private enum Choices: Sendable {
    case bytes(TensorView<UInt8>)
    case pairs(TensorView<UInt16>)
  }

  private let choices: Choices
  private let factors: [Int]

  /// - Parameter steps: The number of steps; nil for as many as there are.
  init(
    _ file: TensorFile, _ field: ShardSchema.Field, _ interface: TaskInterface, steps: Int?
  ) throws(TensorFileError) {
    let layout = ActionLayout(interface)
    let described = try file.description(of: field.rawValue)
    let count = steps ?? described.shape.first ?? 0
    let shape = [count] + layout.shape
    factors = layout.factors
    choices =
      layout.type == .uint8
      ? .bytes(try file.tensor(field.rawValue, of: UInt8.self, shape: shape))
      : .pairs(try file.tensor(field.rawValue, of: UInt16.self, shape: shape))
  }

  var count: Int {
    switch choices {
    case .bytes(let bytes): bytes.count / factors.count
    case .pairs(let pairs): pairs.count / factors.count
    }
  }

  /// The joined action of a step.
  subscript(step: Int) -> Int {
    if factors.count == 1 { return choice(step) }
    var action = 0
    for (index, size) in factors.enumerated() {
      action = action * size + choice(step * factors.count + index)
    }
    return action
  }

  /// What in the action of a step no task with the interface can have: choices are looked at one by one, since one that
  /// is too large can be hidden in a joined action.
  func misfit(at step: Int, _ interface: TaskInterface, _ what: String) -> Misfit? {
    guard factors.count > 1 else { return interface.misfit(ofAction: choice(step), what) }
    for (index, size) in factors.enumerated() {
      let choice = choice(step * factors.count + index)
      guard choice < size else {
        return Misfit(
          what: "\(what)'s factor \(index) with", expected: "a choice from 0 to \(size - 1)",
          found: "\(choice)")
      }
    }
    return nil
  }

  /// Whether some step has a choice that is none of its factor's. Looks at choices in the order they lie in.
  var haveMisfit: Bool {
    switch choices {
    case .bytes(let bytes): Self.isAnyTooLarge(bytes, factors)
    case .pairs(let pairs): Self.isAnyTooLarge(pairs, factors)
    }
  }

  private static func isAnyTooLarge<Number: TensorElement & FixedWidthInteger>(
    _ choices: TensorView<Number>, _ factors: [Int]
  ) -> Bool {
    factors.indices.contains { factor in
      // A factor whose size the type does not reach holds no misfit.
      guard let size = Number(exactly: factors[factor]) else { return false }
      var index = factor
      while index < choices.count {
        if choices[index] >= size { return true }
        index += factors.count
      }
      return false
    }
  }

  /// Has the system begin to read the actions of steps.
  func willRead(_ steps: Range<Int>) {
    let range = steps.lowerBound * factors.count..<steps.upperBound * factors.count
    switch choices {
    case .bytes(let bytes): bytes.willRead(range)
    case .pairs(let pairs): pairs.willRead(range)
    }
  }

  /// Tells the system that steps will be read here and there.
  func expectRandomReads() {
    switch choices {
    case .bytes(let bytes): bytes.expectRandomReads()
    case .pairs(let pairs): pairs.expectRandomReads()
    }
  }

  private func choice(_ index: Int) -> Int {
    switch choices {
    case .bytes(let bytes): Int(bytes[index])
    case .pairs(let pairs): Int(pairs[index])
    }
  }
}
