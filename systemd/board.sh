# shellcheck shell=bash
# What a Raspberry Pi's boot partition must say, sourced by install.sh: SPI for the panel, I2C for an EEPROM, the UART
# of pins 8 and 10 for a printer or a reader, free of the console, and the memory controller.

boot=/boot/firmware
# Debian's raspi-firmware makes config.txt and cmdline.txt anew from these at each update of the kernel.
hook=/etc/default
readonly board_begin='# cardamom: begin' board_end='# cardamom: end'

# A file without our lines; nothing where there is none.
of_others() { if [[ -e $1 ]]; then sed "/^$board_begin\$/,/^$board_end\$/d" "$1"; fi; }

# with_ours FILE LINE ...: that file with our lines at its end.
with_ours() {
  of_others "$1"
  shift
  printf '%s\n' "$board_begin" "$@" "$board_end"
}

board_config() { with_ours "$1" '[all]' dtparam=spi=on dtparam=i2c_arm=on enable_uart=1; }

# cmdline.txt without a console on the UART, which Debian's own kernel calls ttyS1, and with the memory controller that a
# Pi's firmware switches off (cgroup_disable=memory): without it MemorySwapMax= and MemoryMax= of the unit hold nothing.
board_cmdline() {
  sed -E '
    s/(^| )console=(serial0|ttyAMA0|ttyS[01])(,[^ ]*)?( |$)/\1/g
    s/ +$//
    1{/(^| )cgroup_enable=([^ ]*,)?memory(,|$| )/!s/$/ cgroup_enable=memory/}
  ' "$boot/cmdline.txt"
}

install_board() {
  local work
  work=$(mktemp -d)
  board_config "$boot/config.txt" >"$work/config.txt"
  board_cmdline >"$work/cmdline.txt"
  printf '%s\n' spidev i2c-dev >"$work/modules"
  board_file "$work/config.txt" "$boot/config.txt" 'switch SPI, I2C and UART on'
  board_file "$work/cmdline.txt" "$boot/cmdline.txt" 'free the UART, limit memory'
  put "$work/modules" /etc/modules-load.d/cardamom.conf
  if [[ -e $hook/raspi-firmware && -z ${wheels_of_image:-} ]]; then install_hook "$work"; fi
  rm -rf "$work"
  if [[ -z ${wheels_of_image:-} ]]; then tell_of_buses; fi
}

# Debian's own kernels are called so, Raspberry Pi OS's end in rpi-v8 or rpi-2712. Debian's device trees know no dtparam.
tell_of_buses() {
  [[ $(uname -r) != *-arm64 || -e /dev/spidev0.0 ]] ||
    say "this is Debian's own kernel: $boot/config.txt switches no SPI on there, and a panel on SPI stays dark; take" \
      "Raspberry Pi OS or the card image (hardware.md, Installing)"
}

# The same for the files that the next update makes; an image has none.
install_hook() {
  local extra=$hook/raspi-extra-cmdline
  with_ours "$hook/raspi-firmware" 'CONSOLES="tty0"' >"$1/raspi-firmware"
  board_config "$hook/raspi-firmware-custom" >"$1/raspi-firmware-custom"
  put "$1/raspi-firmware" "$hook/raspi-firmware"
  put "$1/raspi-firmware-custom" "$hook/raspi-firmware-custom"
  if ! grep -qsE '(^| )cgroup_enable=([^ ]*,)?memory(,|$| )' "$extra"; then
    if [[ -e $extra ]]; then tr '\n' ' ' <"$extra" >"$1/extra"; fi
    printf 'cgroup_enable=memory\n' >>"$1/extra"
    put "$1/extra" "$extra"
  fi
}

uninstall_board() {
  local work name
  work=$(mktemp -d)
  of_others "$boot/config.txt" >"$work/config.txt"
  board_file "$work/config.txt" "$boot/config.txt" 'take our lines out'
  for name in raspi-firmware raspi-firmware-custom; do
    [[ -e $hook/$name ]] || continue
    of_others "$hook/$name" >"$work/$name"
    put "$work/$name" "$hook/$name"
  done
  rm -rf "$work"
  if [[ -e /etc/modules-load.d/cardamom.conf ]]; then
    change 'remove /etc/modules-load.d/cardamom.conf' rm -f /etc/modules-load.d/cardamom.conf
  fi
}

# A boot partition is FAT: no modes, and a file half written there does not boot.
board_file() {
  if cmp -s "$1" "$2"; then return; fi
  # shellcheck disable=SC2034 # install.sh tells of it
  reboot=yes
  change "$3 in $2" board_file_now "$1" "$2"
}

board_file_now() {
  cp "$1" "$2.new"
  sync "$2.new"
  mv -f "$2.new" "$2"
  sync -f "$2"
}
