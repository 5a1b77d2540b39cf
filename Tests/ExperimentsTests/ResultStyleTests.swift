// The looks of everything that the program evaluates: what stands in one figure can be told apart.

import Experiments
import Reports
import Testing

@Suite struct `The styles of methods` {
  private let styles = resultStyles.sorted { ($0.value.rank, $0.key) < ($1.value.rank, $1.key) }

  private struct Look: Hashable {
    let colour: Int?
    let isDashed: Bool
  }

  @Test func `are there for everything that can be evaluated`() {
    for method in EvaluatedMethod.allCases {
      #expect(resultStyles[method.name] != nil, "\(method.name)")
    }
  }

  @Test func `tell apart all lines of one figure by colour and dashes`() {
    let shown = styles.filter {
      switch $0.value.role {
      case .inContext, .source, .rewardsHidden: true
      case .converged, .prompted: false
      }
    }
    let looks = shown.map { Look(colour: $0.value.colour, isDashed: $0.value.isDashed) }
    #expect(Set(looks).count == shown.count)
    #expect(shown.allSatisfy { $0.value.colour != nil })
  }

  @Test func `give a control and a prompted method the colour of theirs`() {
    for (name, style) in styles {
      switch style.role {
      case .inContext, .source: #expect(!style.isDashed)
      case .rewardsHidden(let method):
        #expect(style.colour == resultStyles[method]?.colour && style.isDashed, "\(name)")
      case .converged(let method), .prompted(let method, _):
        #expect(style.colour == resultStyles[method]?.colour && !style.isDashed, "\(name)")
      }
    }
  }

  @Test func `have labels of their own`() {
    #expect(Set(styles.map(\.value.label)).count == styles.count)
  }

  @Test func `list prompts model by model, from low shares to high ones`() {
    let prompts = styles.filter {
      if case .prompted = $0.value.role { true } else { false }
    }.map(\.key)
    #expect(prompts.prefix(3) == ["ad-prompt-file", "ad-prompt-1", "ad-prompt-2"])
    #expect(prompts[101] == "ed-prompt-file")
  }
}
