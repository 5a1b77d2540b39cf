// Text files in and out, and the folders they lie in.

internal import Foundation
internal import TensorFiles

/// Why a file could not be read, or a folder made or removed.
public enum FileError: CommandError, Equatable {
  /// There is none. `advice` is the next step.
  case missing(path: String, advice: String)
  /// There is one, but it cannot be read.
  case unreadable(path: String, reason: String)
  /// It cannot be made or replaced.
  case notWritable(path: String, reason: String)

  /// The file, what is wrong and what to do.
  public var description: String {
    switch self {
    case .missing(let path, let advice): "\(path) does not exist. \(advice)"
    case .unreadable(let path, let reason): "\(path) cannot be read: \(reason)."
    case .notWritable(let path, let reason):
      "\(path) cannot be written: \(reason). Choose another place, or change its permissions."
    }
  }

  public var exitStatus: ExitStatus {
    switch self {
    case .missing: .missingInput
    case .unreadable: .inputOutput
    case .notWritable: .cannotCreate
    }
  }

  /// Why a folder could not be made or removed.
  init(writing path: String, _ error: any Error) {
    self = .notWritable(path: path, reason: reason(for: error, systemError(beneath: error)))
  }
}

/// Reads a text file.
/// - Parameter advice: What to do if there is none.
public func readText(_ path: String, ifMissing advice: String) throws(FileError) -> String {
  do {
    return try WholeFile.text(of: URL(fileURLWithPath: path))
  } catch {
    switch error {
    case .missing: throw .missing(path: path, advice: advice)
    case .unreadable(_, let reason): throw .unreadable(path: path, reason: reason)
    default: throw .unreadable(path: path, reason: "\(error)")
    }
  }
}

/// Writes a file, replacing what is there in one step.
func writeFile(_ text: String, to path: String) throws(TensorFileError) {
  try AtomicFile.write(text, to: URL(fileURLWithPath: path), replacing: true)
}

/// Makes a folder and those above it; one that is there is left alone.
public func makeFolder(_ path: String) throws(FileError) {
  do {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  } catch {
    throw FileError(writing: path, error)
  }
}

/// Copies a file, or what a link leads to.
func copyFile(_ path: String, to copy: String) throws(FileError) {
  do {
    try FileManager.default.copyItem(
      at: URL(fileURLWithPath: path).resolvingSymlinksInPath(), to: URL(fileURLWithPath: copy))
  } catch {
    throw FileError(writing: copy, error)
  }
}

/// Gives a file or folder another name.
func moveFile(_ path: String, to name: String) throws(FileError) {
  do {
    try FileManager.default.moveItem(atPath: path, toPath: name)
  } catch {
    throw FileError(writing: name, error)
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
