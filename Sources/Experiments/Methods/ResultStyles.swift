// How what gets rows in returns.csv is named and drawn: each method in every condition, and the source. Reports are
// given these; they know no method.

internal import Evaluation
package import Reports

/// The styles of everything that returns.csv can hold, by name.
package var resultStyles: [String: SeriesStyle] {
  let source = SeriesStyle(label: "Source learner", colour: 2, rank: 3, role: .source)
  var styles = [EvaluatedMethod.source.name: source]
  for method in Registry.methods {
    let style = SeriesStyle(
      label: method.label, colour: method.colour, rank: method.rank, remark: method.remark)
    for condition in Condition.all + method.conditions {
      styles[EvaluatedMethod(method, condition).name] = style.changed(by: condition, method.name)
    }
  }
  return styles
}

extension SeriesStyle {
  /// The style of a method's models in a condition.
  fileprivate func changed(by condition: Condition, _ method: String) -> SeriesStyle {
    let style = condition.hidesRewards ? hidingRewards(of: method) : self
    switch condition.beginning {
    case .empty: return style
    case .converged: return style.prompted(of: method)
    case .percent(let percent): return style.prompted(of: method, percent: percent)
    case .file: return style.prompted(of: method, percent: nil)
    }
  }
}
