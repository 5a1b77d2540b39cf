// The machine that speeds are of.

internal import Foundation

/// What decides how fast a run is.
public struct Machine: Codable, Sendable, Equatable {
  /// The processor's model, as the system calls it.
  public var processor: String
  /// Processors that can run at once.
  public var cores: Int
  /// The kernels that OpenBLAS chose, such as `SkylakeX`.
  public var blasCore: String
  /// Threads that the stage ran on.
  public var workers: Int

  private enum CodingKeys: String, CodingKey {
    case processor, cores, workers
    case blasCore = "blas_core"
  }

  /// This machine.
  public init(workers: Int, blasCore: String) {
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = information.split(separator: "\n").first { $0.hasPrefix("model name") }
    processor =
      line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
    cores = ProcessInfo.processInfo.activeProcessorCount
    self.blasCore = blasCore
    self.workers = workers
  }
}
