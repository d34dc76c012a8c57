# shellcheck shell=bash
# The steps that server/run and tests/run share: say what happens (on stderr, so that stdout stays the
# program's own), install only what is missing, build only what changed, and name what is at fault.
# Sourced from the top of the tree; not a command.

logs=build/logs

say() { printf '== %s\n' "$*" >&2; }

fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo --preserve-env=DEBIAN_FRONTEND "$@"
  else
    fail "need root or sudo to run: $*"
  fi
}

# logged NAME COMMAND...: its output goes to build/logs/NAME.log and is shown when it fails.
logged() {
  local log="$logs/$1.log" status=0
  shift
  mkdir -p "$logs"
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ "$status" != 0 ]; then
    grep -E -m 20 'error:|Error:|FAILED|undefined reference|ERR!' "$log" >&2 || true
    printf -- '-- the end of %s:\n' "$log" >&2
    tail -n 40 "$log" >&2
  fi
  return "$status"
}

# The names in package lists that this architecture wants.
listed_packages() {
  local arch
  arch=$(dpkg --print-architecture)
  sed -E "s/#.*//; s/ *\[$arch\]//; /\[/d; /^ *\$/d" "$@"
}

missing_packages() {
  local name
  for name in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)" = installed ] || printf '%s\n' "$name"
  done
}

install_packages() {
  command -v dpkg-query >/dev/null || fail "dpkg-query is missing: this command installs packages on Debian 12 only"
  local missing name
  mapfile -t missing < <(missing_packages "$@")
  [ "${#missing[@]}" = 0 ] && return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  logged apt-update as_root apt-get update || say "the package lists could not be refreshed; trying with those at hand"
  logged apt-install as_root apt-get install -y --no-install-recommends "${missing[@]}" || {
    for name in "${missing[@]}"; do
      apt-cache show "$name" >/dev/null 2>&1 || fail "Debian package $name is not to be had here"
    done
    fail "Debian packages could not be installed: $(missing_packages "${missing[@]}" | tr '\n' ' ')"
  }
}

install_listed_packages() {
  local names
  mapfile -t names < <(listed_packages "$@")
  install_packages "${names[@]}"
}

has_node() {
  command -v npm >/dev/null || return 1
  local version
  version=$(node --version 2>/dev/null) || return 1
  version=${version#v}
  [ "${version%%.*}" -ge 18 ]
}

install_node() {
  has_node || install_packages nodejs npm
  has_node || fail "Node.js 18 or newer with npm is missing (found: $(node --version 2>/dev/null || echo none))"
}

# npm_modules FOLDER: as its lock file says, and only when that changed.
npm_modules() {
  local folder=$1
  cmp -s "$folder/package-lock.json" "$folder/node_modules/.installed-lock" && return 0
  say "installing the npm modules of $folder"
  logged "npm-${folder//\//-}" npm --prefix "$folder" ci --no-audit --no-fund ||
    fail "npm ci in $folder"
  cp "$folder/package-lock.json" "$folder/node_modules/.installed-lock"
}

# fingerprint PATHS...: one hash over the sources under them.
fingerprint() {
  find "$@" \( -name node_modules -o -name dist \) -prune -o -type f -print0 |
    LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum
}

build_client() {
  npm_modules client-web
  local now
  now=$(fingerprint client-web schema)
  if [ -f client-web/dist/index.html ] && [ "$now" = "$(cat build/client.fingerprint 2>/dev/null)" ]; then
    return 0
  fi
  say "building the web client"
  logged client npm --prefix client-web run build || fail "the web client does not build"
  mkdir -p build
  printf '%s\n' "$now" >build/client.fingerprint
}

jobs_that_fit() {  # one per core, but no more than memory for GCC at 2.4 GB each (Beast, valijson)
  local cores memory_kb by_memory
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable/ { print $2 }' /proc/meminfo)
  by_memory=$((memory_kb / 2400000))
  [ "$by_memory" -ge 1 ] || by_memory=1
  echo $((cores < by_memory ? cores : by_memory))
}

# build_preset PRESET FOLDER [TARGETS...]
build_preset() {
  local preset=$1 folder=$2
  shift 2
  local targets=()
  [ $# = 0 ] || targets=(--target "$@")
  logged "configure-$preset" cmake --preset "$preset" || fail "cmake --preset $preset"
  logged "build-$preset" cmake --build "$folder" -j "$(jobs_that_fit)" "${targets[@]}" || fail "the $preset build"
}

build_release() {
  say "building the server (release; the first time takes minutes)"
  build_preset release build thranio
}
