"""The settings of a terminal that is stopped, with its own board and mark."""

from __future__ import annotations

from typing import Final

TERMINAL: Final = """
[merchant]
id = "898310058120001"
name_zh = "豆蔻小馆"
name_en = "Cardamom Cafe"
acquirer_zh = "测试收单"
acquirer_en = "Lab Acquirer"
[terminal]
id = "10203040"
[acquirer]
host = "127.0.0.1"
port = 7000
ca_file = "ca.pem"
cert_file = "terminal.pem"
key_file = "terminal.key"
[journal]
path = "journal.db"
key_file = "journal.key"
[security]
board_serial_file = "serial"
mark_file = "mark"
"""
