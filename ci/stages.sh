# Sourced by the scripts here: one line a stage, quiet while all goes well.

# stage TEXT: says what is done now, with the seconds since the script began.
stage() { printf '[%4d s] %s\n' "$SECONDS" "$*"; }

# quietly COMMAND...: shows the command's output only when it fails.
quietly() {
  local log status
  log=$(mktemp)
  if "$@" >"$log" 2>&1; then
    rm -f "$log"
  else
    status=$?
    cat "$log" >&2
    rm -f "$log"
    printf 'failed (%d): %s\n' "$status" "$*" >&2
    return "$status"
  fi
}

# build TARGET...: configures and builds into $BUILD (default: build), optimised.
build() {
  local directory=${BUILD:-build}
  quietly cmake -S . -B "$directory" -G Ninja -DCMAKE_BUILD_TYPE="${BUILD_TYPE:-Release}" \
    ${CMAKE_OPTIONS:-}
  quietly cmake --build "$directory" --target "$@"
}
