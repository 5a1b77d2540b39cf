// The Python package of scripts/python against the program that is built here.

import Foundation
import TestSupport
import Testing

@Suite struct `The Python package` {
  @Test(
    .enabled(
      if: Python.canImport("numpy"), "python3 cannot import numpy; name one that can in PYTHON"))
  func `passes its own tests`() throws {
    let program = try #require(Bundle.main.executableURL).resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("distill").path
    let result = try Python.run(
      """
      import os, subprocess, sys
      os.environ.update(DISTILL=sys.argv[1], PYTHONDONTWRITEBYTECODE="1")
      sys.exit(subprocess.call([sys.executable, "-m", "unittest", "discover", sys.argv[2]]))
      """, program, "\(repository)/scripts/python/tests")
    #expect(result.status == 0, "\(result.output)")
  }
}
