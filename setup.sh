#!/usr/bin/env bash
# Sets this checkout up and runs it: ./setup.sh help
set -euo pipefail
shopt -s inherit_errexit

here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd -P)
readonly here
venv=$here/.venv
readonly locks=$here/config/locks

readonly python_packages=(python3 python3-venv)
readonly build_packages=(gcc libc6-dev python3-dev libpcsclite-dev swig)
readonly reader_packages=(pcscd vsmartcard-vpcd)
readonly font_packages=(fonts-wqy-microhei fonts-inter)
readonly guest_packages=(mmdebstrap systemd-container debian-archive-keyring)
readonly image_boot_packages=(qemu-system-arm ipxe-qemu qemu-utils mtools fdisk openssh-client)
readonly durability_packages=(e2fsprogs mount util-linux)
readonly check_packages=(git shellcheck zbar-tools strace nftables iproute2 age fdisk genimage dosfstools mtools openssh-client)

usage() {
  cat <<'TEXT'
Usage: ./setup.sh VERB

  demo [ARGUMENTS]  start a terminal on simulated hardware and take a sale; goes on running
                    --once ends after the sale; --reader inprocess does without pcscd;
                    --help lists the rest
  test [ARGUMENTS]  run every check; ARGUMENTS go to pytest
  bench [NAME ...]  print the measurements, all or those named
  fuzz [ARGUMENTS]  the tests' search for what breaks a parser, with new examples, and every byte of
                    recorded card transactions changed; takes long; ARGUMENTS go to pytest
  powercut [ARGUMENTS]
                    kill the terminal at each journal write and each send, then on 2000 random
                    days, and compare ledger, journal and receipts; --runs, --seed, --help
  durability [ARGUMENTS]
                    the same on a disk that forgets what was not flushed: as root, with /dev/fuse and
                    loop devices; --runs, --seed, --help
  install [--check] install the terminal on this Raspberry Pi OS or Debian, as root; again to update it;
                    --check tells what would change and changes nothing
                    --credentials tpm2 (or host, auto) says under what the journal's key is sealed
  uninstall [--check]
                    take it away again; the journal, keys and settings stay
  image [ARGUMENTS] build a card for a Pi 3 or 4 with the terminal on it, as root: 20 minutes,
                    then 4 to 8 with what it keeps (docs/image.md); --help
  image-boot [ARGUMENTS]
                    start that card in an emulated machine and take a sale on it; --help
  guest [ARGUMENTS] install it in a Debian that is booted in a container, as root, and try it there:
                    sale, watchdog, hanging devices, power cut, sandbox; --help
  fleet [ARGUMENTS] install it so with Debian's log server and Prometheus beside it, as root: its log
                    and its metrics arrive there, no card number does; --help
  audit [ARGUMENTS] look every locked package up among known vulnerabilities, over the network; ARGUMENTS go
                    to pip-audit
  clean             remove what demo, test and bench made in this folder
  help              print this

PYTHON names the interpreter (3.11 to 3.13); without it the first of python3, python3.13,
python3.12 and python3.11 that fits. Debian packages are installed as root or through sudo where
it asks no password; else the command to run is printed. Everything else stays in .venv here.
TEXT
}

say() { printf 'setup: %s\n' "$*" >&2; }

die() {
  say "$*"
  exit 1
}

refuse_32_bit() {
  local architecture
  architecture=$(dpkg --print-architecture 2>/dev/null || uname -m)
  case $architecture in
    armhf | armel | armv[67]* | i?86)
      die "this system is 32-bit ($architecture) and the libraries have no 32-bit packages: use a 64-bit system"
      ;;
  esac
}

# --- Debian packages ---

missing=()

find_missing() {
  missing=()
  command -v dpkg-query >/dev/null || { say "this is not Debian; needed here: $*" && return; }
  local package
  for package in "$@"; do
    [[ $(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null) == installed ]] ||
      missing+=("$package")
  done
}

is_missing() { [[ " ${missing[*]} " == *" $1 "* ]]; }

apt_as_root() {
  local command=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  ((EUID == 0)) || command=(sudo -n "${command[@]}")
  "${command[@]}" "$@" </dev/null >&2
}

# Installs what is missing of the packages named; `missing` then holds what still is.
debian_packages() {
  find_missing "$@"
  ((${#missing[@]})) || return 0
  if ((EUID != 0)) && ! sudo -n true 2>/dev/null; then
    say "these Debian packages are missing: ${missing[*]}"
    say "install them with: sudo apt-get install ${missing[*]}"
    return 0
  fi
  local with_vpcd=no
  if is_missing vsmartcard-vpcd; then
    with_vpcd=yes
    say "vsmartcard-vpcd makes pcscd listen for virtual cards on TCP port 35963 of every address of this machine;"
    say "\`./setup.sh demo --reader inprocess\` does without, \`apt-get remove vsmartcard-vpcd\` takes it away"
  fi
  say "installing Debian packages: ${missing[*]}"
  apt_as_root update || say "apt-get update failed; going on with the package lists that are there"
  apt_as_root install --no-install-recommends "${missing[@]}" || say "apt-get install failed"
  find_missing "$@"
  ((${#missing[@]} == 0)) || say "still missing: ${missing[*]}"
  # A pcscd that was already running has not read the new reader's configuration.
  if [[ $with_vpcd == yes && -d /run/systemd/system ]]; then
    if ((EUID == 0)); then systemctl try-restart pcscd; else sudo -n systemctl try-restart pcscd; fi
  fi
}

# --- Python ---

# Prints the path and version of the interpreter behind a command, if it can serve.
probe() {
  "$1" - <<'PYTHON' 2>/dev/null
import ensurepip, os, struct, sys, venv

assert (3, 11) <= sys.version_info < (3, 14)
assert struct.calcsize("P") == 8
print(os.path.realpath(sys._base_executable), sys.version.split()[0])
PYTHON
}

find_python() {
  local name
  if [[ -n ${PYTHON:-} ]]; then
    probe "$PYTHON" || die "PYTHON=$PYTHON is no 64-bit Python 3.11 to 3.13 with venv"
    return
  fi
  for name in python3 python3.13 python3.12 python3.11; do
    probe "$name" && return
  done
  die "no 64-bit Python 3.11 to 3.13 with venv found: install python3 and python3-venv, or set PYTHON"
}

can_build_pyscard() {
  command -v gcc >/dev/null && command -v swig >/dev/null && [[ -e /usr/include/PCSC/winscard.h ]] &&
    [[ -e $("$1" -c 'import sysconfig; print(sysconfig.get_path("include"))')/Python.h ]]
}

# A system that is built to be a Pi's counts as one.
is_pi() { [[ -n ${wheels_of_image:-} ]] || is_a_pi; }

is_a_pi() { [[ $(uname -m) == aarch64 ]] && grep -qsa 'Raspberry Pi' /proc/device-tree/model; }

install_locked() {
  "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
    --require-hashes --no-deps --no-build-isolation "$@" >&2
}

without_pyscard() { awk '/^[^ ]/ { keep = $0 !~ /^pyscard==/ } keep' "$1"; }

digest() { sha256sum | cut -d' ' -f1; }

is_stamped() { [[ -e $venv/.stamp-$1 && $(<"$venv/.stamp-$1") == "$2" ]]; }

stamp() { printf '%s\n' "$2" >"$venv/.stamp-$1"; }

make_runtime() {
  local python=$1
  shift
  say "making $venv with $python"
  rm -rf "$venv"
  "$python" -m venv "$venv"
  install_locked -r "$locks/build.txt"
  if [[ $1 == pyscard ]]; then
    install_locked -r "$locks/runtime.txt"
  else
    say "pyscard is left out: it is built from source and needs ${build_packages[*]}"
    without_pyscard "$locks/runtime.txt" >"$venv/runtime.txt"
    install_locked -r "$venv/runtime.txt"
  fi
  # PYPI: where lgpio has no wheel its C library is built with it, for Debian has none.
  if is_pi; then PYPI=1 install_locked -r "$locks/pi.txt"; fi
}

# Brings .venv to what the locks say: `environment runtime` or `environment dev`.
# Nothing is installed where the stamps of an earlier run still hold.
environment() {
  local found python version pyscard=no-pyscard key
  found=$(find_python)
  python=${found% *} version=${found##* }
  if can_build_pyscard "$python"; then pyscard=pyscard; fi

  exec 9<"$here/setup.sh"
  flock 9
  key=$({
    printf '%s\n' "$python" "$version" "$(uname -m)" "$pyscard" "$here"
    cat "$locks/build.txt" "$locks/runtime.txt" "$locks/pi.txt"
  } | digest)
  if ! is_stamped runtime "$key"; then
    [[ -w $here && (! -e $venv || -w $venv) ]] || die "$venv is out of date and belongs to another user"
    make_runtime "$python" "$pyscard"
    stamp runtime "$key"
  fi
  key=$(digest <"$locks/dev.txt")
  if [[ $1 == dev ]] && ! is_stamped dev "$key"; then
    say "installing what the checks need"
    install_locked -r "$locks/dev.txt"
    stamp dev "$key"
  fi
  key=$(digest <"$here/pyproject.toml")
  if ! is_stamped project "$key"; then
    "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
      --no-deps --no-build-isolation --no-index --editable "$here" >&2
    "$venv/bin/python" -m compileall -q "$here/firmware"
    stamp project "$key"
  fi
  exec 9<&-
}

# --- verbs ---

# Prints the reader that the arguments of demo ask for, if they do.
reader_asked_for() {
  while (($#)); do
    case $1 in
      --reader) printf '%s' "${2:-}" ;;
      --reader=*) printf '%s' "${1#*=}" ;;
    esac
    shift
  done
}

demo() {
  local reader packages=("${python_packages[@]}" "${font_packages[@]}")
  reader=$(reader_asked_for "$@")
  if [[ $reader != inprocess ]]; then packages+=("${build_packages[@]}" "${reader_packages[@]}"); fi
  debian_packages "${packages[@]}"
  environment runtime
  if [[ -z $reader ]]; then
    if is_missing pcscd || is_missing vsmartcard-vpcd || ! "$venv/bin/python" -c 'import smartcard.scard' 2>/dev/null; then
      say "no virtual PC/SC reader here: taking the in-process one"
      set -- --reader inprocess "$@"
    elif ((EUID != 0)) && [[ ! -S /run/pcscd/pcscd.comm ]]; then
      say "pcscd does not run and only root can start it: taking the in-process reader"
      set -- --reader inprocess "$@"
    fi
  fi
  exec "$venv/bin/cardamom" demo "$@"
}

set_up_checks() {
  debian_packages "${python_packages[@]}" "${build_packages[@]}" "${reader_packages[@]}" \
    "${font_packages[@]}" "${check_packages[@]}"
  ((${#missing[@]} == 0)) || die "the checks need them all"
  environment dev
  cd "$here"
  export PATH=$venv/bin:$PATH
}

current=
report_failure() {
  local status=$?
  if ((status)) && [[ -n $current ]]; then say "$current failed ($status)"; fi
}

# Runs one named step and prints its time. A failure ends the script, so a step must never stand
# in a condition: there bash would go on past the failure.
step() {
  local name=$1 began took
  shift
  printf '\n== %s\n' "$name"
  current=$name
  began=$(date +%s%3N)
  "$@"
  took=$(($(date +%s%3N) - began))
  printf -- '-- %s: %d.%03d s\n' "$name" $((took / 1000)) $((took % 1000))
  current=
}

run_checks() {
  trap report_failure EXIT
  step 'set-up' set_up_checks
  step 'ruff format' ruff format --check
  step 'ruff check' ruff check
  step 'mypy' mypy
  step 'mypy tests' mypy tests
  step 'mypy image' mypy image
  step 'import-linter' lint-imports
  step 'shellcheck' shellcheck -x setup.sh systemd/install.sh image/*.sh .ci/run
  # A process a core: much of a test's time is waiting, and the kernels' own is long.
  step 'pytest' pytest -p no:cacheprovider --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder "$@"
}

bench() {
  set_up_checks
  exec python tests/bench "$@"
}

fuzz() {
  set_up_checks
  export HYPOTHESIS_PROFILE=fuzz
  exec pytest -p no:cacheprovider --timeout 1800 "$@"
}

powercut() {
  set_up_checks
  PYTHONPATH=$here/tests exec python -m powercut "$@"
}

durability() {
  debian_packages "${durability_packages[@]}"
  ((${#missing[@]} == 0)) || die "the durability check needs them all"
  set_up_checks
  PYTHONPATH=$here/tests exec python -m powercut.durability "$@"
}

guest() {
  ((EUID == 0)) || die "a system is built and booted: run it as root, sudo ./setup.sh guest"
  debian_packages "${guest_packages[@]}"
  ((${#missing[@]} == 0)) || die "the guest needs them all"
  set_up_checks
  PYTHONPATH=$here/tests exec python -m guest "$@"
}

image_boot() {
  debian_packages "${image_boot_packages[@]}"
  ((${#missing[@]} == 0)) || die "the emulated machine needs them all"
  set_up_checks
  PYTHONPATH=$here/tests exec python -m imageboot "$@"
}

fleet() {
  ((EUID == 0)) || die "a system is built and booted: run it as root, sudo ./setup.sh fleet"
  debian_packages "${guest_packages[@]}"
  ((${#missing[@]} == 0)) || die "the guest needs them all"
  set_up_checks
  PYTHONPATH=$here/tests exec python -m fleet "$@"
}

clean() {
  cd "$here"
  rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
  find firmware tests -depth \( -name __pycache__ -o -name '*.egg-info' \) -exec rm -rf {} +
}

main() {
  local verb=${1:-help}
  (($#)) && shift
  case $verb in
    help | -h | --help) usage ;;
    image)
      # shellcheck source=image/build.sh
      source "$here/image/build.sh"
      image "$@"
      ;;
    image-boot) image_boot "$@" ;;
    clean) clean ;;
    demo | test | bench | fuzz | powercut | durability | guest | fleet)
      refuse_32_bit
      case $verb in
        demo) demo "$@" ;;
        test) run_checks "$@" ;;
        bench) bench "$@" ;;
        fuzz) fuzz "$@" ;;
        powercut) powercut "$@" ;;
        durability) durability "$@" ;;
        guest) guest "$@" ;;
        fleet) fleet "$@" ;;
      esac
      ;;
    audit)
      # shellcheck source=config/locks/audit.sh
      source "$locks/audit.sh"
      audit "$@"
      ;;
    install | uninstall)
      refuse_32_bit
      # shellcheck source=systemd/install.sh
      source "$here/systemd/install.sh"
      "${verb}_terminal" "$@"
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
}

main "$@"
