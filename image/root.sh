# shellcheck shell=bash
# The root file system of the image, sourced by build.sh: Debian and the wheels from the cache, then what is ours.

# Of setup.sh, install.sh and build.sh:
: "${here:?}" "${locks:?}" "${suite:?}" "${cache:?}" "${mirror?}"
# shellcheck disable=SC2154
readonly terminal_packages=("${python_packages[@]}" pcscd "${runtime_packages[@]}" "${font_packages[@]}")

# What the system of a terminal is made of, besides what install.sh asks for.
readonly image_system=(systemd systemd-sysv systemd-timesyncd libpam-systemd dbus udev kmod ca-certificates
  linux-image-arm64 raspi-firmware firmware-brcm80211 wireless-regdb initramfs-tools zstd network-manager wpasupplicant
  rfkill openssh-server nftables iproute2 fdisk e2fsprogs dosfstools procps less tzdata)
# Of the base alone: the epoch of the card is its commit's, and a commit makes no other Debian.
readonly base_epoch=1761955200

base_packages() {
  printf '%s\n' "${image_system[@]}" "${terminal_packages[@]}"
}

make_base() {
  local listed key
  listed=$(base_packages | LC_ALL=C sort -u)
  key=$(printf '%s\n' "$suite" "$mirror" "$listed" | digest)
  base=$cache/base-$suite-${key:0:16}.tar
  [[ -e $base ]] && return
  say "making a Debian $suite for arm64, some minutes: $base"
  # /boot/firmware: without it raspi-firmware's hook fails.
  # shellcheck disable=SC2016 # the hook's own
  SOURCE_DATE_EPOCH=$base_epoch mmdebstrap --quiet --variant=apt --arch=arm64 --format=tar \
    --components='main contrib non-free-firmware' --include="$(paste -sd, <<<"$listed")" \
    --aptopt='Acquire::Languages "none"' --aptopt='APT::Install-Recommends "false"' \
    --aptopt='Acquire::Check-Valid-Until "false"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/info/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-include=/usr/share/doc/*/copyright' \
    --setup-hook='mkdir -p "$1/boot/firmware"' \
    "$suite" "$base.unfinished" ${mirror:+"$mirror"}
  mv "$base.unfinished" "$base"
}

# in_root FOLDER COMMAND ...: as the root of that system, under emulation, its mounts gone with it.
in_root() {
  local folder=$1
  shift
  # shellcheck disable=SC2016 # the inner shell's own
  unshare --mount --propagation private sh -ec '
    root=$1; shift
    mount -t proc proc "$root/proc"
    mount --rbind /dev "$root/dev"
    mount -t tmpfs tmpfs "$root/tmp"
    exec chroot "$root" "$@"' sh "$folder" /usr/bin/env -i \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 TZ=UTC \
    SOURCE_DATE_EPOCH="$SOURCE_DATE_EPOCH" PYTHONHASHSEED=0 DEBIAN_FRONTEND=noninteractive "$@"
}

unpack_base() {
  mkdir -p "$1"
  tar --numeric-owner -xpf "$base" -C "$1"
}

# What this machine knows of the way to packages, for programs in the root.
network_of() {
  cp --remove-destination /etc/resolv.conf "$1/etc/resolv.conf"
  env | grep -iE '^(https?|no)_proxy=|^PIP_' | grep -vE '^PIP_(FIND|CERT|CONFIG)' || true
  if [[ -e ${PIP_CERT:-} ]]; then
    cp "$PIP_CERT" "$1/srv/authorities.pem"
    printf 'PIP_CERT=/srv/authorities.pem\n'
  fi
}

# The locked packages as wheels for the board's Python: fetched where there is one, else built from the locked source,
# by a compiler that is unpacked beside a copy of the Debian and reaches no image.
make_wheels() {
  local key build deb network
  key=$({
    cat "$locks/build.txt" "$locks/runtime.txt" "$locks/pi.txt"
    basename "$base"
    sed -n '/^make_wheels()/,/^}/p' "$here/image/root.sh"
  } | digest)
  wheels=$cache/wheels-${key:0:16}
  [[ -e $wheels/requirements.txt ]] && return
  say "fetching and building the locked Python packages for arm64"
  build=$cache/build-unfinished
  rm -rf "$build" "$wheels"
  unpack_base "$build"
  mapfile -t network < <(network_of "$build")
  in_root "$build" apt-get -qq update >&2
  # shellcheck disable=SC2154
  in_root "$build" apt-get -qq -y -o APT::Install-Recommends=false --download-only install "${build_packages[@]}" >&2
  for deb in "$build"/var/cache/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar --keep-directory-symlink -xp -C "$build"
  done
  cp "$locks"/{build,runtime,pi}.txt "$build/srv"
  # PYPI: lgpio brings its C library along as source, which Debian has not.
  # shellcheck disable=SC2016 # the inner shell's own
  in_root "$build" env PYPI=1 PIP_DISABLE_PIP_VERSION_CHECK=1 "${network[@]}" sh -ec '
    python3 -m venv /srv/venv
    pip="/srv/venv/bin/python -m pip"
    $pip install -q --require-hashes --no-deps -r /srv/build.txt
    for lock in build runtime pi; do
      $pip wheel -q --require-hashes --no-deps --no-build-isolation -w /srv/wheels -r /srv/$lock.txt
    done' >&2
  mkdir -p "$wheels"
  cp "$build"/srv/wheels/*.whl "$wheels"
  wheel_lock "$wheels" >"$wheels/requirements.new"
  mv "$wheels/requirements.new" "$wheels/requirements.txt"
  rm -rf "$build"
}

# Name, version and hash of each wheel: what was built here is held to its hash as what was fetched is to the lock's.
wheel_lock() {
  local file name rest
  for file in "$1"/*.whl; do
    name=$(basename "$file")
    rest=${name#*-}
    printf '%s==%s --hash=sha256:%s\n' "${name%%-*}" "${rest%%-*}" "$(digest <"$file")"
  done | LC_ALL=C sort
}

copy_checkout() {
  local to=$1
  mkdir -p "$to/config"
  cp "$here"/{setup.sh,pyproject.toml,README.md,LICENSE} "$to"
  cp -r "$here/systemd" "$to"
  cp -r "$here/config/." "$to/config"
  (cd "$here" && firmware_files | xargs -0 cp --parents -t "$to")
}

# Boot files: the board's firmware, the kernel, and its device trees with our buses on.
make_boot() {
  local root=$1 boot_files=$2 tree
  mkdir -p "$boot_files"
  cp "$root"/usr/lib/raspi-firmware/{bootcode.bin,fixup.dat,fixup4.dat,start.elf,start4.elf} "$boot_files"
  cp "$root"/boot/vmlinuz-* "$boot_files/vmlinuz"
  cp "$root"/boot/initrd.img-* "$boot_files/initrd.img"
  cp "$root"/boot/firmware/{config,cmdline}.txt "$boot_files"
  dtc -q -@ -I dts -O dtb -o "$boot_files/../buses.dtbo" "$here/image/boot/buses.dts"
  for tree in "$root"/usr/lib/linux-image-*/broadcom/bcm2837-rpi-3*.dtb \
    "$root"/usr/lib/linux-image-*/broadcom/bcm2711-rpi-{4,cm4,400}*.dtb; do
    fdtoverlay -i "$tree" -o "$boot_files/$(basename "$tree")" "$boot_files/../buses.dtbo"
  done
}

# make_root WORK: WORK/root, WORK/boot, and the lists of what is in it.
make_root() {
  local work=$1 root=$1/root
  say "the terminal's own system"
  unpack_base "$root"
  cp -rT --no-preserve=ownership "$here/image/root" "$root"
  find "$here/image/root" -mindepth 1 -type f -printf '%P\n' | while IFS= read -r file; do
    if [[ -x $here/image/root/$file ]]; then chmod 755 "$root/$file"; else chmod 644 "$root/$file"; fi
  done
  rm -rf "${root:?}/boot/firmware"
  mkdir -p "$root/boot/firmware" "$root/data" "$root/media/cardamom" "$root/srv/wheels"
  cp "$here"/image/boot/{config,cmdline}.txt "$root/boot/firmware"
  copy_checkout "$root/srv/checkout"
  cp "$wheels"/* "$root/srv/wheels"
  cp "$wheels/requirements.txt" "$work/requirements.txt"
  network_of "$root" >/dev/null
  cp "$here/image/inside.sh" "$root/srv"
  in_root "$root" bash /srv/inside.sh >&2
  mv "$root/srv/packages" "$work/packages"
  make_boot "$root" "$work/boot"
  rm -rf "$root"/boot/vmlinuz-* "$root"/boot/initrd.img-* "$root"/boot/firmware/* "$root"/srv/* \
    "$root"/vmlinuz* "$root"/initrd.img*
}
