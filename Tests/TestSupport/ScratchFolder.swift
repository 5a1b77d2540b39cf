// Folders for tests that write files.

internal import Foundation

/// A new folder that is removed with its last reference.
public final class ScratchFolder: Sendable {
  /// The folder's path.
  public let path: String

  /// A folder of its own.
  public init() throws {
    path =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("distill-tests-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  /// The path of something in the folder.
  public func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Writes a file into the folder, with the folders above it, and returns its path.
  @discardableResult
  public func write(_ text: String, to name: String) throws -> String {
    let url = URL(fileURLWithPath: file(name))
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
    return url.path
  }

  /// Every file beneath the folder, in alphabetical order.
  public var files: [String] {
    (FileManager.default.enumerator(atPath: path)?.allObjects ?? []).compactMap { $0 as? String }
      .sorted()
  }
}
