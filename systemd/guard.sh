# shellcheck shell=bash
# What guards the machine, sourced by install.sh: the firewall that the settings ask for.

# An update over the network needs more than the terminal does: the firewall is off while the command runs.
past_the_firewall() {
  local unit=cardamom-firewall.service
  if ! is_booted || [[ $(systemctl is-active "$unit" || true) != active ]]; then
    "$@"
    return
  fi
  systemctl stop "$unit"
  trap 'systemctl start cardamom-firewall.service' EXIT
  "$@"
  trap - EXIT
  systemctl start "$unit"
}

# Puts in force what the settings ask for, where that is not what is kept.
install_firewall() {
  local cardamom=$opt/current/bin/cardamom
  is_booted || return 0
  if [[ -x $cardamom ]] && "$cardamom" firewall check >/dev/null 2>&1 &&
    [[ $(systemctl is-active cardamom-firewall.service || true) == active ]]; then
    return 0
  fi
  change 'put the firewall in force' systemctl restart cardamom-firewall.service ||
    say "the firewall is not in force: journalctl -u cardamom-firewall says why"
}

# The list of USB devices stays with the settings; without the firmware nobody could open it again.
uninstall_guard() {
  local file
  for file in "$etc/nftables.conf" /etc/udev/rules.d/70-cardamom-usb.rules; do
    if [[ -e $file ]]; then change "remove $file" rm -f "$file"; fi
  done
}
