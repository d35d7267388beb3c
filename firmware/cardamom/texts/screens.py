"""Words of the screens, Chinese and English.

The standard messages are word for word those of EMV 4.4 Book 4, 11.2, and their Chinese wording;
after a comma the second half becomes the line below. English is in sentence case.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cardamom.values.kinds import Kind
from cardamom.values.merchant import Language
from cardamom.values.prompts import Prompt
from cardamom.values.screens import SupportSeen


@dataclass(frozen=True, slots=True)
class ScreenWords:
    """One language. `{n}`, `{amount}` and the like are filled by the screen."""

    # status line
    demo_tag: str
    training_tag: str
    offline: str
    no_paper: str
    alarm_tag: str
    support_tag: str
    # keys, by what they do
    key_cancel: str
    key_skip: str
    key_clear: str
    key_ok: str
    key_menu: str
    key_done: str
    key_signed: str
    key_mismatch: str
    key_another_card: str
    key_print: str
    key_check: str
    key_got_it: str
    key_later: str
    key_loaded: str
    key_self_test: str
    key_retry: str
    key_back: str
    key_select: str
    key_supervisor: str
    key_settle: str
    act: dict[Kind, str]
    """What Enter does to the original."""
    # idle, amount
    welcome: str
    type_amount: str
    practice_idle: str
    support: dict[SupportSeen, str]
    kinds: dict[Kind, str]
    enter_amount: str
    limit: str
    over_limit: str
    amount_zero: str
    # card
    present: dict[str, str]
    """Headline by the first way: tap, insert, swipe, scan."""
    way: dict[str, str]
    """The same as a word in a row."""
    try_again: str
    other_card: str
    processing: str
    hold_card: str
    leave_card: str
    choose_application: str
    remove_card: str
    take_card: str
    # PIN
    enter_pin: str
    cover_keypad: str
    wrong_pin: str
    last_try: str
    wrong_last_try: str
    seconds_left: str
    # authorising
    authorising: str
    please_wait: str
    waited: str
    # outcomes
    approved: str
    done: dict[Kind, str]
    """The headline of an approval."""
    auth_code: str
    balance: str
    offline_approved: str
    printing: str
    please_sign: str
    practice_approved: str
    declined: str
    present_again: str
    to_update: str
    """Below it: the payment is done, and what for."""
    not_this_card: str
    updating: str
    not_taken: dict[Kind, str]
    code: str
    unknown: str
    do_not_charge: dict[Kind, str]
    press_enter: str
    asking: str
    trace: str
    not_completed: str
    same_again: str
    next_step: dict[Prompt, str]
    """Where a payment was not completed for its card."""
    being_cancelled: str
    # reversal
    reversal_pending: str
    retries_itself: str
    reversal_kept: str
    original: str
    of: dict[Kind, str]
    """What a reversal undoes."""
    reversal_tries: str
    reversal_next: str
    reversal_count: str
    # paper
    load_paper: str
    out_of_paper: str
    stands: dict[Kind, str]
    print_later: str
    # not ready
    not_ready: str
    # the end of the daemon
    stopped: str
    stopped_below: str
    restarting: str
    restarting_below: str


ZH: Final = ScreenWords(
    demo_tag="测试 DEMO",
    training_tag="培训 TRAINING",
    offline="离线",
    no_paper="缺纸",
    alarm_tag="告警",
    support_tag="远程",
    key_cancel="取消",
    key_skip="跳过",
    key_clear="清除",
    key_ok="确认",
    key_menu="菜单",
    key_done="完成",
    key_signed="签名无误",
    key_mismatch="签名不符",
    key_another_card="换卡再试",
    key_print="打印",
    key_check="查询",
    key_got_it="知道了",
    key_later="稍后打印",
    key_loaded="已装纸",
    key_self_test="自检",
    key_retry="重试",
    key_back="返回",
    key_select="选择",
    key_supervisor="主管",
    key_settle="结算",
    act={Kind.SALE: "消费", Kind.VOID: "撤销", Kind.REFUND: "退货"},
    welcome="欢迎",
    type_amount="按数字键输入金额",
    practice_idle="练习用，不会收款",
    support={
        SupportSeen.HERE: "远程支持已连接",
        SupportSeen.LEFT: "远程支持已断开",
    },
    kinds={Kind.SALE: "消费", Kind.VOID: "消费撤销", Kind.REFUND: "退货"},
    enter_amount="请输入金额",
    limit="单笔上限 {amount}",
    over_limit="超过单笔上限 {amount}",
    amount_zero="金额不能为零",
    present={"tap": "请挥卡", "insert": "请插卡", "swipe": "请刷卡", "scan": "请扫码"},
    way={"tap": "挥卡", "insert": "插卡", "swipe": "刷卡", "scan": "扫码"},
    try_again="{reason}，请重试",
    other_card="{reason}，请换卡",
    processing="处理中",
    hold_card="请勿移开卡片",
    leave_card="请勿拔卡",
    choose_application="请选择应用",
    remove_card="请拔卡",
    take_card="请取回您的卡片",
    enter_pin="请输入密码",
    cover_keypad="请遮挡键盘",
    wrong_pin="密码错误，请重试",
    last_try="最后一次机会",
    wrong_last_try="密码错误，最后一次",
    seconds_left="剩余 {n} 秒",
    authorising="授权中",
    please_wait="请稍候",
    waited="已等待 {n} 秒",
    approved="交易成功",
    done={Kind.SALE: "交易成功", Kind.VOID: "撤销成功", Kind.REFUND: "退货成功"},
    auth_code="授权码 {code}",
    balance="余额 {amount}",
    offline_approved="脱机批准",
    printing="正在打印",
    please_sign="请在签购单上签名",
    practice_approved="练习用，没有收款",
    present_again="请再次挥卡",
    to_update="已付款，更新卡片 {n} 秒",
    not_this_card="不是付款的卡 {n} 秒",
    updating="更新卡片中",
    declined="交易拒绝",
    not_taken={
        Kind.SALE: "未收款 {amount}",
        Kind.VOID: "未撤销 {amount}",
        Kind.REFUND: "未退款 {amount}",
    },
    code="代码 {code}",
    unknown="结果未知",
    do_not_charge={
        Kind.SALE: "不要再次收款",
        Kind.VOID: "不要再次撤销",
        Kind.REFUND: "不要再次退货",
    },
    press_enter="按确认键查询结果",
    asking="正在查询，请稍候",
    trace="凭证号 {stan}",
    not_completed="交易未完成",
    same_again="同卡同额有一笔结果未知",
    next_step={
        Prompt.TRY_AGAIN: "请重试",
        Prompt.USE_MAG_STRIPE: "请刷卡",
        Prompt.NOT_ACCEPTED: "请换卡",
    },
    being_cancelled="正在撤销，无需操作",
    reversal_pending="冲正待发送",
    retries_itself="自动重试，无需操作",
    reversal_kept="已保存，等待发送",
    original="原交易",
    of={Kind.SALE: "原交易", Kind.VOID: "原撤销", Kind.REFUND: "原退货"},
    reversal_tries="已重试",
    reversal_next="{tries} 次 · 下次 {n} 秒后",
    reversal_count="{tries} 次",
    load_paper="请装纸",
    out_of_paper="打印机缺纸",
    stands={
        Kind.SALE: "交易不受影响，小票可补打",
        Kind.VOID: "撤销不受影响，小票可补打",
        Kind.REFUND: "退货不受影响，小票可补打",
    },
    print_later="小票可补打",
    not_ready="暂不能收款",
    stopped="终端已停止",
    stopped_below="暂不能收款",
    restarting="正在重启",
    restarting_below="请稍候，无需操作",
)

EN: Final = ScreenWords(
    demo_tag="DEMO 测试",
    training_tag="TRAINING 培训",
    offline="Offline",
    no_paper="No paper",
    alarm_tag="Alarm",
    support_tag="Support",
    key_cancel="Cancel",
    key_skip="Skip",
    key_clear="Clear",
    key_ok="OK",
    key_menu="Menu",
    key_done="Done",
    key_signed="Signed",
    key_mismatch="Mismatch",
    key_another_card="Another card",
    key_print="Print",
    key_check="Check",
    key_got_it="Got it",
    key_later="Later",
    key_loaded="Loaded",
    key_self_test="Self-test",
    key_retry="Retry",
    key_back="Back",
    key_select="Select",
    key_supervisor="Supervisor",
    key_settle="Settle",
    act={Kind.SALE: "Sale", Kind.VOID: "Void", Kind.REFUND: "Refund"},
    welcome="Welcome",
    type_amount="Type the amount to start",
    practice_idle="Practice. No money moves.",
    support={
        SupportSeen.HERE: "Support is connected",
        SupportSeen.LEFT: "Support has left",
    },
    kinds={Kind.SALE: "Sale", Kind.VOID: "Void", Kind.REFUND: "Refund"},
    enter_amount="Enter amount",
    limit="Limit {amount}",
    over_limit="Over the limit {amount}",
    amount_zero="The amount is zero",
    present={
        "tap": "Present card",
        "insert": "Insert card",
        "swipe": "Swipe card",
        "scan": "Scan code",
    },
    way={"tap": "Tap", "insert": "Insert", "swipe": "Swipe", "scan": "Scan"},
    try_again="{reason}, try again",
    other_card="{reason}, use other",
    processing="Processing",
    hold_card="Hold the card still",
    leave_card="Leave the card in",
    choose_application="Choose application",
    remove_card="Remove card",
    take_card="Take your card",
    enter_pin="Enter PIN",
    cover_keypad="Cover the keypad",
    wrong_pin="Incorrect PIN, try again",
    last_try="Last try",
    wrong_last_try="Incorrect PIN, last try",
    seconds_left="{n} s left",
    authorising="Authorising",
    please_wait="Please wait",
    waited="{n} s of {limit} s",
    approved="Approved",
    done={Kind.SALE: "Approved", Kind.VOID: "Voided", Kind.REFUND: "Refunded"},
    auth_code="Auth {code}",
    balance="Balance {amount}",
    offline_approved="Approved offline",
    printing="printing",
    please_sign="Please sign the receipt",
    practice_approved="Practice. No money taken.",
    present_again="Present again",
    to_update="Paid. Card update, {n} s",
    not_this_card="Not this card, {n} s",
    updating="Updating card",
    declined="Declined",
    not_taken={
        Kind.SALE: "{amount} not taken",
        Kind.VOID: "{amount} not voided",
        Kind.REFUND: "{amount} not refunded",
    },
    code="code {code}",
    unknown="Outcome unknown",
    do_not_charge={
        Kind.SALE: "Do NOT charge again",
        Kind.VOID: "Do NOT void again",
        Kind.REFUND: "Do NOT refund again",
    },
    press_enter="Press Enter to check",
    asking="Asking the bank, wait",
    trace="trace {stan}",
    not_completed="Not completed",
    same_again="Same card and amount: unknown",
    next_step={
        Prompt.TRY_AGAIN: "Try again",
        Prompt.USE_MAG_STRIPE: "Use mag stripe",
        Prompt.NOT_ACCEPTED: "Try another card",
    },
    being_cancelled="Being cancelled by itself",
    reversal_pending="Reversal pending",
    retries_itself="Retries by itself",
    reversal_kept="Kept until sent",
    original="Original",
    of={Kind.SALE: "Sale", Kind.VOID: "Void", Kind.REFUND: "Refund"},
    reversal_tries="Tries",
    reversal_next="{tries} · next in {n} s",
    reversal_count="{tries}",
    load_paper="Load paper",
    out_of_paper="Out of paper",
    stands={
        Kind.SALE: "The sale stands. Print it later.",
        Kind.VOID: "The void stands. Print it later.",
        Kind.REFUND: "The refund stands. Print it later.",
    },
    print_later="It can be printed later.",
    not_ready="Cannot take payment",
    stopped="Terminal stopped",
    stopped_below="It takes no payment",
    restarting="Restarting",
    restarting_below="Please wait",
)

WORDS: Final = {Language.ZH: ZH, Language.EN: EN}
