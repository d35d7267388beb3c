"""Alarms in words: the headline, what to do about it, and the short line of the idle screen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.values.alarms import Cause
from cardamom.values.merchant import Language


@dataclass(frozen=True, slots=True)
class AlarmWords:
    """`what` as a headline, `do` one or two lines, `short` on the idle screen."""

    what: str
    do: tuple[str, ...]
    short: str


_ZH: Final = {
    Cause.TAMPER: AlarmWords(
        "机盖曾被打开",
        ("密钥已清除，不能收款。", "请联系技术员检查。"),
        "机盖曾被打开，请联系技术员",
    ),
    Cause.CLONED: AlarmWords(
        "存储卡不符",
        ("此卡来自另一终端或备份，", "请技术员重新注入密钥。"),
        "存储卡不符，请联系技术员",
    ),
    Cause.KEY_LOST: AlarmWords(
        "密钥丢失", ("请技术员装回密钥。", "此前不能收款。"), "密钥丢失，请联系技术员"
    ),
    Cause.KEYS_EXHAUSTED: AlarmWords(
        "密钥已用完", ("请技术员注入新密钥。", "此前不能收款。"), "密钥已用完，请联系技术员"
    ),
    Cause.DISK_FULL: AlarmWords(
        "存储已满", ("请技术员清理存储卡，", "清理后自动恢复收款。"), "存储已满，请联系技术员"
    ),
    Cause.CLOCK: AlarmWords(
        "时钟不准", ("请接通网络自动对时，", "否则请技术员校准。"), "时钟不准，请联系技术员"
    ),
    Cause.BATCH_FULL: AlarmWords("批次已满", ("请先结算，", "然后再收款。"), "批次已满，请先结算"),
    Cause.DISK: AlarmWords(
        "存储将满", ("请技术员清理存储卡。", "存满后不能收款。"), "存储将满，请联系技术员"
    ),
    Cause.DISK_WORN: AlarmWords(
        "存储卡将坏", ("请技术员更换存储卡。", "此前收款不受影响。"), "存储卡将坏，请联系技术员"
    ),
    Cause.PARKED: AlarmWords(
        "待主管处理", ("主机拒绝处理此交易，", "请主管向收单行核实。"), "交易待主管处理"
    ),
    Cause.ADVICE_REFUSED: AlarmWords(
        "脱机交易被拒", ("请主管向收单行核实，", "然后登记结果。"), "脱机交易被拒，待主管处理"
    ),
    Cause.OWED_LONG: AlarmWords(
        "上送延误", ("请检查网络，", "恢复后自动上送。"), "上送延误，请检查网络"
    ),
    Cause.CERTIFICATE_UNUSABLE: AlarmWords(
        "证书不可用",
        ("请技术员重新安装证书。", "此前不能联机收款。"),
        "证书不可用，请联系技术员",
    ),
    Cause.CERTIFICATE_REFUSED: AlarmWords(
        "新证书未被接受",
        ("旧证书继续使用。", "请技术员联系收单行。"),
        "新证书未被接受，联系技术员",
    ),
    Cause.CERTIFICATE_ENDED: AlarmWords(
        "证书已过期", ("请技术员更换证书。", "脱机收款不受影响。"), "证书已过期，请联系技术员"
    ),
    Cause.UNDER_VOLTAGE: AlarmWords(
        "供电不足", ("请检查电源和电源线，", "或请技术员更换。"), "供电不足，请检查电源"
    ),
    Cause.USB_REFUSED: AlarmWords(
        "USB 设备未许可",
        ("已被禁用，请拔下。", "如属本机，请联系技术员。"),
        "USB 设备未许可，请拔下",
    ),
    Cause.HOT: AlarmWords("温度过高", ("请勿遮挡，避开阳光，", "使终端散热。"), "温度过高，请散热"),
    Cause.CERTIFICATE_WEEK: AlarmWords(
        "证书七天内到期",
        ("请技术员尽快更换，", "过期后不能联机收款。"),
        "证书即将到期，请联系技术员",
    ),
    Cause.KEYS_FEW: AlarmWords(
        "密钥将用完", ("请技术员注入新密钥，", "用完后不能收款。"), "密钥将用完，请联系技术员"
    ),
    Cause.AUTHORITY_ENDS: AlarmWords(
        "主机根证书将到期",
        ("请技术员更新根证书，", "过期后不能联机收款。"),
        "主机根证书将到期，联系技术员",
    ),
    Cause.OFFLINE_LIMIT: AlarmWords(
        "脱机额度已满", ("网络恢复后自动上送。", "联机收款不受影响。"), "脱机额度已满，等待网络"
    ),
    Cause.CERTIFICATE_MONTH: AlarmWords(
        "证书三十天内到期", ("请技术员安排更换。", "收款不受影响。"), "证书三十天内到期"
    ),
    Cause.CARD_KEYS_END: AlarmWords(
        "卡组织公钥将到期",
        ("请技术员更新参数。", "收款不受影响。"),
        "卡组织公钥将到期，联系技术员",
    ),
}

_EN: Final = {
    Cause.TAMPER: AlarmWords(
        "Case was opened",
        ("Keys are erased: no payment.", "Call a technician."),
        "Case opened: call technician",
    ),
    Cause.CLONED: AlarmWords(
        "SD card not ours",
        ("From another board or backup.", "A technician injects keys."),
        "SD card copied: technician",
    ),
    Cause.KEY_LOST: AlarmWords(
        "Keys are gone",
        ("A technician puts them back.", "No payment until then."),
        "Keys are gone: technician",
    ),
    Cause.KEYS_EXHAUSTED: AlarmWords(
        "Keys are used up",
        ("A technician injects new ones.", "No payment until then."),
        "Keys are used up: technician",
    ),
    Cause.DISK_FULL: AlarmWords(
        "Storage is full",
        ("No payment. A technician makes", "room, then sales go on."),
        "Storage full: technician",
    ),
    Cause.CLOCK: AlarmWords(
        "Clock is wrong",
        ("Connect the network to set it,", "or call a technician."),
        "Clock is wrong: technician",
    ),
    Cause.BATCH_FULL: AlarmWords(
        "Batch is full", ("Settle it first,", "then take payments."), "Batch is full: settle"
    ),
    Cause.DISK: AlarmWords(
        "Storage nearly full",
        ("A technician makes room.", "When full: no payment."),
        "Storage low: technician",
    ),
    Cause.DISK_WORN: AlarmWords(
        "SD card wears out",
        ("A technician replaces it.", "Payments go on until then."),
        "SD card worn: technician",
    ),
    Cause.PARKED: AlarmWords(
        "Supervisor needed",
        ("The host refuses it. Ask the", "acquirer, enter its answer."),
        "Supervisor needed",
    ),
    Cause.ADVICE_REFUSED: AlarmWords(
        "Offline sale refused",
        ("Supervisor: ask the acquirer,", "enter its answer."),
        "Offline: supervisor",
    ),
    Cause.OWED_LONG: AlarmWords(
        "Host not told yet",
        ("Check the network. It goes", "by itself once that is back."),
        "Not sent yet: network?",
    ),
    Cause.CERTIFICATE_UNUSABLE: AlarmWords(
        "Certificate unusable",
        ("A technician installs it again.", "No online sales until then."),
        "Certificate: technician",
    ),
    Cause.CERTIFICATE_REFUSED: AlarmWords(
        "Renewal refused",
        ("The old one stays in use.", "A technician asks the acquirer."),
        "New certificate: technician",
    ),
    Cause.CERTIFICATE_ENDED: AlarmWords(
        "Certificate expired",
        ("A technician renews it.", "Offline sales go on."),
        "Certificate: technician",
    ),
    Cause.UNDER_VOLTAGE: AlarmWords(
        "Power is too weak",
        ("Check plug and cable, or have", "the power supply replaced."),
        "Weak power: check plug",
    ),
    Cause.USB_REFUSED: AlarmWords(
        "Unknown USB device",
        ("It is kept from working: take", "it out, or call a technician."),
        "Unknown USB device: unplug it",
    ),
    Cause.HOT: AlarmWords(
        "Terminal is too hot",
        ("Uncover it, take it out of", "the sun, let it cool."),
        "Too hot: let it cool",
    ),
    Cause.CERTIFICATE_WEEK: AlarmWords(
        "Certificate ends soon",
        ("A technician renews it within", "a week: then no online sales."),
        "Certificate: technician",
    ),
    Cause.KEYS_FEW: AlarmWords(
        "Keys are running out",
        ("A technician injects new ones;", "without any: no payment."),
        "Few keys left: technician",
    ),
    Cause.AUTHORITY_ENDS: AlarmWords(
        "Host's CA ends soon",
        ("A technician brings the next;", "then no online sales."),
        "Host's CA: technician",
    ),
    Cause.OFFLINE_LIMIT: AlarmWords(
        "Offline limit reached",
        ("Sent when the network is back.", "Online sales go on."),
        "Offline limit: network?",
    ),
    Cause.CERTIFICATE_MONTH: AlarmWords(
        "Certificate ends soon",
        ("A technician renews it within", "30 days. Payments go on."),
        "Certificate: 30 days",
    ),
    Cause.CARD_KEYS_END: AlarmWords(
        "Card scheme keys end",
        ("A technician updates them.", "Payments go on."),
        "Scheme keys: technician",
    ),
}

ALARMS: Final = {Language.ZH: _ZH, Language.EN: _EN}
