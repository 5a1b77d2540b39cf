// Too little memory for the files of a folder: by a control group of Linux, or by throwing the files out.

internal import Foundation
internal import Glibc

/// Holds this process to some memory, the pages of mapped files included, if it may.
struct ScarceMemory {
  /// What holds it.
  let limitedBy: String
  private let folder: URL
  private let group: URL?

  private static let root = URL(fileURLWithPath: "/sys/fs/cgroup")

  init(folder: URL, megabytes: Int) {
    self.folder = folder
    let name = "loops-\(ProcessInfo.processInfo.processIdentifier)"
    for (parent, limit) in [("memory", "memory.limit_in_bytes"), ("", "memory.max")] {
      let group = Self.root.appendingPathComponent(parent).appendingPathComponent(name)
      guard mkdir(group.path, 0o755) == 0 else { continue }
      if Self.write("\(megabytes * 1_048_576)", to: group.appendingPathComponent(limit)),
        Self.write("0", to: group.appendingPathComponent("cgroup.procs"))
      {
        self.group = group
        limitedBy = "control group, \(limit)"
        return
      }
      rmdir(group.path)
    }
    group = nil
    limitedBy = "eviction after every update"
  }

  /// Lets the process have all memory again.
  func end() {
    guard let group else { return }
    let parent = group.deletingLastPathComponent()
    _ = Self.write("0", to: parent.appendingPathComponent("cgroup.procs"))
    rmdir(group.path)
  }

  /// Throws the files out of memory if nothing else does.
  func evictIfUnlimited() {
    if group == nil { evict() }
  }

  /// Throws the folder's files out of memory: first the pages that are mapped here, then the system's.
  func evict() {
    let maps = (try? String(contentsOfFile: "/proc/self/maps", encoding: .utf8)) ?? ""
    for line in maps.split(separator: "\n") where line.hasSuffix(".safetensors") {
      let bounds = line.prefix { $0 != " " }.split(separator: "-")
        .compactMap { UInt($0, radix: 16) }
      let path = line.drop { $0 != "/" }
      guard path.contains(folder.lastPathComponent), bounds.count == 2 else { continue }
      unsafe madvise(
        UnsafeMutableRawPointer(bitPattern: bounds[0]), Int(bounds[1] - bounds[0]), MADV_DONTNEED)
      let descriptor = open(String(path), O_RDONLY)
      guard descriptor >= 0 else { continue }
      posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
      close(descriptor)
    }
  }

  private static func write(_ text: String, to url: URL) -> Bool {
    let descriptor = open(url.path, O_WRONLY)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    return unsafe Glibc.write(descriptor, bytes, bytes.count) == bytes.count
  }
}

/// How often this process has waited for a page from a disk.
func majorFaults() -> Int {
  var usage = rusage()
  unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
  return usage.ru_majflt
}
