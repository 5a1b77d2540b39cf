// The bits of short runs, held to the version of the kernels: runs that were begun with other kernels would go on with
// other bits, and only the version tells.

import Experiments
import Foundation
import TensorFiles
import TestSupport
import Testing

@Suite(.enabled(if: isOptimised, "\(needsOptimisation)"))
struct `The version of the kernels` {
  /// A preset, made short, and the SHA-256 of what its runs compute.
  struct Bits {
    let preset: String
    let settings: [String]
    let digest: String
  }

  /// If one of them has changed on purpose, raise `kernelVersion` and put the new digests here.
  static let bits = [
    1: [
      Bits(
        preset: "tiny",
        settings: [
          "source.episodes=30", "ed.last_fraction=0.5", "train.updates=20", "rl2.steps=4000",
          "evaluate.episodes=4",
        ],
        digest: "f776519cc8d76b88c63884d917f3659b00cd1a1db356856b129476196ef08b66"),
      Bits(
        preset: "watermaze",
        settings: [
          "task.pools=8", "split.held_out=2", "split.validation=1", "source.episodes=12",
          "context.steps=30", "context.episode_subsampling=1", "ed.last_fraction=1",
          "train.seeds=[0]",
          "train.updates=4", "train.warm_up_updates=1", "rl2.steps=2000", "evaluate.episodes=2",
          "evaluate.seeds=1",
        ],
        digest: "49e1173e0a43534395d3b7e054b71c63fbfe69850e7196a101520cfbb5295219"),
    ]
  ]

  @Test func `changes with every bit of a run`() throws {
    for run in try #require(Self.bits[kernelVersion], "no digests of kernels \(kernelVersion)") {
      let found = try digest(of: run)
      #expect(
        found == run.digest, "\(run.preset) has other bits, \(found): raise kernelVersion")
    }
  }

  /// The SHA-256 of all tensors and tables that a run leaves.
  private func digest(of bits: Bits) throws -> String {
    let scratch = try ScratchFolder()
    let run = try openRun(
      scratch.file("run"), try configuration(bits.preset, bits.settings), workers: 2)
    try CollectStage(run).perform()
    for method in Registry.methods {
      try TrainStage(run, method: method, seeds: [0]).perform()
    }
    let methods = EvaluatedMethod.all(of: Registry.methods)
    try EvaluateStage(run, methods: methods, splits: [.heldOut]).perform()
    var bytes: [UInt8] = []
    for (name, content) in try files(of: run.folder.path).sorted(by: { $0.key < $1.key }) {
      switch URL(fileURLWithPath: name).pathExtension {
      case "csv": bytes += Array(content)
      case "safetensors": bytes += tensors(in: Array(content))
      default: continue
      }
    }
    return Checksum.sha256(of: bytes)
  }

  /// A safetensors file without its header, which also tells the settings.
  private func tensors(in file: [UInt8]) -> ArraySlice<UInt8> {
    let header = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    return file.dropFirst(8 + header)
  }
}
