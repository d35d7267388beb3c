# shellcheck shell=bash
# What guards the machine, sourced by install.sh: the firewall that the settings ask for.

tpm=/dev/tpmrm0
usb_rules=/etc/udev/rules.d/70-cardamom-usb.rules

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
  change 'put the firewall in force: in by SSH at port 22 alone, and by address, for .local names are not answered' \
    systemctl restart cardamom-firewall.service ||
    say "the firewall is not in force: journalctl -u cardamom-firewall says why"
}

# The kernel goes on refusing USB devices until somebody tells it, and without the firmware nobody could.
open_usb() {
  local cardamom=$opt/current/bin/cardamom
  if [[ -e $usb_rules && -x $cardamom ]]; then
    change 'let every USB device work again' "$cardamom" usb open ||
      say "USB devices that were refused stay so until a restart"
  fi
}

# The list of USB devices stays with the settings.
uninstall_guard() {
  local file
  open_usb
  for file in "$etc/nftables.conf" "$units/cardamom-journal-key.service.d/seal.conf" "$usb_rules"; do
    if [[ -e $file ]]; then change "remove $file" rm -f "$file"; fi
  done
}

# Under what the journal's key is sealed when it is made: `--credentials host`, `tpm2`, or `auto`, which takes the TPM
# where there is one. Without the option it stays as it is.
install_seal() {
  local dropin=$units/cardamom-journal-key.service.d/seal.conf work
  case $credentials in
    '') return ;;
    auto) if has_tpm; then credentials=tpm2; else credentials=host; fi ;;
    tpm2) has_tpm || die "there is no TPM: $tpm is missing (dtoverlay=tpm-slb9670 in $boot/config.txt, then a restart)" ;;
  esac
  if [[ $credentials == host ]]; then
    if [[ -e $dropin ]]; then change "remove $dropin" rm -f "$dropin"; fi
    return
  fi
  if [[ -e $credstore/cardamom.journal.key && ! -e $dropin ]]; then
    say "the journal's key was sealed before, without the TPM: docs/security.md says how to seal it anew"
  fi
  work=$(mktemp)
  printf '[Service]\nEnvironment=SEAL=tpm2\nPrivateDevices=no\nDevicePolicy=closed\nDeviceAllow=%s rw\n' "$tpm" >"$work"
  put "$work" "$dropin"
  rm -f "$work"
}

has_tpm() { [[ -e $tpm ]]; }
