"""What the log's events mean, in English: a sentence with the event's fields, and what to do."""

from __future__ import annotations

from typing import Final

EN: Final[dict[str, tuple[str, str]]] = {
    "ready": ("The terminal is started and ready after {ms} ms.", ""),
    "keys_unopened": (
        "A sealed key of /etc/credstore.encrypted does not open here: nothing starts (status 243).",
        "docs/keys.md tells which one; seal it anew with `systemd-creds encrypt`, or move it away.",
    ),
    "recovered": (
        "Transaction {txn} was under way when the terminal stopped; it went from {was} to {now}.",
        "Nothing: what is owed to the host is sent by itself. See `cardamom show`.",
    ),
    "task_ended": (
        "A part of the daemon that must not end has ended: {task} ({exception} at {at}).",
        "systemd starts the terminal again; send this line to the developers.",
    ),
    "close_failed": ("A device could not be let go of cleanly ({exception} at {at}).", ""),
    "stopped": ("The terminal has stopped.", ""),
    "library": (
        "The library {library} warns: {text}",
        "Where it comes again, send it to the developers.",
    ),
    "log_dropped": (
        "systemd's journal did not take {lines} lines in time; they are lost.",
        "See whether the SD card hangs: `systemctl status systemd-journald`.",
    ),
    "metrics_failed": (
        "The file of metrics could not be written: {why}.",
        "See metrics.file in terminal.toml and who may write there.",
    ),
    "setup_begun": ("The terminal asks what it must know; no payment is taken.", ""),
    "setup_failed": (
        "Setting up could not do {what}: {why}.",
        "The screen says the same; correct it there or with `cardamom commission`.",
    ),
    "setup_elsewhere": ("The terminal was set up over SSH; its screen's questions ended.", ""),
    "setup_ended": ("The questions have ended; the terminal starts.", ""),
    "setup_boot_file": ("The answers on the boot partition were taken and erased.", ""),
    "setup_boot_refused": (
        "The answers on the boot partition were refused: {why}.",
        "Correct the file, whose name ends in .refused now, and give it its old name back.",
    ),
    "setup_slip": ("The commissioning slip was printed.", ""),
    "journal_created": ("A new journal was made at {path}.", ""),
    "journal_migrated": (
        "The journal was brought from schema {was} to {schema}; the old one is at {copy}.",
        "",
    ),
    "journal_fault": (
        "The journal cannot be written or read: {why}.",
        "No payment is taken until it can. See disk and SD card: `cardamom status`.",
    ),
    "transcript_lost": (
        "The card's transcript could not be kept ({exception} at {at}); the transaction is.",
        "",
    ),
    "torn_not_kept": (
        "A card that left too early could not be noted ({exception} at {at}).",
        "",
    ),
    "card_inserted": ("A card was inserted.", ""),
    "card_removed": ("The card has left the reader.", ""),
    "card_unusable": (
        "The card in the slot does not answer as a payment card does: {why}.",
        "Turn the card round, wipe its chip, try another.",
    ),
    "card_fault": (
        "The card stopped answering, or was pulled (gone: {gone}): {why}.",
        "Where it is every card: clean the reader, run `cardamom selftest --only reader`.",
    ),
    "reader_fault": (
        "The card reader failed: {why}.",
        "See its cable; `cardamom selftest --only reader`.",
    ),
    "card_tapped": ("A card or phone was tapped ({tech}).", ""),
    "tag_flawed": (
        "What was tapped is no card of this merchant's: {why}.",
        "Where it comes again and again, somebody may be trying forged or copied cards.",
    ),
    "tag_refused": ("A card of the merchant's own was refused ({why}).", ""),
    "tag_seen": ("Something that is no payment card was tapped ({tech}).", ""),
    "tap_unread": (
        "A tapped card was read but is not accepted ({reason}).",
        "Lift it, then tap it once more, insert it or try another card.",
    ),
    "tap_unusable": ("A tapped card could not be read: {why}.", "Hold it still and longer."),
    "update_asked": (
        "Paid; the card is asked for once more: its issuer sent something for it.",
        "",
    ),
    "update_other_card": ("Another card than the one that paid was tapped, and passed over.", ""),
    "update_done": ("The card was given what its issuer sent (script results {results}).", ""),
    "update_missing": (
        "The card was not given all that its issuer sent ({reason}, script results {results}).",
        "Nothing: the payment stands, the issuer is told and may send it again.",
    ),
    "tap_reader_fault": (
        "The contactless reader failed: {why}.",
        "Cards can be inserted meanwhile; `cardamom selftest --only contactless`.",
    ),
    "kernel_broke": (
        "The card's processing broke off by a fault of the firmware ({exception} at {at}).",
        "Nothing was charged that is not on record; send this line to the developers.",
    ),
    "same_again": (
        "The same card is to pay the same amount as transaction {of}, whose outcome is unknown.",
        "Do not charge again before transaction {of} is cleared up.",
    ),
    "intent": ("Transaction {txn} is on record; its request to the host may leave now.", ""),
    "host_answer": ("The host answered with code {code}: {verdict}, reference {rrn}.", ""),
    "not_sent": (
        "Nothing was sent to the host: {why}.",
        "No money has moved. See the link: `cardamom status`.",
    ),
    "no_answer": (
        "The host did not answer, so the outcome is unknown: {why}.",
        "Do not charge again: it is reversed or asked for by itself. See `cardamom owed`.",
    ),
    "host_broke": (
        "A request to the host broke off by a fault of the firmware ({exception} at {at}).",
        "It counts as unanswered and is cleared up by itself; send this line to the developers.",
    ),
    "sale_done": (
        "Transaction {txn} ended as {state} in {total_ms} ms, the terminal's own {own_ms}.",
        "",
    ),
    "undone": ("Transaction {txn}, which takes {of} back, ended as {state}.", ""),
    "owed_sent": ("Owed to the host and sent to {host}: {what}, attempt {attempt}.", ""),
    "owed_answered": ("What is owed ({what}) got this far: {reached} ({why}).", ""),
    "owed_state": ("By that, transaction {txn} is {state} now.", ""),
    "owed_waits": (
        "What is owed ({what}) cannot be sent, its card data is not at hand: {why}.",
        "See the journal key: docs/keys.md.",
    ),
    "delivery_waits": (
        "What is owed to the host waits, the journal fails: {why}.",
        "See disk and SD card: `cardamom status`.",
    ),
    "answer_late": (
        "An answer ({mti}, code {code}) came after its time was over.",
        "Nothing: what was begun because of the silence goes on.",
    ),
    "closed": (
        "A supervisor closed transaction {txn} by what the host said (taken: {taken}).",
        "",
    ),
    "link_up": ("Connected to {host}.", ""),
    "signed_on": ("Signed on at {host}.", ""),
    "certificate_taken": ("{host} answered on the renewed certificate: it is in use.", ""),
    "certificate_not_taken": (
        "The renewed certificate was tried and not taken over: {why}.",
        "The one before stays in use and this one is tried again; ask whether the host knows it.",
    ),
    "certificate_before_used": (
        "{host} does not take the certificate in use ({why}) but takes the one before.",
        "Ask the acquirer to make the new one known at this host, too.",
    ),
    "link_down": (
        "{host} cannot be connected to: {why}.",
        "See cable, network, acquirer.host and certificates; `cardamom selftest --only link`.",
    ),
    "link_lost": ("The connection to the host is lost: {why}.", "It is made again by itself."),
    "echo_refused": (
        "The host refuses the terminal's echo with code {code}.",
        "The terminal signs on again by itself; where it stays so, call the acquirer.",
    ),
    "mac_refused": (
        "{host} refuses the MAC of a message: its keys and the terminal's differ.",
        "The terminal signs on for new keys; where it stays so, inject the master key anew.",
    ),
    "answer_mac_wrong": (
        "An answer has a wrong MAC and was not believed (to the question asked: {mine}).",
        "Once may be a fault; again and again somebody may be on the line: call the acquirer.",
    ),
    "answer_unreadable": (
        "An answer cannot be read: {why}.",
        "See whether acquirer.profile is the host's.",
    ),
    "answer_dropped": ("A message ({mti}) that answers no open question was passed over.", ""),
    "batch_closing": (
        "Settlement of batch {batch} began: {records} transactions, {parked} of them parked.",
        "",
    ),
    "totals_answered": ("The host compared totals: code {code}, agreed: {agreed}.", ""),
    "record_uploaded": ("Transaction {txn} was uploaded one by one: code {code}.", ""),
    "settlement_waits": (
        "Settlement of batch {batch} waits for the host (code {code}).",
        "It goes on by itself; where the code stays, call the acquirer.",
    ),
    "batch_closed": (
        "Batch {batch} is settled, {opened} is open; {uploaded} transactions were uploaded.",
        "",
    ),
    "batch_closed_without_host": (
        "A supervisor closed batch {batch} without the host's agreement (code {code}).",
        "The acquirer must know of it: compare by the Z report.",
    ),
    "reference_repeated": (
        "A request repeated a reference; it got transaction {txn}, nothing was charged again.",
        "",
    ),
    "passcode_wrong": (
        "A wrong supervisor's passcode, {tries} in a row.",
        "Where nobody mistyped, somebody is trying: see who stands at the terminal.",
    ),
    "reprint": ("Slips of transaction {txn} were printed again: {copies}.", ""),
    "receipt_printed": ("A slip of transaction {txn} was printed: {copy}.", ""),
    "report_printed": ("A {report} report of batch {batch} was printed.", ""),
    "receipts_wait": (
        "{slips} slips wait for the printer: {why}.",
        "See paper, lid and cable; no approval is undone by it.",
    ),
    "receipt_broken": (
        "A slip of transaction {txn} cannot be laid out: {why}.",
        "The transaction stands; send this line to the developers.",
    ),
    "report_broken": (
        "The report of batch {batch} cannot be laid out: {why}.",
        "The batch stands; send this line to the developers.",
    ),
    "part": ("{part} is {condition}. {why}", ""),
    "part_lost": ("{part} is {condition}. {why}", "`cardamom selftest` says where to look."),
    "panel_lost": ("The panel does not answer: {why}.", "See its ribbon and SPI pins."),
    "display_fault": (
        "A screen could not be drawn: {why}.",
        "Payment goes on; where it comes again, send this line to the developers.",
    ),
    "keypad_lost": ("The keypad cannot be read: {why}.", "See its cable and GPIO pins."),
    "pn532_lost": (
        "The contactless reader's chip does not answer: {why}.",
        "It is reset by itself; see its cable, and contactless.reset_pin.",
    ),
    "pn532_line_slower": (
        "The contactless reader's line is used at {baud} baud from now on.",
        "Frames were lost at its old speed: shorten its wires, or set contactless.baud.",
    ),
    "signals_failed": ("Lights or tones failed ({exception} at {at}).", "See their pins."),
    "alarm": ("Alarm {cause} ({count}): {why}", "docs/alarms.md says more of {cause}."),
    "alarm_blocks": (
        "Alarm {cause}, and no payment is taken: {why}",
        "docs/alarms.md says more of {cause}.",
    ),
    "alarm_over": ("The alarm {cause} is over.", ""),
    "tampered": ("Tamper: {why}.", "docs/security.md: look the terminal over, inject keys anew."),
    "tamper_erase_failed": (
        "The case was opened and the keys could not be erased: {why}.",
        "Take the terminal out of service at once and have its keys revoked.",
    ),
    "tamper_request_failed": (
        "The keys in systemd's store could not be ordered to be erased ({exception} at {at}).",
        "Take the terminal out of service and remove /etc/credstore.encrypted/cardamom.*.",
    ),
    "tamper_switch_lost": (
        "The switch under the lid cannot be read: {why}.",
        "See its cable and tamper.pin; until then an opened case is not noticed.",
    ),
    "keys_erased": ("Keys were erased: {slots}.", "Inject them anew: docs/keys.md."),
    "selftest": ("Self-test of {part}: {grade}, {finding}.", ""),
    "selftest_broken": (
        "The self-test of {part} broke off: {why}.",
        "The part was not tried; send this line to the developers.",
    ),
    "support_here": (
        "Support has logged in from {origin} with the key {key}.",
        "Did nobody ask for it? End the visit in the terminal's menu, and see docs/support.md.",
    ),
    "support_asked": ("Support asked: {what}.", ""),
    "support_left": ("Support's visit is over, ended by {by}.", ""),
    "acquirer_answers": ("The simulated acquirer answers {mti} with code {code}.", ""),
    "acquirer_failed": ("The simulated acquirer failed ({exception} at {at}).", ""),
    "acquirer_flags": ("The simulated acquirer sees something wrong: {flag}.", ""),
    "acquirer_refuses": ("The simulated acquirer refuses a message: {why}.", ""),
    "fault_unreadable": ("Line {line} of the faults file cannot be read: {why}.", ""),
}
