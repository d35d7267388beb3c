# shellcheck shell=bash
# `./setup.sh audit`, sourced by setup.sh: whether a locked package has a known vulnerability.

: "${here:?sourced by setup.sh}"

# In an environment of its own: what audits is on no terminal, and in no check's way. It asks the package index's
# advisories over the network; where they cannot be had, that is a failure and not a pass.
audit() {
  local found lock failed=no
  found=$(find_python)
  venv=$here/build/audit
  # shellcheck disable=SC2154 # setup.sh has it
  if ! is_stamped audit "$(digest <"$locks/audit.txt")"; then
    rm -rf "$venv"
    mkdir -p "$here/build"
    "${found% *}" -m venv "$venv"
    install_locked -r "$locks/audit.txt"
    stamp audit "$(digest <"$locks/audit.txt")"
  fi
  for lock in runtime pi build dev audit; do
    printf '== %s\n' "$lock"
    "$venv/bin/pip-audit" --strict --disable-pip --require-hashes --progress-spinner off "$@" \
      -r "$locks/$lock.txt" || failed=yes
  done
  if [[ $failed == yes ]]; then
    die "a package has a known vulnerability, or could not be looked up: see above. Nothing is cleared by this run"
  fi
  say "no locked package has a known vulnerability"
}
