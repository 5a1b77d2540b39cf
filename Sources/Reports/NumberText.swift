// Numbers as text, the same on every machine and in every language setting.

/// A number with a fixed count of decimals.
func fixed(_ number: Double, _ decimals: Int) -> String {
  guard number.isFinite else { return "–" }
  let scale = (0..<decimals).reduce(1.0) { power, _ in power * 10 }
  let scaled = (abs(number) * scale).rounded()
  guard scaled < 1e15 else { return "\(number)" }
  let digits = String(Int(scaled))
  let sign = number < 0 && scaled > 0 ? "−" : ""
  guard decimals > 0 else { return sign + digits }
  let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
  return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
}

/// A return: two decimals below ten, else one.
func returnText(_ number: Double) -> String { fixed(number, abs(number) < 9.995 ? 2 : 1) }

/// A share as whole percent.
func percentText(_ share: Double) -> String { fixed(100 * share, 0) + "\u{A0}%" }

/// A whole number with thin spaces between thousands.
func countText(_ number: Int) -> String {
  let digits = String(abs(number))
  var text = ""
  for (index, digit) in digits.enumerated() {
    if index > 0 && (digits.count - index) % 3 == 0 { text += "\u{202F}" }
    text.append(digit)
  }
  return (number < 0 ? "−" : "") + text
}

/// A number rounded to a whole one, with thin spaces between thousands.
func countText(rounded number: Double) -> String {
  let rounded = number.rounded()
  return abs(rounded) < 1e15 ? countText(Int(rounded)) : "\(number)"
}

/// A coordinate of a figure, to a tenth, with an ASCII minus sign. What lies far off the page stays there.
func coordinate(_ number: Double) -> String {
  let bounded = number.isNaN ? 0 : min(max(number, -1e6), 1e6)
  let tenths = Int((bounded * 10).rounded())
  let sign = tenths < 0 ? "-" : ""
  let fraction = abs(tenths) % 10
  return sign + "\(abs(tenths) / 10)" + (fraction == 0 ? "" : ".\(fraction)")
}
