// What can be wrong with a file, a case for each cause. Who reads the file for a purpose adds what
// to do about it: see `HistoryError` and the errors of checkpoints.

/// A file that cannot be read or written.
public enum TensorFileError: Error, Equatable, CustomStringConvertible {
  /// There is no such file.
  case missing(path: String)
  /// The system refuses to let it be read.
  case unreadable(path: String, reason: String)
  /// It ends before what its header describes.
  case cutShort(path: String, promised: Int, found: Int)
  /// Its bytes are not those that were written.
  case damaged(path: String, expected: String, found: String)
  /// It is something else, or breaks a rule of the format.
  case notSafetensors(path: String, reason: String)
  /// It should hold NumPy arrays, and is something else or damaged.
  case notAnArrayFile(path: String, reason: String)
  /// It lacks a tensor.
  case missingTensor(path: String, tensor: String, present: [String])
  /// A tensor holds elements of another type.
  case wrongType(path: String, tensor: String, expected: ElementType, found: ElementType)
  /// A tensor has another shape.
  case wrongShape(path: String, tensor: String, expected: [Int], found: [Int])
  /// A file of that name is there already and was not to be replaced.
  case alreadyExists(path: String)
  /// The disk is full.
  case noSpace(path: String)
  /// The system refuses to let it be written.
  case unwritable(path: String, reason: String)

  /// The file or folder.
  package var path: String {
    switch self {
    case .missing(let path), .unreadable(let path, _), .cutShort(let path, _, _),
      .damaged(let path, _, _), .notSafetensors(let path, _), .notAnArrayFile(let path, _),
      .missingTensor(let path, _, _), .wrongType(let path, _, _, _),
      .wrongShape(let path, _, _, _), .alreadyExists(let path), .noSpace(let path),
      .unwritable(let path, _):
      path
    }
  }

  /// What is wrong, with what was expected and what was found.
  public var description: String {
    switch self {
    case .missing(let path):
      "\(path) does not exist."
    case .unreadable(let path, let reason):
      "\(path) cannot be read: \(reason)."
    case .cutShort(let path, let promised, let found):
      "\(path) is cut short: its header promises \(grouped(promised)) bytes, "
        + "the file has \(grouped(found))."
    case .damaged(let path, let expected, let found):
      "\(path) is damaged: its metadata tell the SHA-256 \(expected), its bytes have \(found)."
    case .notSafetensors(let path, let reason):
      "\(path) is not a whole safetensors file: \(reason)."
    case .notAnArrayFile(let path, let reason):
      "\(path) is not a whole file of arrays: \(reason)."
    case .missingTensor(let path, let tensor, let present):
      "\(path) has no tensor '\(tensor)'; it has \(present.joined(separator: ", "))."
    case .wrongType(let path, let tensor, let expected, let found):
      "\(path) holds '\(tensor)' as \(found.rawValue), expected \(expected.rawValue)."
    case .wrongShape(let path, let tensor, let expected, let found):
      "\(path) holds '\(tensor)' with the shape \(found), expected \(expected)."
    case .alreadyExists(let path):
      "\(path) exists already and is not overwritten."
    case .noSpace(let path):
      "\(path) cannot be written: the disk is full. Nothing was kept of it; free some space and "
        + "run the same command again."
    case .unwritable(let path, let reason):
      "\(path) cannot be written: \(reason)."
    }
  }
}

/// A number with commas between thousands, for people.
package func grouped(_ number: Int) -> String {
  let digits = Array(String(number.magnitude))
  var text = number < 0 ? "-" : ""
  for (index, digit) in digits.enumerated() {
    if index > 0 && (digits.count - index) % 3 == 0 { text.append(",") }
    text.append(digit)
  }
  return text
}
