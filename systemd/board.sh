# shellcheck shell=bash
# What a Raspberry Pi's boot partition must say, sourced by install.sh: SPI for the panel, I2C for an EEPROM, the UART
# of pins 8 and 10 for a printer or a reader, free of the console, and the memory controller.

boot=/boot/firmware
readonly board_begin='# cardamom: begin' board_end='# cardamom: end'

# config.txt without our lines.
config_of_others() { sed "/^$board_begin\$/,/^$board_end\$/d" "$boot/config.txt"; }

board_config() {
  config_of_others
  cat <<TEXT
$board_begin
[all]
dtparam=spi=on
dtparam=i2c_arm=on
enable_uart=1
$board_end
TEXT
}

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
  board_config >"$work/config.txt"
  board_cmdline >"$work/cmdline.txt"
  printf '%s\n' spidev i2c-dev >"$work/modules"
  board_file "$work/config.txt" "$boot/config.txt" 'switch SPI, I2C and UART on'
  board_file "$work/cmdline.txt" "$boot/cmdline.txt" 'free the UART, limit memory'
  put "$work/modules" /etc/modules-load.d/cardamom.conf
  rm -rf "$work"
}

uninstall_board() {
  local work
  work=$(mktemp -d)
  config_of_others >"$work/config.txt"
  board_file "$work/config.txt" "$boot/config.txt" 'take our lines out'
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
