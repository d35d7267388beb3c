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

# for_root FOLDER COMMAND ...: apt-get or apt-cache of this machine, for that system: under emulation it takes minutes.
for_root() {
  local root=$1 tool=$2
  shift 2
  "$tool" -qq -o Dir="$root" -o Dir::State::status="$root/var/lib/dpkg/status" -o Dir::Log="$root/var/log/apt" \
    -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User=root \
    -o APT::Install-Recommends=false -o Acquire::Languages=none "$@"
}

# Version and hash of each package of that system, by apt's lists.
list_packages() {
  local root=$1 installed_there
  # shellcheck disable=SC2016 # dpkg-query's own
  mapfile -t installed_there < <(dpkg-query --admindir="$root/var/lib/dpkg" -W -f '${Package}=${Version}\n')
  for_root "$root" apt-cache show --no-all-versions "${installed_there[@]}" |
    awk '/^Package: / { p = $2 } /^Version: / { v = $2 } /^SHA256: / { s = $2 } /^$/ { print p, v, s }' |
    LC_ALL=C sort -u
}

# The locked packages as wheels for the board's Python: fetched where there is one, else built from the locked source,
# by a compiler that is unpacked beside a copy of the Debian and reaches no image.
make_wheels() {
  local key build deb lock pip source
  key=$({
    cat "$locks/build.txt" "$locks/runtime.txt" "$locks/pi.txt"
    basename "$base"
    sed -n '/^make_wheels()/,/^}/p' "$here/image/root.sh"
  } | digest)
  wheels=$cache/wheels-${key:0:16}
  [[ -e $wheels/requirements.txt ]] && return
  say "fetching the locked Python packages for arm64"
  build=$cache/build-unfinished
  rm -rf "$build" "$wheels" "$build-fetched" "$build-venv"
  python3 -m venv "$build-venv"
  pip=("$build-venv/bin/python" -m pip --quiet --no-input --disable-pip-version-check)
  "${pip[@]}" install --require-hashes --no-deps -r "$locks/build.txt" >&2
  # PYPI: lgpio brings its C library along as source, which Debian has not.
  for lock in build runtime pi; do
    PYPI=1 "${pip[@]}" download --require-hashes --no-deps --no-build-isolation -d "$build-fetched" \
      --platform manylinux_2_28_aarch64 --platform manylinux_2_17_aarch64 --platform manylinux2014_aarch64 \
      --python-version 313 --implementation cp --abi cp313 --abi abi3 --abi none -r "$locks/$lock.txt" >&2
  done
  say "building those that nobody offers for it"
  unpack_base "$build"
  for_root "$build" apt-get update >&2
  list_packages "$build" >"$build-fetched/packages"
  # shellcheck disable=SC2154
  for_root "$build" apt-get -y --download-only install "${build_packages[@]}" >&2
  for deb in "$build"/var/cache/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$deb" | tar --keep-directory-symlink -xp -C "$build"
  done
  "${pip[@]}" install --no-index -f "$build-fetched" --require-hashes --no-deps --target "$build/srv/tools" \
    -r "$locks/build.txt" >&2
  mkdir "$build/srv/sources"
  for source in "$build-fetched"/*.tar.gz; do tar -xzf "$source" -C "$build/srv/sources"; done
  rm "$build-fetched"/*.tar.gz
  # All four are setuptools' own; pip would take a minute to start here.
  # shellcheck disable=SC2016 # the inner shell's own
  in_root "$build" env PYPI=1 PYTHONPATH=/srv/tools sh -ec '
    for source in /srv/sources/*; do
      cd "$source"
      python3 -c "import setuptools.build_meta as m; m.__legacy__.build_wheel(\"/srv/wheels\")"
    done' >&2
  mkdir -p "$wheels"
  mv "$build-fetched"/* "$build"/srv/wheels/*.whl "$wheels"
  wheel_lock "$wheels" >"$wheels/requirements.new"
  mv "$wheels/requirements.new" "$wheels/requirements.txt"
  rm -rf "$build" "$build-fetched" "$build-venv"
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

# Our files of the root file system, over Debian's.
lay_root() {
  local root=$1 file
  cp -rT --no-preserve=ownership "$here/image/root" "$root"
  find "$here/image/root" -mindepth 1 -type f -printf '%P\n' | while IFS= read -r file; do
    if [[ -x $here/image/root/$file ]]; then chmod 755 "$root/$file"; else chmod 644 "$root/$file"; fi
  done
}

# The initial RAM disk is Debian's and our script: made once for each of the two, for it takes minutes.
make_initrd() {
  local key build kernel
  key=$({
    basename "$base"
    cd "$here/image/root/etc" || exit
    find initramfs-tools fstab -type f | LC_ALL=C sort | xargs sha256sum
  } | digest)
  initrd=$cache/initrd-${key:0:16}
  [[ -e $initrd ]] && return
  say "making the initial RAM disk, some minutes: $initrd"
  build=$cache/initrd-unfinished
  rm -rf "$build"
  unpack_base "$build"
  lay_root "$build"
  kernel=$(basename "$build"/boot/vmlinuz-*)
  in_root "$build" env SOURCE_DATE_EPOCH="$base_epoch" mkinitramfs -o /srv/initrd "${kernel#vmlinuz-}" >&2
  mv "$build/srv/initrd" "$initrd"
  rm -rf "$build"
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
  cp "$initrd" "$boot_files/initrd.img"
  cp "$root"/boot/firmware/{config,cmdline}.txt "$boot_files"
  dtc -q -@ -I dts -O dtb -o "$boot_files/../buses.dtbo" "$here/image/boot/buses.dts"
  for tree in "$root"/usr/lib/linux-image-*/broadcom/bcm2837-rpi-3*.dtb \
    "$root"/usr/lib/linux-image-*/broadcom/bcm2711-rpi-{4,cm4,400}*.dtb; do
    fdtoverlay -i "$tree" -o "$boot_files/$(basename "$tree")" "$boot_files/../buses.dtbo"
  done
}

# make_root WORK: WORK/root, WORK/boot, and the lists of what is in it.
make_root() {
  local work=$1 root=$1/root wheel
  say "the terminal's own system"
  unpack_base "$root"
  lay_root "$root"
  rm -rf "${root:?}/boot/firmware"
  mkdir -p "$root/boot/firmware" "$root/data" "$root/media/cardamom" "$root/var/lib/cardamom" "$root/srv/wheels"
  cp "$here"/image/boot/{config,cmdline}.txt "$root/boot/firmware"
  copy_checkout "$root/srv/checkout"
  cp "$wheels"/* "$root/srv/wheels"
  # pip and what builds our package, unpacked: from its archive pip takes a minute to start under emulation.
  for wheel in "$root"/usr/share/python-wheels/pip-*.whl "$wheels"/{setuptools,wheel,packaging}-*.whl; do
    python3 -m zipfile -e "$wheel" "$root/srv/tools"
  done
  cp "$wheels"/{requirements.txt,packages} "$work"
  cp "$here/image/inside.sh" "$root/srv"
  in_root "$root" bash /srv/inside.sh >&2
  make_boot "$root" "$work/boot"
  rm -rf "$root"/boot/vmlinuz-* "$root"/boot/initrd.img-* "$root"/boot/firmware/* "$root"/srv/* \
    "$root"/vmlinuz* "$root"/initrd.img*
}
