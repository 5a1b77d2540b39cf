// The program. All of it stands in DistillCommand, so that a program with worlds, learners and methods of its own is
// this line after those that add them.

import DistillCommand

Distill.main()
