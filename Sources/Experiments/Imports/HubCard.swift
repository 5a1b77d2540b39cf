// The cards of Hugging Face's hub: a README.md whose front matter machines read, and whose text says what the files
// hold. Each number in it comes from a file; what no file says is left out.

internal import Foundation
internal import Tasks
internal import Yams

/// A folder for the hub.
protocol HubCard {
  /// The files to copy, and their names in the folder.
  var copied: [(from: String, name: String)] { get }
  /// The files to write, besides the card.
  var written: [(name: String, text: String)] { get }
  /// The text of README.md.
  func text() throws -> String
}

/// The front matter of a card.
struct FrontMatter {
  private var entries: [(Node, Node)] = []

  /// Adds an entry; none if the value is nil.
  mutating func add(_ key: String, _ value: Node?) {
    if let value { entries.append((Node(key), value)) }
  }

  /// YAML between its two lines.
  func text() throws -> String {
    let node = Node.mapping(Node.Mapping(entries))
    return "---\n\(try Yams.serialize(node: node, sortKeys: false))---\n"
  }

  /// A text, in quotes: a name may look like a number.
  static func quoted(_ text: String) -> Node {
    .scalar(Node.Scalar(text, Tag(.str), .doubleQuoted))
  }

  /// A list of texts.
  static func list(_ texts: [String]) -> Node {
    .sequence(Node.Sequence(texts.map(quoted)))
  }

  /// Entries beneath a key.
  static func map(_ entries: [(String, Node)]) -> Node {
    .mapping(Node.Mapping(entries.map { (Node($0.0), $0.1) }))
  }
}

/// A table of Markdown.
func markdownTable(_ header: [String], _ rows: [[String]]) -> String {
  let lines = [header, header.map { _ in "---" }] + rows
  return lines.map { line in
    "| " + line.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |\n"
  }.joined()
}

/// A return, with two decimals.
func cardNumber(_ number: Double) -> String { String(format: "%.2f", number) }

extension TaskSplit {
  /// How many tasks have each role.
  var cardText: String {
    "\(training.count) training, \(validation.count) validation, \(heldOut.count) held out"
  }
}

/// What made the files, for the end of a sentence.
let cardProgram = """
  AlgorithmDistillation \(programVersion), an implementation of Algorithm Distillation \
  ([Laskin et al. 2022](https://arxiv.org/abs/2210.14215)) in Swift
  """
