// Configurations in YAML, planned for all methods, and written again where they are possible.

import Experiments
import FuzzSupport

let methods = Registry.standardMethods

fuzz { bytes in
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  _ = try? ExperimentConfiguration(from: text, planning: methods)
}
