// Whole files in and out. A file is written under a temporary name and renamed when it is complete,
// so an interrupt leaves the old file or the new one, never half of one.

package import Foundation

/// Why a file could not be read or written.
package enum FileError: CommandError, Equatable {
  /// There is none. `advice` is the next step.
  case missing(path: String, advice: String)
  /// There is one, but it cannot be read.
  case unreadable(path: String, reason: String)
  /// It cannot be made or replaced.
  case notWritable(path: String, reason: String)
  /// The disk filled up.
  case diskFull(path: String)

  /// The file, what is wrong and what to do.
  package var description: String {
    switch self {
    case .missing(let path, let advice): "\(path) does not exist. \(advice)"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
    case .notWritable(let path, let reason):
      "\(path) cannot be written: \(reason). Choose another place, or change its permissions."
    case .diskFull(let path):
      "\(path) cannot be written: no space is left on the disk. Free some and run the same command "
        + "again; what is complete is kept."
    }
  }

  /// By cause.
  package var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    case .unreadable, .diskFull: .inputOutput
    case .notWritable: .cannotCreate
    }
  }

  /// Why writing a file failed.
  init(writing path: String, _ error: any Error) {
    let cause = systemError(beneath: error)
    self =
      cause?.code == .ENOSPC || (error as? CocoaError)?.code == .fileWriteOutOfSpace
      ? .diskFull(path: path) : .notWritable(path: path, reason: reason(for: error, cause))
  }

  /// Why reading a file failed.
  init(reading path: String, _ error: any Error, advice: String) {
    let cause = systemError(beneath: error)
    self =
      cause?.code == .ENOENT || (error as? CocoaError)?.code == .fileReadNoSuchFile
      ? .missing(path: path, advice: advice)
      : .unreadable(path: path, reason: reason(for: error, cause))
  }
}

/// Reads a text file.
/// - Parameter advice: What to do if there is none.
package func readText(_ path: String, ifMissing advice: String) throws(FileError) -> String {
  do {
    let data = try Data(contentsOf: URL(fileURLWithPath: path))
    guard let text = String(data: data, encoding: .utf8) else {
      throw CocoaError(.fileReadInapplicableStringEncoding)
    }
    return text
  } catch {
    throw FileError(reading: path, error, advice: advice)
  }
}

/// Writes a file, replacing what is there in one step.
package func writeFile(_ data: Data, to path: String) throws(FileError) {
  let temporary = path + ".tmp"
  do {
    try Data().write(to: URL(fileURLWithPath: temporary))
    let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary))
    defer { try? handle.close() }
    try handle.write(contentsOf: data)
    try handle.synchronize()
    try renameFile(temporary, to: path)
  } catch {
    try? FileManager.default.removeItem(atPath: temporary)
    throw FileError(writing: path, error)
  }
}

/// Makes a folder and those above it; one that is there is left alone.
package func makeFolder(_ path: String) throws(FileError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw FileError(writing: path, error)
  }
}

/// Removes a file or folder, if there is one.
func removeIfPresent(_ path: String) throws(FileError) {
  guard FileManager.default.fileExists(atPath: path) else { return }
  do {
    try FileManager.default.removeItem(atPath: path)
  } catch {
    throw FileError(writing: path, error)
  }
}

private func systemError(beneath error: any Error) -> POSIXError? {
  if let error = error as? POSIXError { return error }
  return (error as NSError).userInfo[NSUnderlyingErrorKey].flatMap { $0 as? POSIXError }
}

private func reason(for error: any Error, _ cause: POSIXError?) -> String {
  guard let cause else { return (error as NSError).localizedDescription }
  return systemMessage(cause.code)
}
