"""Words of the setting up: questions, choices, why an answer will not do, what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.values.commissioning import Doing, Refusal, Step, Trouble
from cardamom.values.merchant import Language


@dataclass(frozen=True, slots=True)
class SetupWords:
    """One language."""

    title: str
    steps: dict[Step, str]
    hints: dict[Step, str]
    choices: dict[str, str]
    refusals: dict[Refusal, str]
    troubles: dict[Trouble, tuple[str, str]]
    """A headline, and what to do."""
    doing: dict[Doing, str]
    keep_power: str
    again: str
    skip: str
    letters: str
    summary: str
    start: str
    done: str
    done_below: str
    retry: str
    go_on: str
    slip_title: str
    set_on: str
    key_check: str
    no_keys: str
    certificate: str
    no_certificate: str
    valid_until: str
    test_sale: str
    no_test_sale: str
    approved: str
    not_approved: str
    self_test: str
    technician: str
    not_done: str


ZH: Final = SetupWords(
    title="安装设置",
    steps={
        Step.LANGUAGE: "语言",
        Step.TIMEZONE: "时区",
        Step.NETWORK: "网络",
        Step.WIFI_COUNTRY: "Wi-Fi 国家代码",
        Step.WIFI_NAME: "Wi-Fi 名称",
        Step.WIFI_PASSWORD: "Wi-Fi 密码",
        Step.ADDRESSING: "地址方式",
        Step.ADDRESS: "本机地址",
        Step.GATEWAY: "网关",
        Step.DNS: "DNS",
        Step.MODE: "运行方式",
        Step.PROFILE: "收单报文",
        Step.HOST: "收单主机",
        Step.PORT: "收单端口",
        Step.MERCHANT: "商户号",
        Step.TERMINAL: "终端号",
        Step.PASSCODE: "主管密码",
        Step.CERTIFICATE: "终端证书",
        Step.KEYS: "密钥",
    },
    hints={
        Step.TIMEZONE: "例如 Asia/Shanghai",
        Step.WIFI_COUNTRY: "两个大写字母，例如 CN",
        Step.WIFI_NAME: "1 到 32 字节",
        Step.WIFI_PASSWORD: "8 到 63 位，开放网络留空",
        Step.ADDRESS: "例如 192.0.2.9/24",
        Step.GATEWAY: "路由器地址",
        Step.DNS: "一个或两个，用逗号分开",
        Step.HOST: "主机名或地址",
        Step.PORT: "1 到 65535",
        Step.MERCHANT: "15 位字母或数字",
        Step.TERMINAL: "8 位字母或数字",
        Step.PASSCODE: "6 到 12 位数字",
    },
    choices={
        "zh": "中文",
        "en": "English",
        "ethernet": "网线",
        "wifi": "Wi-Fi",
        "keep": "保持现状",
        "dhcp": "自动 (DHCP)",
        "static": "固定地址",
        "demo": "测试",
        "production": "生产",
        "stick": "用 U 盘",
        "two": "输入两个分量",
        "three": "输入三个分量",
        "later": "以后用 SSH",
    },
    refusals={
        Refusal.EMPTY: "请先填写",
        Refusal.CHOICE: "没有这个选项",
        Refusal.TIMEZONE: "没有这个时区",
        Refusal.COUNTRY: "要两个大写字母",
        Refusal.WIFI_NAME: "名称为 1 到 32 字节",
        Refusal.WIFI_PASSWORD: "密码为 8 到 63 位",
        Refusal.ADDRESS: "格式如 192.0.2.9/24",
        Refusal.GATEWAY: "网关不在本机网段内",
        Refusal.DNS: "格式如 192.0.2.1",
        Refusal.PROFILE: "没有这个报文",
        Refusal.HOST: "不是主机名或地址",
        Refusal.PORT: "端口为 1 到 65535",
        Refusal.MERCHANT: "要 15 位字母或数字",
        Refusal.TERMINAL: "要 8 位字母或数字",
        Refusal.PASSCODE: "要 6 到 12 位数字",
        Refusal.PASSCODE_DIFFERS: "两次不一样，请重输",
        Refusal.PASSCODE_SIMPLE: "太简单，请换一个",
    },
    troubles={
        Trouble.BOOT_FILE: ("启动盘文件未采用", "请改正后重放，或在此回答"),
        Trouble.NO_NETWORK: ("网络未连通", "请检查网线或密码"),
        Trouble.CLOCK: ("时钟不对", "请连上网络，等待对时"),
        Trouble.SETTINGS: ("设置未写入", "请按下面的提示改正"),
        Trouble.HELPER: ("系统未执行", "请用 SSH 查看日志"),
        Trouble.CERTIFICATE: ("证书未采用", "请按下面的提示处理"),
        Trouble.KEYS: ("密钥未导入", "请按下面的提示处理"),
    },
    doing={
        Doing.NETWORK: "正在连接网络",
        Doing.WRITING: "正在写入设置",
        Doing.CERTIFICATE: "正在处理证书",
        Doing.KEYS: "正在导入密钥",
    },
    keep_power="请勿断电",
    again="请再输一次",
    skip="跳过",
    letters="切换",
    summary="请核对",
    start="写入",
    done="设置完成",
    done_below="请做一笔测试交易",
    retry="重试",
    go_on="继续",
    slip_title="安装单",
    set_on="设置时间",
    key_check="密钥校验值",
    no_keys="无密钥",
    certificate="终端证书",
    no_certificate="无证书",
    valid_until="有效期至",
    test_sale="测试交易",
    no_test_sale="尚未进行",
    approved="成功",
    not_approved="未成功",
    self_test="自检",
    technician="安装人员签名",
    not_done="尚未设置完成",
)
EN: Final = SetupWords(
    title="Set up",
    steps={
        Step.LANGUAGE: "Language",
        Step.TIMEZONE: "Time zone",
        Step.NETWORK: "Network",
        Step.WIFI_COUNTRY: "Wi-Fi country",
        Step.WIFI_NAME: "Wi-Fi name",
        Step.WIFI_PASSWORD: "Wi-Fi password",
        Step.ADDRESSING: "Address",
        Step.ADDRESS: "This terminal's address",
        Step.GATEWAY: "Gateway",
        Step.DNS: "DNS servers",
        Step.MODE: "Mode",
        Step.PROFILE: "Acquirer profile",
        Step.HOST: "Acquirer's host",
        Step.PORT: "Acquirer's port",
        Step.MERCHANT: "Merchant number",
        Step.TERMINAL: "Terminal number",
        Step.PASSCODE: "Supervisor's passcode",
        Step.CERTIFICATE: "Certificate",
        Step.KEYS: "Keys",
    },
    hints={
        Step.TIMEZONE: "such as Asia/Shanghai",
        Step.WIFI_COUNTRY: "two capital letters, such as CN",
        Step.WIFI_NAME: "1 to 32 bytes",
        Step.WIFI_PASSWORD: "8 to 63, empty if open",
        Step.ADDRESS: "such as 192.0.2.9/24",
        Step.GATEWAY: "the router's address",
        Step.DNS: "one or two, a comma between",
        Step.HOST: "a name or an address",
        Step.PORT: "1 to 65535",
        Step.MERCHANT: "15 letters or digits",
        Step.TERMINAL: "8 letters or digits",
        Step.PASSCODE: "6 to 12 digits",
    },
    choices={
        "zh": "中文",
        "en": "English",
        "ethernet": "Ethernet cable",
        "wifi": "Wi-Fi",
        "keep": "Leave as it is",
        "dhcp": "Automatic (DHCP)",
        "static": "Fixed",
        "demo": "Demo",
        "production": "Production",
        "stick": "From a USB stick",
        "two": "Type two components",
        "three": "Type three components",
        "later": "Later, over SSH",
    },
    refusals={
        Refusal.EMPTY: "Type something first",
        Refusal.CHOICE: "There is no such choice",
        Refusal.TIMEZONE: "There is no such zone",
        Refusal.COUNTRY: "Two capital letters",
        Refusal.WIFI_NAME: "A name has 1 to 32 bytes",
        Refusal.WIFI_PASSWORD: "A password has 8 to 63",
        Refusal.ADDRESS: "Type it as 192.0.2.9/24",
        Refusal.GATEWAY: "Not in this terminal's network",
        Refusal.DNS: "Type it as 192.0.2.1",
        Refusal.PROFILE: "There is no such profile",
        Refusal.HOST: "No host name, no address",
        Refusal.PORT: "A port is 1 to 65535",
        Refusal.MERCHANT: "15 letters or digits",
        Refusal.TERMINAL: "8 letters or digits",
        Refusal.PASSCODE: "6 to 12 digits",
        Refusal.PASSCODE_DIFFERS: "The two differ: once more",
        Refusal.PASSCODE_SIMPLE: "Too easy to guess",
    },
    troubles={
        Trouble.BOOT_FILE: ("Boot file refused", "Correct it, or answer here"),
        Trouble.NO_NETWORK: ("No network", "Check cable or password"),
        Trouble.CLOCK: ("The clock is wrong", "Connect the network"),
        Trouble.SETTINGS: ("Nothing was written", "Correct what is named below"),
        Trouble.HELPER: ("The system did not do it", "Read the log over SSH"),
        Trouble.CERTIFICATE: ("Certificate not taken", "See to what is named below"),
        Trouble.KEYS: ("Keys not taken", "See to what is named below"),
    },
    doing={
        Doing.NETWORK: "Connecting",
        Doing.WRITING: "Writing the settings",
        Doing.CERTIFICATE: "Certificate",
        Doing.KEYS: "Taking the keys in",
    },
    keep_power="Leave the power on",
    again="Once more, to be sure",
    skip="Skip",
    letters="Letters",
    summary="Is all this right?",
    start="Write",
    done="Set up",
    done_below="Now take a test sale",
    retry="Try again",
    go_on="Go on",
    slip_title="COMMISSIONING",
    set_on="Set up at",
    key_check="Key check values",
    no_keys="no keys",
    certificate="Certificate",
    no_certificate="none",
    valid_until="Valid until",
    test_sale="Test sale",
    no_test_sale="not taken yet",
    approved="approved",
    not_approved="not approved",
    self_test="Self-test",
    technician="Technician's signature",
    not_done="NOT SET UP YET",
)
WORDS: Final = {Language.ZH: ZH, Language.EN: EN}


def answer_words(step: Step, answer: str, language: Language) -> str:
    """A choice by its name, anything else as it is."""
    return WORDS[language].choices.get(answer, answer) if step in CHOSEN else answer


CHOSEN: Final = frozenset(
    {Step.LANGUAGE, Step.NETWORK, Step.ADDRESSING, Step.MODE, Step.CERTIFICATE, Step.KEYS}
)
