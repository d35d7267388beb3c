#!/usr/bin/env bash
# Run as root of the image's own system while it is built, under emulation: installs the terminal, and takes out what
# one device must not share with another.
set -euo pipefail
# pip lies in /srv/tools and what it needs beside it: the release gets its own of those that it is to have.
export PIP_NO_INDEX=1 PIP_FIND_LINKS=/srv/wheels PIP_NO_CACHE_DIR=1 PIP_IGNORE_INSTALLED=1 PYTHONPATH=/srv/tools

printf 'cardamom\n' >/etc/hostname
printf '127.0.0.1\tlocalhost\n127.0.1.1\tcardamom\n::1\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts

/srv/checkout/setup.sh install --into-image /srv/wheels

systemctl enable --quiet NetworkManager.service ssh.service systemd-timesyncd.service \
  cardamom-grow.service cardamom-host-keys.service cardamom-technician.service
# Nothing of these can work on a root that is read-only, or should on a terminal.
systemctl mask --quiet apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
  e2scrub_reap.service systemd-firstboot.service man-db.timer regenerate_ssh_host_keys.service sshd-keygen.service
passwd --quiet --lock root

# A device's own: made at its first start.
rm -f /etc/ssh/ssh_host_*_key* /var/lib/dbus/machine-id /var/lib/systemd/random-seed \
  /var/lib/systemd/credential.secret
: >/etc/machine-id
ln -sfn /etc/machine-id /var/lib/dbus/machine-id
ln -sfn /run/NetworkManager/resolv.conf /etc/resolv.conf
# What is made anew where it is needed, or differs from one build to the next.
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/fontconfig/* /var/cache/ldconfig/* /var/cache/debconf/*-old \
  /var/log/* /root/.cache /etc/passwd- /etc/group- /etc/shadow- /etc/gshadow- /etc/subuid- /etc/subgid- \
  /var/lib/dpkg/*-old
# What systemd makes anew in /etc after an update is made: a first start shall not wait for it.
touch -d "@$SOURCE_DATE_EPOCH" /etc/.updated
