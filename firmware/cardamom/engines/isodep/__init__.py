"""The block protocol of contactless cards, ISO-DEP: ISO/IEC 14443-4:2016, and what ISO/IEC 14443-3
says of a type B card's activation. Frames go without their CRC, which the chip adds and checks."""
