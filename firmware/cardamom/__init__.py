"""Cardamom: payment-terminal firmware for the Raspberry Pi."""
