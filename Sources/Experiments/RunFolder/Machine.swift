// The machine that speeds are of.

internal import Foundation

/// What decides how fast a run is.
package struct Machine: Codable, Sendable, Equatable {
  /// The processor's model, as the system calls it.
  package var processor: String
  /// Processors that can run at once.
  package var cores: Int
  /// The kernels that OpenBLAS chose, such as `SkylakeX`.
  package var blasCore: String
  /// Threads that the stage ran on.
  package var workers: Int

  private enum CodingKeys: String, CodingKey {
    case processor, cores, workers
    case blasCore = "blas_core"
  }

  /// This machine.
  package init(workers: Int, blasCore: String) {
    let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = information.split(separator: "\n").first { $0.hasPrefix("model name") }
    processor =
      line?.split(separator: ":").last?.trimmingCharacters(in: .whitespaces) ?? "unknown"
    cores = ProcessInfo.processInfo.activeProcessorCount
    self.blasCore = blasCore
    self.workers = workers
  }
}
