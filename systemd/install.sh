# shellcheck shell=bash
# `./setup.sh install` and `uninstall`, sourced by setup.sh. Each step looks first and changes only what is not as it
# should be; with --check it tells what it would change.

: "${here:?sourced by setup.sh}"
missing=()
# shellcheck source=systemd/board.sh
source "$here/systemd/board.sh"
# shellcheck source=systemd/guard.sh
source "$here/systemd/guard.sh"

opt=/opt/cardamom
os_release=/etc/os-release
wifi_country=/etc/modprobe.d/cardamom-wifi.conf
readonly etc=/etc/cardamom
readonly state=/var/lib/cardamom
readonly credstore=/etc/credstore.encrypted
readonly units=/etc/systemd/system
readonly runtime_packages=(polkitd libccid libusb-1.0-0 openssh-server age nftables)
readonly needed_kb=700000

# What is installed where, but for the settings.
readonly -A installed=(
  [cardamom.sysusers]=/usr/lib/sysusers.d/cardamom.conf
  [cardamom.rules]=/etc/udev/rules.d/60-cardamom.rules
  [cardamom-pcsc.rules]=/usr/share/polkit-1/rules.d/cardamom-pcsc.rules
  [cardamom-support]=/usr/local/lib/cardamom/support
  [cardamom-sshd.conf]=/etc/ssh/sshd_config.d/50-cardamom.conf
  [cardamom-journald.conf]=/etc/systemd/journald.conf.d/60-cardamom.conf
  [cardamom-watchdog.conf]=/etc/systemd/system.conf.d/60-cardamom.conf
  [cardamom-journal-key.service]=$units/cardamom-journal-key.service
  [cardamom-steady.service]=$units/cardamom-steady.service
  [cardamom-steady.timer]=$units/cardamom-steady.timer
  [cardamom-tamper.path]=$units/cardamom-tamper.path
  [cardamom-tamper.service]=$units/cardamom-tamper.service
  [cardamom-firewall.path]=$units/cardamom-firewall.path
  [cardamom-firewall.service]=$units/cardamom-firewall.service
  [cardamom-firewall-again.service]=$units/cardamom-firewall-again.service
  [cardamom.tmpfiles]=/usr/lib/tmpfiles.d/cardamom.conf
  [cardamom-commission.service]=$units/cardamom-commission.service
  [cardamom-setup.socket]=$units/cardamom-setup.socket
  [cardamom-setup@.service]=$units/cardamom-setup@.service
  [media-cardamom.mount]=$units/media-cardamom.mount
  [media-cardamom.automount]=$units/media-cardamom.automount
  [cardamom.service]=$units/cardamom.service
)

readonly enabled=(
  cardamom-steady.timer cardamom-tamper.path cardamom-firewall.path cardamom-firewall.service
  cardamom-commission.service cardamom-setup.socket media-cardamom.automount cardamom.service
)

checking=no
credentials=
# Set while an image is built: the folder with all the packages as wheels, and what they are in requirements.txt.
wheels_of_image=
changes=0
reboot=no
declare -A changed=()

# change WHAT COMMAND ...: runs it, or tells what it would do.
change() {
  local what=$1
  shift
  changes=$((changes + 1))
  if [[ $checking == yes ]]; then
    printf 'would %s\n' "$what"
  else
    say "$what"
    "$@"
  fi
}

# put SOURCE TARGET [MODE]: a file as it should be; a cut leaves the old one or the new one.
put() {
  local source=$1 target=$2 mode=${3:-644}
  if cmp -s "$source" "$target" && [[ $(stat -c %a "$target") == "$mode" ]]; then return 0; fi
  changed[$target]=yes
  change "install $target" put_now "$source" "$target" "$mode"
}

put_now() {
  install -D -m "$3" "$1" "$2.new"
  sync "$2.new"
  mv -f "$2.new" "$2"
}

is_booted() { [[ -d /run/systemd/system ]]; }

is_changed() { [[ -n ${changed[$1]:-} ]]; }

# --- before anything is touched ---

refuse_others_than_root() {
  ((EUID == 0)) || die "$1 changes the system: run it as root, sudo ./setup.sh $1"
}

refuse_unfit_system() {
  if ! { command -v apt-get && command -v dpkg-query && command -v systemctl; } >/dev/null; then
    die "the terminal is installed on Raspberry Pi OS or Debian, with apt and systemd: this is neither"
  fi
  local codename
  # shellcheck source=/dev/null
  codename=$(source "$os_release" && printf '%s' "${VERSION_CODENAME:-unknown}")
  [[ $codename == bookworm || $codename == trixie ]] ||
    die "this system is $codename: take Raspberry Pi OS or Debian, bookworm or trixie"
  local shell
  shell=$(getent passwd support | cut -d: -f7 || true)
  [[ -z $shell || $shell == "${installed[cardamom-support]}" ]] ||
    die "there is a user support already, with the shell $shell: rename it, the terminal's support account needs the name"
  if is_pi && [[ ! -e $boot/config.txt || ! -e $boot/cmdline.txt ]]; then
    die "$boot has no config.txt and cmdline.txt: mount the boot partition at $boot"
  fi
  local folder=$opt free
  while [[ ! -d $folder ]]; do folder=$(dirname "$folder"); done
  free=$(df --output=avail "$folder" | tail -n1)
  ((free >= needed_kb)) ||
    die "$((free / 1024)) MB are free at $folder and $((needed_kb / 1024)) are needed: grow the partition or take a larger card"
}

# --- steps ---

install_packages() {
  local wanted=("${python_packages[@]}" pcscd "${runtime_packages[@]}" "${font_packages[@]}")
  # An image has its packages built.
  if [[ -z $wheels_of_image ]]; then wanted+=("${build_packages[@]}"); fi
  find_missing "${wanted[@]}"
  ((${#missing[@]})) || return 0
  change "install Debian packages: ${missing[*]}" past_the_firewall debian_packages "${wanted[@]}"
  [[ $checking == yes ]] || ((${#missing[@]} == 0)) ||
    die "without these packages the terminal cannot run: connect the network and run this again"
}

install_user() {
  put "$here/systemd/cardamom.sysusers" "${installed[cardamom.sysusers]}"
  if ! is_changed "${installed[cardamom.sysusers]}" && getent passwd cardamom >/dev/null; then return 0; fi
  change 'make the user cardamom and its groups' systemd-sysusers "${installed[cardamom.sysusers]}"
}

# The files that make the firmware, from here.
firmware_files() {
  find firmware/cardamom -type f -not -path '*/__pycache__/*' -not -path '*/.*' -print0 | LC_ALL=C sort -z
}

# The name of the folder that this checkout, on this interpreter, installs into.
release() {
  local version hash
  version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$here/pyproject.toml")
  hash=$(cd "$here" && {
    printf '%s\n' "$1" "$(uname -m)"
    sha256sum pyproject.toml config/locks/*.txt
    firmware_files | xargs -0 sha256sum
  } | digest)
  printf '%s-%s' "$version" "${hash:0:12}"
}

install_firmware() {
  local found name
  # Before the packages are there, --check may find no interpreter.
  if [[ $checking == yes ]] && ! command -v python3 >/dev/null; then
    change "make $opt/VERSION from the locked packages and switch $opt/current to it"
    return
  fi
  found=$(find_python)
  name=$(release "$found")
  if [[ ! -e $opt/$name/.complete ]]; then
    change "make $opt/$name from the locked packages" past_the_firewall make_release "${found% *}" "$opt/$name"
  fi
  if [[ $(readlink "$opt/current" || true) != "$name" ]]; then
    changed[$opt/current]=yes
    change "switch $opt/current to $name" switch_release "$name"
  fi
  if [[ $(readlink /usr/local/bin/cardamom || true) != "$opt/current/bin/cardamom" ]]; then
    change 'link /usr/local/bin/cardamom' ln -sfn "$opt/current/bin/cardamom" /usr/local/bin/cardamom
  fi
}

# A whole environment beside those that are there; a cut leaves it without .complete.
make_release() {
  local python=$1 venv=$2 source
  umask 022
  mkdir -p "$opt"
  if [[ -n $wheels_of_image ]]; then
    "$python" -m venv --without-pip "$venv"
    install_locked -r "$wheels_of_image/requirements.txt"
  else
    make_runtime "$python" pyscard
  fi
  # Its name stays in what pip notes of the package.
  source=$opt/.source
  rm -rf "$source"
  mkdir "$source"
  (
    cd "$here" || exit
    firmware_files | xargs -0 cp --parents -t "$source"
    cp pyproject.toml README.md LICENSE "$source"
  )
  "$venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
    --no-deps --no-build-isolation --no-index "$source" >&2
  rm -rf "$source"
  "$venv/bin/cardamom" --version >&2
  sync -f "$venv"
  touch "$venv/.complete"
}

# What runs now stays beside it: until the restart it may still import, and a technician may want it back.
switch_release() {
  local before folder
  before=$(readlink "$opt/current" || true)
  ln -sfn "$1" "$opt/current.new"
  mv -fT "$opt/current.new" "$opt/current"
  sync -f "$opt"
  for folder in "$opt"/*/; do
    folder=$(basename "$folder")
    case $folder in
      "$1" | current | "$before") ;;
      *) rm -rf "${opt:?}/$folder" ;;
    esac
  done
}

install_settings() {
  if [[ ! -e $etc/terminal.toml ]]; then
    change "install $etc/terminal.toml, an example" put_now "$here/config/terminal.toml" "$etc/terminal.toml" 644
  fi
  if [[ ! -d $credstore ]]; then
    change "make $credstore" install -d -m 700 "$credstore"
  fi
}

# The account support logs in with keys alone, gets its own tool in place of a shell, and sshd forwards nothing for it.
install_support() {
  local keys=$etc/support/authorized_keys drop_in=${installed[cardamom-sshd.conf]}
  put "$here/systemd/cardamom-support" "${installed[cardamom-support]}" 755
  if [[ ! -e $keys ]]; then change "make $keys, empty" install_support_folder; fi
  put "$here/systemd/cardamom-sshd.conf" "$drop_in" 644
  if [[ $checking == yes ]] || ! is_changed "$drop_in"; then return 0; fi
  mkdir -p /run/sshd
  if ! sshd_takes_it; then
    rm -f "$drop_in"
    die "sshd does not take $drop_in as it is meant, so it is away again: correct /etc/ssh/sshd_config and run this again"
  fi
  if is_booted; then systemctl try-reload-or-restart ssh.service; fi
}

install_support_folder() {
  install -d -m 755 "$etc/support"
  install -m 644 /dev/null "$etc/support/authorized_keys"
}

# What sshd makes of its whole configuration for this user: another file of it may say otherwise, and the first counts.
sshd_takes_it() {
  local line told
  /usr/sbin/sshd -t || return 1
  told=$(/usr/sbin/sshd -T -C user=support,host=localhost,addr=127.0.0.1) || return 1
  while IFS= read -r line; do
    grep -qixF -- "$line" <<<"$told" || { say "sshd is to have: $line" && return 1; }
  done <<WANTED
forcecommand ${installed[cardamom-support]}
authorizedkeysfile $etc/support/authorized_keys
authenticationmethods publickey
disableforwarding yes
allowtcpforwarding no
allowstreamlocalforwarding no
allowagentforwarding no
x11forwarding no
permittunnel no
permituserrc no
passwordauthentication no
exposeauthinfo yes
WANTED
}

install_units() {
  local name
  for name in cardamom.rules cardamom-pcsc.rules cardamom-journald.conf cardamom-watchdog.conf \
    cardamom-journal-key.service cardamom-steady.service cardamom-steady.timer \
    cardamom-tamper.path cardamom-tamper.service cardamom-firewall.path cardamom-firewall.service \
    cardamom-firewall-again.service cardamom.tmpfiles cardamom-commission.service cardamom-setup.socket \
    cardamom-setup@.service media-cardamom.mount media-cardamom.automount cardamom.service; do
    put "$here/systemd/$name" "${installed[$name]}"
  done
  for name in "${enabled[@]}"; do
    if [[ $(systemctl is-enabled "$name" 2>/dev/null || true) != enabled ]]; then
      change "have $name start with the system" systemctl enable --quiet "$name"
    fi
  done
  if [[ $checking == no ]] && is_booted; then reload_units; fi
}

reload_units() {
  if is_changed "${installed[cardamom-watchdog.conf]}"; then
    systemctl daemon-reexec
  else
    systemctl daemon-reload
  fi
  systemctl start cardamom-steady.timer cardamom-tamper.path cardamom-firewall.path \
    cardamom-setup.socket
  # A container has no autofs, and no stick to mount.
  if [[ -e /dev/autofs ]]; then systemctl start media-cardamom.automount; fi
  if is_changed "${installed[cardamom-journald.conf]}"; then systemctl restart systemd-journald; fi
  if is_changed "${installed[cardamom.rules]}"; then
    if udevadm control --reload 2>/dev/null; then
      udevadm trigger --subsystem-match=spidev --subsystem-match=gpio
    else
      say "udev does not run here: its rules hold from the next start on"
    fi
  fi
}

start_terminal() {
  is_booted || { say "systemd does not run here: the terminal starts with the system" && return; }
  local waits line
  if ! waits=$("$opt/current/bin/python" -m cardamom.settings.needed "$etc/terminal.toml" 2>&1); then
    die "${waits#cardamom: }: correct it and run this again"
  fi
  if [[ -n $waits ]]; then
    say "installed. Before it can start, $etc/terminal.toml names what is not there yet:"
    while IFS= read -r line; do say "  $line"; done <<<"$waits"
    say "then: systemctl restart cardamom"
    return
  fi
  if [[ $(systemctl is-active cardamom.service || true) == active ]] && ! is_changed "$opt/current" &&
    ! is_changed "${installed[cardamom.service]}"; then
    ((changes)) || say "everything is as it should be"
    return
  fi
  change 'start the terminal' systemctl restart cardamom.service ||
    die "the terminal is installed and does not start: journalctl -u cardamom -e says why"
}

# --- verbs ---

read_check() {
  case ${1:-} in
    '') ;;
    --check) checking=yes ;;
    --credentials)
      credentials=${2:-}
      [[ $credentials =~ ^(host|tpm2|auto)$ ]] || die "--credentials takes host, tpm2 or auto"
      [[ ${3:-} != --check ]] || checking=yes
      ;;
    --into-image)
      wheels_of_image=${2:-}
      [[ -e $wheels_of_image/requirements.txt ]] || die "--into-image wants the folder with the wheels"
      ;;
    *) die "there is no option $1: --check tells what would change" ;;
  esac
}

install_terminal() {
  read_check "$@"
  refuse_others_than_root install
  refuse_unfit_system
  install_packages
  install_user
  install_firmware
  install_settings
  install_support
  if is_pi; then install_board; fi
  install_seal
  install_units
  install_firewall
  if [[ $checking == yes ]]; then
    ((changes)) || printf 'nothing would change\n'
    return
  fi
  start_terminal
  if [[ $reboot == yes ]]; then say "SPI, I2C and UART are there after a restart: sudo reboot"; fi
}

uninstall_terminal() {
  read_check "$@"
  refuse_others_than_root uninstall
  if [[ -e ${installed[cardamom.service]} ]]; then
    change 'stop the terminal, once its sale has ended' stop_terminal
  fi
  local file
  for file in "${installed[@]}" /usr/local/bin/cardamom; do
    if [[ -e $file || -L $file ]]; then change "remove $file" rm -f "$file"; fi
  done
  uninstall_guard
  forget_wifi_country
  if [[ -d $opt ]]; then change "remove $opt" rm -rf "$opt"; fi
  if [[ -e $boot/config.txt ]]; then uninstall_board; fi
  if [[ $checking == yes ]]; then
    ((changes)) || printf 'nothing would change\n'
    return
  fi
  if is_booted; then
    systemctl daemon-reload
    systemctl try-reload-or-restart ssh.service
  fi
  say "left: the journal in $state, its key and the others in $credstore, the settings in $etc, the users cardamom and support," \
    "the network that was set up (nmcli connection delete cardamom), the words in $boot/cmdline.txt"
}

# Setting the terminal up wrote it; the kernel reads it at the next start.
forget_wifi_country() {
  if [[ -e $wifi_country ]]; then change "remove $wifi_country" rm -f "$wifi_country"; fi
}

stop_terminal() {
  local name
  for name in "${enabled[@]}"; do
    [[ -e $units/$name ]] || continue
    if is_booted; then systemctl stop "$name"; fi
    systemctl disable --quiet "$name"
  done
}
