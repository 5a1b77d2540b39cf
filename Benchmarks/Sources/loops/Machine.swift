// environment: where the figures are taken, and the most that OpenBLAS multiplies there.

internal import ArgumentParser
internal import CBLASCeiling
internal import Foundation
internal import LinearAlgebra
internal import Synchronization

struct Machine: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "environment",
    abstract: "The machine, OpenBLAS's kernels and how fast two threads multiply 1024 × 1024.")

  @Option(help: "Threads that multiply at once, each by itself.")
  var workers = 2
  @Flag(help: "Measures under the kernels of this process only, not under all that OpenBLAS has.")
  var onlyThisCore = false

  func run() throws {
    let own = Ceiling(
      core: unsafe String(cString: openblas_get_corename()),
      gigaflops: sgemmCeiling(workers: workers))
    if onlyThisCore { return try printLine(own) }
    var ceilings = [own]
    for core in Self.cores where core.isSupported(by: processorFlags) {
      let found = try ceiling(under: core.name)
      if !ceilings.contains(where: { $0.core == found.core }) { ceilings.append(found) }
    }
    try printLine(
      Description(
        processor: processorName, cores: ProcessInfo.processInfo.activeProcessorCount,
        blasCore: own.core, blasConfiguration: unsafe String(cString: openblas_get_config()),
        blasThreads: Int(openblas_get_num_threads()), workers: workers, compileMode: compileMode,
        sgemmGigaflops: own.gigaflops,
        greatestSgemm: ceilings.max { $0.gigaflops < $1.gigaflops } ?? own, sgemm: ceilings,
        multiplyGigaflops: multiplyCeiling(workers: workers)))
  }

  /// The same in a process whose OpenBLAS is told which kernels to take.
  private func ceiling(under core: String) throws -> Ceiling {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = ["environment", "--only-this-core", "--workers", "\(workers)"]
    process.environment = ProcessInfo.processInfo.environment
      .merging(["OPENBLAS_CORETYPE": core]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let line = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONDecoder().decode(Ceiling.self, from: line)
  }

  /// Kernels of OpenBLAS for x86 with vectors of eight floats and more, and what they need.
  private static let cores = [
    Core(name: "Haswell", needs: ["avx2", "fma"]),
    Core(name: "Zen", needs: ["avx2", "fma"]),
    Core(name: "SkylakeX", needs: ["avx512f", "avx512dq", "avx512vl"]),
    Core(name: "Cooperlake", needs: ["avx512f", "avx512dq", "avx512vl", "avx512_bf16"]),
    Core(name: "SapphireRapids", needs: ["avx512f", "avx512vl", "avx512_bf16", "amx_bf16"]),
  ]

  private struct Core {
    let name: String
    let needs: [String]

    func isSupported(by flags: Set<Substring>) -> Bool {
      needs.allSatisfy { flags.contains(Substring($0)) }
    }
  }

  private struct Ceiling: Codable {
    let core: String
    let gigaflops: Double
  }

  private struct Description: Encodable {
    let processor: String
    let cores: Int
    let blasCore: String
    let blasConfiguration: String
    let blasThreads: Int
    let workers: Int
    let compileMode: String
    /// Of OpenBLAS under the kernels it chose.
    let sgemmGigaflops: Double
    /// Of OpenBLAS under the best kernels it has.
    let greatestSgemm: Ceiling
    let sgemm: [Ceiling]
    /// Of the library's own `multiply`.
    let multiplyGigaflops: Double
  }
}

private var compileMode: String {
  #if DEBUG
    "debug"
  #else
    "release"
  #endif
}

private func processorLine(_ name: String) -> Substring {
  let information = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
  let line = information.split(separator: "\n").first { $0.hasPrefix(name) }
  return Substring(line?.split(separator: ":", maxSplits: 1).last ?? "")
}

private var processorFlags: Set<Substring> { Set(processorLine("flags").split(separator: " ")) }

private var processorName: String {
  processorLine("model name").trimmingCharacters(in: .whitespaces)
}

/// The rows and columns of the factors.
private let side = 1_024

/// The most of five goes of half a second, over all threads.
private func ceiling(workers: Int, multiply: @Sendable @escaping () -> () -> Void) -> Double {
  (0..<5).map { _ in
    let rates = Mutex([Double]())
    concurrently(over: Array(0..<workers), workers: workers) { _, _, _ in
      let multiply = multiply()
      multiply()
      let timed = Stopwatch()
      var count = 0
      while timed.seconds < 0.5 {
        multiply()
        count += 1
      }
      let rate = Double(count * 2 * side * side * side) / timed.seconds / 1e9
      rates.withLock { $0.append(rate) }
    }
    return rates.withLock { $0.reduce(0, +) }
  }.max() ?? 0
}

private func sgemmCeiling(workers: Int) -> Double {
  openblas_set_num_threads(1)
  return ceiling(workers: workers) {
    let a = [Float](repeating: 0.5, count: side * side)
    var c = [Float](repeating: 0, count: side * side)
    let n = blasint(side)
    return {
      unsafe cblas_sgemm(
        CblasRowMajor, CblasNoTrans, CblasNoTrans, n, n, n, 1, a, n, a, n, 0, &c, n)
    }
  }
}

private func multiplyCeiling(workers: Int) -> Double {
  ceiling(workers: workers) {
    let (a, b, c) = (
      Matrix(rows: side, columns: side), Matrix(rows: side, columns: side),
      Matrix(rows: side, columns: side)
    )
    a.fill(with: 0.5)
    b.fill(with: 0.5)
    return { LinearAlgebra.multiply(a, b, into: c) }
  }
}
