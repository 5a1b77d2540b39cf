// The memory that there is, and that this program uses.

internal import Foundation

/// The memory that this program has written to, in bytes, without the files that it maps; 0 where the system does not say.
func ownMemory() -> Int { memory(named: "RssAnon") }

/// The memory that this program holds, in bytes, with the program itself and the files that it maps; 0 where the system
/// does not say.
func residentMemory() -> Int { memory(named: "VmRSS") }

/// The most memory that this program has written to, as far as it was looked at: at most once a second.
struct MemoryPeak {
  /// In bytes; 0 where the system does not say.
  private(set) var bytes = 0
  private var next = ContinuousClock.now

  mutating func look() {
    guard ContinuousClock.now >= next else { return }
    next = .now + .seconds(1)
    bytes = max(bytes, ownMemory())
  }
}

private func memory(named name: String) -> Int {
  let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
  return kilobytes(named: name, in: status).map { $0 * 1024 } ?? 0
}

/// The memory that this program may still take, in bytes: the system's, or what its control groups or its address space
/// are allowed if that is less. Nil where the system does not say.
func availableMemory() -> Int? {
  let system = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8))
    .flatMap { kilobytes(named: "MemAvailable", in: $0) }.map { $0 * 1024 }
  return ([system, addressSpaceLimit()] + controlGroups().map { availableMemory(inGroup: $0) })
    .compactMap { $0 }
    .min()
}

/// The folders of the control groups, of either version, that this process and the groups above it are in.
private func controlGroups() -> [String] {
  let root = "/sys/fs/cgroup"
  let lines = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
  return lines.split(separator: "\n").flatMap { line -> [String] in
    // `0::/path` in version 2, `9:memory:/path` in version 1.
    let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3 else { return [] }
    let controllers = parts[1].split(separator: ",")
    guard parts[1].isEmpty || controllers.contains("memory") else { return [] }
    let top = parts[1].isEmpty ? root : "\(root)/memory"
    // In a container the path can be one of the host's: the top is then the container's own group.
    return parts[2].split(separator: "/").reduce(into: [top]) {
      $0.append("\($0[$0.count - 1])/\($1)")
    }
  }
}

/// The memory that a control group may still take, in bytes. Pages of files count as free: they are given back when
/// memory is short. Nil if the group has no limit.
private func availableMemory(inGroup folder: String) -> Int? {
  func text(_ name: String) -> String? {
    try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
  }
  func number(_ name: String) -> Int? {
    text(name).flatMap { Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }
  }
  guard let limit = number("memory.max") ?? number("memory.limit_in_bytes"),
    let used = number("memory.current") ?? number("memory.usage_in_bytes")
  else { return nil }
  let files = (text("memory.stat") ?? "").split(separator: "\n").reduce(0) { sum, line in
    let parts = line.split(separator: " ")
    let isOfFiles = parts.count == 2 && ["inactive_file", "active_file"].contains(parts[0])
    return sum + (isOfFiles ? Int(parts[1]) ?? 0 : 0)
  }
  return max(0, limit - max(0, used - files))
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
