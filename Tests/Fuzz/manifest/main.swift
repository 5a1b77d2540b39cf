// Manifests of sets of histories, also with everything that is worked out of one.

import Foundation
import FuzzSupport
import LearningHistories

let file = ScratchFile("json")

fuzz { bytes in
  file.hold(bytes)
  guard let manifest = try? HistoryManifest(reading: file.url) else { return }
  _ = (manifest.origin, manifest.tasks, manifest.fingerprint)
}
