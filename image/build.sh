# shellcheck shell=bash
# `./setup.sh image`, sourced by setup.sh: a Debian for the board, the terminal installed in it as `setup.sh install`
# does, and both laid out as a card. docs/image.md tells of it.

: "${here:?sourced by setup.sh}"
# shellcheck source=systemd/install.sh
source "$here/systemd/install.sh"
readonly image_packages=(python3 python3-venv mmdebstrap arch-test debian-archive-keyring qemu-user-static binfmt-support genimage
  dosfstools mtools e2fsprogs squashfs-tools device-tree-compiler zstd bmap-tools util-linux)

suite=trixie
mirror=
out=$here/build/image
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/cardamom-image
again=no
# shellcheck source=image/root.sh
source "$here/image/root.sh"

image_usage() {
  cat <<'TEXT'
Usage: sudo ./setup.sh image [--suite trixie] [--mirror ADDRESS] [--out FOLDER] [--cache FOLDER] [--again]

Builds cardamom-VERSION-arm64.img.zst with its .bmap, .sha256, SBOM (.cdx.json) and list of Debian packages.
The Debian under it is made once for each list of packages and kept in the cache; --mirror names where
it comes from (a dated archive gives the same Debian again), else mmdebstrap's own choice.
--again builds the card twice and compares them. SOURCE_DATE_EPOCH is the last commit's time unless set.
TEXT
}

read_image_options() {
  while (($#)); do
    case $1 in
      --suite | --mirror | --out | --cache)
        (($# > 1)) || die "$1 wants a value: ./setup.sh image --help"
        printf -v "${1#--}" '%s' "$2"
        shift 2
        ;;
      --again) again=yes && shift ;;
      -h | --help) image_usage && exit 0 ;;
      *) die "there is no option $1: ./setup.sh image --help" ;;
    esac
  done
  [[ $suite == trixie ]] || die "the image is built on trixie, not on $suite"
}

# A commit's time, so that whoever builds it again writes the same times.
source_date() {
  [[ -z ${SOURCE_DATE_EPOCH:-} ]] || return 0
  SOURCE_DATE_EPOCH=$(git -c 'safe.directory=*' -C "$here" log -1 --format=%ct 2>/dev/null) ||
    die "this is no git checkout: set SOURCE_DATE_EPOCH to the seconds that the image's files shall carry"
}

foreign_programs_run() {
  [[ $(dpkg --print-architecture) == arm64 ]] && return
  mountpoint -q /proc/sys/fs/binfmt_misc || mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
  update-binfmts --enable qemu-aarch64 >/dev/null 2>&1 || true
  arch-test arm64 >/dev/null 2>&1 ||
    die "this machine does not run arm64 programs: qemu-user-static and binfmt_misc are needed for it"
}

version() { sed -n 's/^version = "\(.*\)"$/\1/p' "$here/pyproject.toml"; }

# The data partition as it leaves the factory: empty, with one identity for all, for it is found by its place.
make_data() {
  E2FSPROGS_FAKE_TIME=$SOURCE_DATE_EPOCH mke2fs -q -t ext4 -b 4096 -L data -m 1 -e remount-ro -J size=32 \
    -U cada0107-0000-4000-8000-000000000000 \
    -E hash_seed=cada0107-0000-4000-8000-000000000001,root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0 \
    "$1" 512M
}

make_squashfs() {
  # It wants the time by options or by the environment, not by both.
  env -u SOURCE_DATE_EPOCH mksquashfs "$1" "$2" -quiet -no-progress -noappend -comp zstd -Xcompression-level 15 -b 128K -no-exports \
    -all-time "$SOURCE_DATE_EPOCH" -mkfs-time "$SOURCE_DATE_EPOCH" >&2
}

# The two things that the card's first partition and a slot's boot partition are made of.
lay_card() {
  local work=$1
  mkdir -p "$work/input/card"
  cp "$here/image/boot/autoboot.txt" "$here/image/boot/README.txt" "$work/boot/bootcode.bin" "$work/input/card"
  cp "$work"/boot/* "$here/image/boot/empty.txt" "$work/input"
  find "$work/input" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
  local names
  names=$(cd "$work/boot" && printf '"%s", ' *)
  sed "s|BOOT_FILES|${names%, }|" "$here/image/genimage.cfg" >"$work/genimage.cfg"
}

# genimage writes partitions and file systems into a file: no loop device, no mount.
make_card() {
  local work=$1
  mkdir -p "$work/nothing"
  rm -rf "$work/genimage.tmp"
  SOURCE_DATE_EPOCH=$SOURCE_DATE_EPOCH genimage --loglevel 1 --config "$work/genimage.cfg" --rootpath "$work/nothing" \
    --inputpath "$work/input" --outputpath "$work/output" --tmppath "$work/genimage.tmp" >&2
}

# Builds one card in a folder; all that differs from one to the next would show in its hash.
build_card() {
  local work=$1
  rm -rf "$work"
  mkdir -p "$work/input" "$work/output"
  make_root "$work"
  say "root file system and partitions"
  make_squashfs "$work/root" "$work/input/root.squashfs"
  make_data "$work/input/data.ext4"
  lay_card "$work"
  make_card "$work"
  python3 "$here/image/sbom.py" "$work/root" "$work/packages" "$work/requirements.txt" \
    --version "$(version)" --epoch "$SOURCE_DATE_EPOCH" >"$work/output/sbom.cdx.json"
  rm -rf "$work/root"
}

publish() {
  local work=$1 name
  name=cardamom-$(version)-arm64
  rm -f "$out/$name".*
  bmaptool -q create -o "$out/$name.img.bmap" "$work/output/cardamom.img"
  # bmaptool notes the day of creation; everything else in it follows from the image.
  sed -i '/<!-- .* created /d' "$out/$name.img.bmap"
  zstd -q -T0 -9 -f "$work/output/cardamom.img" -o "$out/$name.img.zst"
  mv "$work/output/cardamom.img" "$out/$name.img"
  mv "$work/output/sbom.cdx.json" "$out/$name.cdx.json"
  cp "$work/packages" "$out/$name.packages"
  (cd "$out" && sha256sum "$name.img" "$name.img.zst" "$name.img.bmap" "$name.cdx.json" >"$name.sha256")
  say "$out/$name.img.zst, $(($(stat -c %s "$out/$name.img.zst") / 1000000)) MB"
  cat "$out/$name.sha256"
}

image() {
  read_image_options "$@"
  ((EUID == 0)) || die "a system is built: run it as root, sudo ./setup.sh image"
  debian_packages "${image_packages[@]}"
  ((${#missing[@]} == 0)) || die "the image needs them all"
  foreign_programs_run
  source_date
  export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8 TZ=UTC
  umask 022
  mkdir -p "$out" "$cache"
  local began=$SECONDS first second
  make_base
  make_wheels
  make_initrd
  build_card "$out/work"
  if [[ $again == yes ]]; then
    build_card "$out/again"
    first=$(digest <"$out/work/output/cardamom.img")
    second=$(digest <"$out/again/output/cardamom.img")
    [[ $first == "$second" ]] || die "built twice, the cards differ: $first $second (kept in $out/work and $out/again)"
    say "built twice, the same card: $first"
    rm -rf "$out/again"
  fi
  publish "$out/work"
  rm -rf "$out/work"
  say "took $((SECONDS - began)) s"
}
