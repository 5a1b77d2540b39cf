// The memory that there is, and that this program uses.

internal import Foundation

/// The memory that this program has written to, in bytes, without the files that it maps; 0 where the system does not say.
func ownMemory() -> Int { memory(named: "RssAnon") }

/// The memory that this program holds, in bytes, with the program itself and the files that it maps; 0 where the system
/// does not say.
func residentMemory() -> Int { memory(named: "VmRSS") }

private func memory(named name: String) -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  return kilobytes(named: name, in: status).map { $0 * 1024 } ?? 0
}

/// The memory that this program may still take, in bytes: the system's, or what its group is allowed if that is less. Nil
/// where the system does not say.
func availableMemory() -> Int? {
  func number(in file: String) -> Int? {
    (try? String(contentsOfFile: file, encoding: .utf8))
      .flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
  let system = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))
    .flatMap { kilobytes(named: "MemAvailable", in: $0) }.map { $0 * 1024 }
  let group = "/sys/fs/cgroup/memory"
  let limit = number(in: "\(group).max").map { $0 - (number(in: "\(group).current") ?? 0) }
  return [system, limit, addressSpaceLimit()].compactMap { $0 }.min()
}

private func kilobytes(named name: String, in text: String) -> Int? {
  let line = text.split(separator: "\n").first { $0.hasPrefix("\(name):") }
  return line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
}

/// Bytes as people say them: `57 MB`.
func bytesText(_ bytes: Int) -> String {
  let units = [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)]
  guard let (unit, size) = units.first(where: { Double(bytes) >= $0.1 }) else {
    return "\(bytes) bytes"
  }
  return "\(threeDigits(Double(bytes) / size)) \(unit)"
}

extension Experiment {
  /// Refuses parts that the memory cannot hold, before work starts.
  /// - Throws: `StageError.notEnoughMemory` for the one that needs the most.
  public func requireMemory(for parts: [any Part], workers: Int) throws(StageError) {
    guard let available = availableMemory() else { return }
    let needs = parts.map { (part: $0, bytes: $0.leastMemory(in: self, workers: workers)) }
    guard let most = needs.max(by: { $0.bytes < $1.bytes }), most.bytes > available else { return }
    throw .notEnoughMemory(
      part: most.part.key, needed: bytesText(most.bytes), available: bytesText(available))
  }
}
