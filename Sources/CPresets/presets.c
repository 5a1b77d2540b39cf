// The presets of data/presets, in the program: it finds them wherever it is moved. Each file ends with a zero.
#include "CPresets.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const char bandit[] = {
#embed "../../data/presets/bandit.yaml" suffix(, 0)
};
static const char cart_pole[] = {
#embed "../../data/presets/cart-pole.yaml" suffix(, 0)
};
static const char dark_room[] = {
#embed "../../data/presets/dark-room.yaml" suffix(, 0)
};
static const char dark_room_hard[] = {
#embed "../../data/presets/dark-room-hard.yaml" suffix(, 0)
};
static const char dials[] = {
#embed "../../data/presets/dials.yaml" suffix(, 0)
};
static const char early_dark_room[] = {
#embed "../../data/presets/early/dark-room.yaml" suffix(, 0)
};
static const char key_to_door[] = {
#embed "../../data/presets/key-to-door.yaml" suffix(, 0)
};
static const char paper_bandit[] = {
#embed "../../data/presets/paper/bandit.yaml" suffix(, 0)
};
static const char paper_dark_room[] = {
#embed "../../data/presets/paper/dark-room.yaml" suffix(, 0)
};
static const char paper_dark_room_hard[] = {
#embed "../../data/presets/paper/dark-room-hard.yaml" suffix(, 0)
};
static const char paper_key_to_door[] = {
#embed "../../data/presets/paper/key-to-door.yaml" suffix(, 0)
};
static const char paper_watermaze[] = {
#embed "../../data/presets/paper/watermaze.yaml" suffix(, 0)
};
static const char tiny[] = {
#embed "../../data/presets/tiny.yaml" suffix(, 0)
};
static const char watermaze[] = {
#embed "../../data/presets/watermaze.yaml" suffix(, 0)
};

static const struct distill_preset presets[] = {
    {"bandit", bandit},
    {"cart-pole", cart_pole},
    {"dark-room", dark_room},
    {"dark-room-hard", dark_room_hard},
    {"dials", dials},
    {"early/dark-room", early_dark_room},
    {"key-to-door", key_to_door},
    {"paper/bandit", paper_bandit},
    {"paper/dark-room", paper_dark_room},
    {"paper/dark-room-hard", paper_dark_room_hard},
    {"paper/key-to-door", paper_key_to_door},
    {"paper/watermaze", paper_watermaze},
    {"tiny", tiny},
    {"watermaze", watermaze},
};

const int distill_preset_count = sizeof presets / sizeof *presets;

const struct distill_preset *distill_presets_start(void) { return presets; }
