"""The link to the acquirer from its settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from cardamom.acquirer.config import LinkConfig
from cardamom.acquirer.hosts import Address
from cardamom.acquirer.identity import Identity
from cardamom.acquirer.link import Link
from cardamom.acquirer.pins import read_pin
from cardamom.daemon.clock import SystemClock
from cardamom.daemon.master import master_key
from cardamom.duties.timepiece import Timepiece
from cardamom.settings.keys import (
    refuse_open_key,
    refuse_test_certificate,
)
from cardamom.settings.load import resolve
from cardamom.settings.model import Settings
from cardamom.settings.profile import find_message_profile
from cardamom.store.journal import SqliteJournal
from cardamom.values.online import Late


def link_to(
    settings: Settings,
    file: Path,
    identity: Identity,
    clock: SystemClock,
    journal: SqliteJournal,
    timepiece: Timepiece,
    late: Callable[[Late], None],
) -> Link:
    """It is not running yet. Raises SettingsError."""
    acquirer = settings.acquirer
    production = settings.mode == "production"
    profile = find_message_profile(acquirer.profile, file)
    if production:
        for name in ("ca_file", "cert_file", "key_file"):
            if named := getattr(acquirer, name):
                refuse_test_certificate(resolve(file, named), f"{file}: acquirer.{name}")
        if acquirer.key_file:
            refuse_open_key(resolve(file, acquirer.key_file), f"{file}: acquirer.key_file")
    config = LinkConfig(
        host=acquirer.host,
        port=acquirer.port,
        server_name=acquirer.server_name,
        terminal_id=settings.terminal.id,
        merchant_id=settings.merchant.id,
        deadline_s=acquirer.deadline_s,
        zone=ZoneInfo(settings.terminal.timezone),
        backup=_backup(settings),
        pins=tuple(map(read_pin, acquirer.pins)),
        master_key=master_key(settings, file, profile),
    )
    return Link(
        config,
        profile,
        identity.context,
        clock.now,
        clock_floor=timepiece.floor,
        late=late,
        store=journal,
        keys=journal,
        batch=journal.batch,
        spare=identity.spare,
    )


def _backup(settings: Settings) -> Address | None:
    acquirer = settings.acquirer
    if not acquirer.backup_host:
        return None
    return Address(
        acquirer.backup_host, acquirer.backup_port or acquirer.port, acquirer.backup_server_name
    )
