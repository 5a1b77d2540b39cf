// The few elements that figures are drawn with, as text: no clock, no random identifiers, so the
// same figure has the same bytes.

/// A point in a chart's own units or, once scaled, on the page.
struct Point: Equatable {
  var x: Double
  var y: Double
}

/// Text being written as SVG elements.
struct SVG {
  private(set) var text = ""

  /// Text that is safe between tags and in attributes.
  static func escaped(_ text: String) -> String {
    var safe = ""
    for character in text {
      switch character {
      case "&": safe += "&amp;"
      case "<": safe += "&lt;"
      case ">": safe += "&gt;"
      case "\"": safe += "&quot;"
      default: safe.append(character)
      }
    }
    return safe
  }

  /// Elements wrapped as one drawing that says what it shows.
  /// - Parameter isStandalone: Whether it stands in a file of its own, with its styles and paper.
  static func document(
    width: Double, height: Double, title: String, isStandalone: Bool, _ content: SVG
  ) -> String {
    let size = "\(coordinate(width)) \(coordinate(height))"
    let namespace = isStandalone ? " xmlns=\"http://www.w3.org/2000/svg\"" : ""
    let pixels =
      isStandalone ? " width=\"\(coordinate(width))\" height=\"\(coordinate(height))\"" : ""
    var head = "<svg\(namespace) class=\"figure\" viewBox=\"0 0 \(size)\"\(pixels) role=\"img\">\n"
    head += "<title>\(escaped(title))</title>\n"
    if isStandalone {
      head += "<style>\n\(FigureStyle.css)</style>\n"
      head += "<rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n"
    }
    return head + content.text + "</svg>\n"
  }

  /// A drawing within this one.
  mutating func place(
    _ drawing: String, at corner: Point, _ width: Double, _ height: Double
  ) {
    text += "<g transform=\"translate(\(coordinate(corner.x)) \(coordinate(corner.y)))\">\n"
    text +=
      "<svg width=\"\(coordinate(width))\" height=\"\(coordinate(height))\">\n\(drawing)</svg>\n"
    text += "</g>\n"
  }

  mutating func line(from start: Point, to end: Point, class style: String) {
    text += "<line class=\"\(style)\" x1=\"\(coordinate(start.x))\" y1=\"\(coordinate(start.y))\" "
    text += "x2=\"\(coordinate(end.x))\" y2=\"\(coordinate(end.y))\"/>\n"
  }

  mutating func polyline(_ points: [Point], class style: String) {
    guard !points.isEmpty else { return }
    text += "<polyline class=\"\(style)\" points=\"\(Self.list(points))\"/>\n"
  }

  mutating func polygon(_ points: [Point], class style: String) {
    guard !points.isEmpty else { return }
    text += "<polygon class=\"\(style)\" points=\"\(Self.list(points))\"/>\n"
  }

  /// A rectangle, with a colour of its own or of its class, and a note that appears under a pointer.
  mutating func rectangle(
    at corner: Point, width: Double, height: Double, class style: String, fill: String? = nil,
    note: String? = nil
  ) {
    text += "<rect class=\"\(style)\" x=\"\(coordinate(corner.x))\" y=\"\(coordinate(corner.y))\" "
    text += "width=\"\(coordinate(width))\" height=\"\(coordinate(height))\""
    if let fill { text += " fill=\"\(fill)\"" }
    if let note {
      text += "><title>\(Self.escaped(note))</title></rect>\n"
    } else {
      text += "/>\n"
    }
  }

  mutating func circle(at middle: Point, radius: Double, class style: String) {
    text += "<circle class=\"\(style)\" cx=\"\(coordinate(middle.x))\" "
    text += "cy=\"\(coordinate(middle.y))\" r=\"\(coordinate(radius))\"/>\n"
  }

  /// Where a text stands relative to its point.
  enum Anchor: String {
    case start, middle, end
  }

  /// A text, optionally followed by a quieter one.
  mutating func label(
    _ label: String, at point: Point, class style: String, anchor: Anchor = .start,
    quiet: String? = nil
  ) {
    text += "<text class=\"\(style)\" x=\"\(coordinate(point.x))\" y=\"\(coordinate(point.y))\""
    if anchor != .start { text += " text-anchor=\"\(anchor.rawValue)\"" }
    text += ">\(Self.escaped(label))"
    if let quiet { text += "<tspan class=\"quiet\" dx=\"6\">\(Self.escaped(quiet))</tspan>" }
    text += "</text>\n"
  }

  private static func list(_ points: [Point]) -> String {
    points.map { "\(coordinate($0.x)),\(coordinate($0.y))" }.joined(separator: " ")
  }
}
