# shellcheck shell=bash
# What the scripts of this folder share; each sources it and makes one figure of data/results from nothing. Runs go to
# runs/reproduce; what is there already is kept, so that a script that was interrupted goes on where it was, and
# scripts share what they have in common.
#
# From the environment:
#   METHODS             of scripts that train several methods: which, with commas between
#   REPRODUCE_SETTINGS  settings laid over all others, with semicolons between, such as
#                       'train.updates=100; evaluate.episodes=10'; the same for scripts that share a run
#   REPRODUCE_PRESET    a preset in place of every family's, such as tiny
#   REPRODUCE_RUNS      the folder of runs (default: runs/reproduce)
#   REPRODUCE_RESULTS   the folder of CSV files and pictures (default: data/results)
# The last four are for trying a script in seconds (but for tasks, single-stream, bandit and learners, which need their own
# presets):
#   REPRODUCE_PRESET=tiny REPRODUCE_RUNS=/tmp/r REPRODUCE_RESULTS=/tmp/r/results scripts/reproduce/prompts
set -euo pipefail

cd "$(dirname "${BASH_SOURCE[0]}")/../.."

RUNS=${REPRODUCE_RUNS:-runs/reproduce}
RESULTS=${REPRODUCE_RESULTS:-data/results}

# The paper's protocol, for the comparisons of methods. Pools and bandits have their own numbers of episodes.
PROTOCOL=('train.seeds=[0, 1, 2]' evaluate.seeds=20)
THOUSAND_EPISODES=evaluate.episodes=1000

scripts/install-dependencies
swift build -c release --product distill

distill() { .build/release/distill "$@"; }

# Prints the name of a family's preset.
preset() { echo "${REPRODUCE_PRESET:-$1}"; }

# Sets SETTING_OPTIONS to a --set for each argument, those of REPRODUCE_SETTINGS after them.
set_options() {
  local setting settings=("$@") more=()
  IFS=';' read -ra more <<<"${REPRODUCE_SETTINGS:-}"
  SETTING_OPTIONS=()
  for setting in "${settings[@]}" "${more[@]}"; do
    setting="${setting#"${setting%%[![:space:]]*}"}"
    if [ -n "$setting" ]; then SETTING_OPTIONS+=(--set "$setting"); fi
  done
}

# Makes the run folder of a family, with its histories: collect FAMILY RUN [SETTING ...].
collect() {
  local family=$1 run=$2
  shift 2
  set_options "$@"
  distill collect --preset "$(preset "$family")" --out "$run" "${SETTING_OPTIONS[@]}"
}

# Trains models of some methods and evaluates them, one after the other, so that what is quick is there before
# what takes a night: learn RUN METHOD[,METHOD ...].
learn() {
  local run=$1 methods=$2 method
  for method in ${methods//,/ }; do
    distill train --run "$run" --method "$method"
    distill evaluate --run "$run" --methods "$method"
  done
}

# The methods of a family from its preset to a report, with the source from scratch beside them:
# whole_run FAMILY METHOD[,METHOD ...] [SETTING ...].
whole_run() {
  local family=$1 methods=$2
  collect "$family" "$RUNS/$family" "${@:3}"
  distill evaluate --run "$RUNS/$family" --methods source
  learn "$RUNS/$family" "$methods"
  distill report --run "$RUNS/$family"
}

# Key-to-Door's run folder, with the histories that the comparisons of settings share.
collect_key_to_door() { collect key-to-door "$RUNS/key-to-door" "${PROTOCOL[@]}" "$THOUSAND_EPISODES"; }

# The run folder of a comparison, RUNS/ablations/FAMILY/NAME, on the histories of its family:
# share_histories FAMILY NAME [SETTING ...].
share_histories() {
  local family=$1 run=$RUNS/ablations/$1/$2
  set_options "${@:3}"
  distill collect --preset "$(preset "$family")" --out "$run" --histories "$RUNS/$family" "${SETTING_OPTIONS[@]}"
}

# A comparison of settings, data/sweeps/NAME.yaml, on the histories of a family's run, and its figure beside the paper's:
# sweep NAME FAMILY [OPTION of compare ...].
sweep() {
  local name=$1 out=$RUNS/sweeps/$1
  set_options
  distill sweep "data/sweeps/$name.yaml" --out "$out" --histories "$RUNS/$2" --preset "$(preset "$2")" "${SETTING_OPTIONS[@]}"
  distill compare --figure "$name" --sweep "$out" --out "$RESULTS" --command "scripts/reproduce/$name" --overwrite "${@:3}"
}

# Copies the models of a run into another of the same settings: share_models FROM TO.
share_models() {
  local from=$1 to=$2
  if [ -e "$to/models" ]; then return; fi
  rm -rf "$to/models.copying"
  cp -R "$from/models" "$to/models.copying"
  mv "$to/models.copying" "$to/models"
}

# How the paper's figures name a method.
label() {
  case $1 in
    ad) echo AD ;;
    ed) echo ED ;;
    rl2) echo RL² ;;
    ad-lstm) echo 'AD, LSTM' ;;
    source) echo Source ;;
    *) echo "$1" ;;
  esac
}

# Writes a figure: figure NAME TITLE [OPTION ...] SERIES ...
figure() {
  distill compare --figure "$1" --title "$2" --out "$RESULTS" --command "scripts/reproduce/$1" --overwrite "${@:3}"
}

# The figure of a family's methods, and its rows in the table of all results: results FAMILY TITLE METHODS.
results() {
  local family=$1 title=$2 method series=()
  for method in ${3//,/ } source; do
    series+=("$(label "$method")=$RUNS/$family:$method")
  done
  figure "main-$family" "$title" --command "scripts/reproduce/$family" "${series[@]}"
  table_rows "$family"
}

# The rows of a family in the table of all results.
table_rows() {
  distill compare --main "$RESULTS/main.csv" --run "$RUNS/$1" --command "scripts/reproduce/$1"
}
